"""The report as a PDF, inside the sandbox; it loads nothing, from disk or net."""

from typing import Any

from weasyprint import HTML

from broker.sandbox.wire import pack
from consents.loa.pdf import DataOnly


def report(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the report with its outline and tags (PDF/UA-1)."""
    document = HTML(string=payload["html"], url_fetcher=DataOnly()).render()
    return {"pdf": pack(document.write_pdf(pdf_variant="pdf/ua-1")), "pages": len(document.pages)}
