"""What recipients asked for and were not given, for the customer's own list: from her part of the log (actions)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from broker.audit.log import LogUnavailable
from broker.parties.models import Customer
from consents import access_table
from consents.access import AccessRow, access_rows
from consents.access_table import Group
from consents.access_words import ASKED, SEEN


def of(customer: Customer, *, zone: ZoneInfo, now: datetime) -> list[Group] | None:
    """Give the asks of recipients that were refused, newest first, the same of one day together; one event of hers.

    None while the log cannot be written: the list is not shown then, and everything else on her page still is, so
    that stopping never waits for it.
    """
    try:
        rows = access_rows(customer, now=now, body={"page": "my sharing"})
    except LogUnavailable:
        return None
    return access_table.grouped([each for each in rows if is_refusal(each)], zone)


def is_refusal(row: AccessRow) -> bool:
    """Say whether a company or its program asked for data, or tried to read some, and did not get it."""
    if row.act == "pull.checked":
        return False  # a trial run: nothing was asked for
    return not row.given and row.kind in (ASKED, SEEN) and access_table.is_company(row)
