"""Bills of many months as one real PDF, and pages of other members among them."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pikepdf

from broker.rehearsal import paper
from requests_app.completeness.matrix import after, months_of
from tests.requests_world import ACCOUNT

ANNA = "51118426"


def of_months(first: date, end: date, account: str = ACCOUNT) -> list[bytes]:
    """Give a bill for each calendar month of these days, each a PDF of its own."""
    return [
        paper.bill(
            account=account, begin=month, end=after(month) - timedelta(days=1), name="PAT MEMBER", address="2 Road"
        )
        for month in months_of((first, end))
    ]


def joined(*files: bytes) -> bytes:
    """Give one PDF with the pages of all."""
    with pikepdf.new() as made:
        for data in files:
            with pikepdf.open(io.BytesIO(data)) as source:
                made.pages.extend(source.pages)
        out = io.BytesIO()
        made.save(out, deterministic_id=True)
    return out.getvalue()


def year(first: date, end: date, *others: bytes, account: str = ACCOUNT) -> bytes:
    """Give the bills of these days in one file, with these papers behind them."""
    return joined(*of_months(first, end, account), *others)


def mail_with(base: bytes, *files: bytes) -> bytes:
    """Put PDFs on a mail of the co-op."""
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    mail: Any = message_from_bytes(base, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for number, data in enumerate(files):
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return mail.as_bytes()


def texts(data: bytes) -> Sequence[str]:
    """Give the text of each page."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as document:
        return [page.extract_text() for page in document.pages]
