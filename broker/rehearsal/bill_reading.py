"""How the played Nectar reads a bill: by the words that stand on it, so that what goes in comes out."""

import io
import re
from dataclasses import dataclass

import pdfplumber

_DAY = r"(\d{4}-\d{2}-\d{2})"
_PERIOD = re.compile(rf"Service from {_DAY} to {_DAY}")
_KWH = re.compile(r"Energy used: ([\d.]+) kWh")
_CHARGES = re.compile(r"Total due: \$([\d.]+)")
_ACCOUNT = re.compile(r"Account number: (\S+)")
_BILL_DATE = re.compile(rf"Bill date: {_DAY}")
_DUE_DATE = re.compile(rf"Due date: {_DAY}")
_UTILITY = re.compile(r"(?m)^(.+) - Electric bill")


@dataclass(frozen=True)
class BillFacts:
    """What stands on a bill, as text."""

    account: str
    begin: str
    end: str
    kwh: str
    charges: str
    bill_date: str
    due_date: str
    utility: str


def read_bill(data: bytes) -> BillFacts | None:
    """Read a bill of the rehearsal's own layout; None for anything else."""
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            text = "\n".join(page.extract_text() for page in document.pages[:5])
    except Exception:  # noqa: BLE001 - whatever cannot be read is not a bill to this reader
        return None
    period = _PERIOD.search(text)
    found = [each.search(text) for each in (_KWH, _CHARGES, _ACCOUNT, _BILL_DATE, _DUE_DATE, _UTILITY)]
    if period is None or any(each is None for each in found):
        return None
    kwh, charges, account, bill_date, due_date, utility = (each[1] for each in found if each is not None)
    return BillFacts(account, period[1], period[2], kwh, charges, bill_date, due_date, utility)
