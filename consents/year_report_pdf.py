"""The report of a year as PDF, inside the sandbox: tagged, PDF/UA-1, nothing fetched."""

from datetime import datetime
from typing import Any

from weasyprint import HTML, Attachment

from broker.sandbox.wire import pack
from consents.loa.pdf import DataOnly


def report(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the report with the proof of its own entry attached."""
    document = HTML(string=payload["html"], url_fetcher=DataOnly()).render()
    made_at = datetime.fromisoformat(payload["made_at"])
    document.metadata.attachments = [
        Attachment(
            string=payload["proof"].encode(),
            name=payload["proof_name"],
            description=payload["proof_about"],
            created=made_at,
            modified=made_at,
            url_fetcher=DataOnly(),
        )
    ]
    return {"pdf": pack(document.write_pdf(pdf_variant="pdf/ua-1")), "pages": len(document.pages)}
