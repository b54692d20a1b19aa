"""What is still there of mails with a portal login after their ten working days, and why (look-ups)."""

from datetime import date, datetime

from broker.audit import keeper
from broker.console.holds import retention
from broker.console.holds.models import Scope
from broker.console.hours import local
from requests_app.inbound.holding import LOGINS

KEPT = "Mails with a portal login whose ten days are over, kept by a legal hold"
WAITING = "Mails with a portal login whose ten days are over, not destroyed yet"  # the keeper has not come by


def overdue(today: date) -> tuple[tuple[str, int, int], tuple[str, int, int]]:
    """Give both reasons, how many of these mails each keeps, and how many of them should have gone before today."""
    found = retention.logins_due(today)
    counted, none = (len(found), sum(row.on < today for row in found)), (0, 0)
    held = bool(found) and keeper.is_held(LOGINS, Scope.RECORDS)
    return (KEPT, *(counted if held else none)), (WAITING, *(none if held else counted))


def late(now: datetime) -> int:
    """Count those that should have gone before today and that no legal hold keeps."""
    *_, count = overdue(local(now).date())[1]
    return count
