"""The report of a year as PDF, inside the sandbox: tagged, PDF/UA-1, nothing fetched."""

from typing import Any

from weasyprint import HTML

from broker.sandbox.wire import pack
from consents.loa.pdf import DataOnly


def report(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the report."""
    document = HTML(string=payload["html"], url_fetcher=DataOnly()).render()
    return {"pdf": pack(document.write_pdf(pdf_variant="pdf/ua-1")), "pages": len(document.pages)}
