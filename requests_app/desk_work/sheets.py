"""Pictures of a file's pages, drawn anew; runs in the sandbox and imports nothing of a framework (rules).

What the desk sees is a picture that we drew: no byte of the stranger's file is in it, and nothing in it can act.
"""

import io
from typing import Any

import pdfplumber
from PIL import Image

from broker.sandbox.wire import pack, unpack

MOST = 8  # pages that are drawn
DOTS = 96  # per inch
WIDEST = 1100  # pixels
MAX_PIXELS = 80_000_000
QUALITY = 60


def draw(payload: dict[str, Any]) -> dict[str, Any]:
    """Draw `{"data": packed bytes, "type": media type}`; give `sheets`, packed JPEG, and how many `pages` there are."""
    data, kind = unpack(payload["data"]), payload["type"]
    if kind == "application/pdf":
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            count = len(pdf.pages)
            drawn = [_small(each.to_image(resolution=DOTS).original) for each in pdf.pages[:MOST]]
        return {"sheets": [pack(each) for each in drawn], "pages": count}
    if kind in ("image/png", "image/jpeg"):
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return {"sheets": [], "pages": 1}
            return {"sheets": [pack(_small(picture))], "pages": 1}
    return {"sheets": [], "pages": 0}


def _small(picture: Image.Image) -> bytes:
    drawn = picture.convert("L")
    drawn.thumbnail((WIDEST, WIDEST * 3))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
