"""The letter with a code as PDF, inside the sandbox: tagged, PDF/UA-1, nothing fetched."""

from typing import Any

from weasyprint import HTML

from broker.sandbox.wire import pack
from consents.loa.pdf import DataOnly


def letter(payload: dict[str, Any]) -> dict[str, Any]:
    """Render `{"html": text}`; the answer's `pdf` is packed bytes."""
    return {"pdf": pack(HTML(string=payload["html"], url_fetcher=DataOnly()).write_pdf(pdf_variant="pdf/ua-1"))}
