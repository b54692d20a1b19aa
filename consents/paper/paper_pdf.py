"""The paper path's PDFs, inside the sandbox: the letter to print, and the signed original under its cover."""

import io
from typing import Any

import pikepdf
from PIL import Image
from weasyprint import HTML

from broker.sandbox.wire import pack, unpack
from consents.loa.pdf import DataOnly

MOST_PAGES, LONGEST_SIDE = 12, 10_000
_ACTIVE = ("/AA", "/Annots", "/Metadata")  # what a page may carry beside what is seen


def letter(payload: dict[str, Any]) -> dict[str, Any]:
    """Render `{"html": text}`: tagged, PDF/UA-1, nothing fetched; the answer's `pdf` is packed bytes."""
    return {"pdf": pack(HTML(string=payload["html"], url_fetcher=DataOnly()).write_pdf(pdf_variant="pdf/ua-1"))}


def look(payload: dict[str, Any]) -> dict[str, Any]:
    """Say whether a scan can be read: `{"code": ""}` and its pages, or why it is not taken."""
    try:
        pages = _scan(unpack(payload["data"]), payload["media_type"])
    except Exception:  # noqa: BLE001 - whatever a stranger's file brings a parser to say: it is not readable
        return {"code": "file.unreadable"}
    with pages:
        count = len(pages.pages)
    return {"code": "" if 0 < count <= MOST_PAGES else "file.unreadable", "pages": count}


def bundle(payload: dict[str, Any]) -> dict[str, Any]:
    """Put the scan behind the cover `{"html", "data", "media_type"}`: pages alone, nothing active goes along."""
    cover = pikepdf.open(io.BytesIO(HTML(string=payload["html"], url_fetcher=DataOnly()).write_pdf()))
    with cover, _scan(unpack(payload["data"]), payload["media_type"]) as scan:
        for page in scan.pages:
            for key in _ACTIVE:
                if key in page:
                    del page[key]
            cover.pages.append(page)
        out = io.BytesIO()
        cover.save(out, deterministic_id=True)
    return {"pdf": pack(out.getvalue())}


def _scan(data: bytes, media_type: str) -> pikepdf.Pdf:
    if media_type == "application/pdf":
        return pikepdf.open(io.BytesIO(data))  # an encrypted one raises
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        if max(image.size) > LONGEST_SIDE:
            raise ValueError("too large")
        out = io.BytesIO()
        image.convert("RGB").save(out, format="PDF", resolution=150)
    return pikepdf.open(io.BytesIO(out.getvalue()))
