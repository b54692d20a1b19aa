"""Which ask the grant behind a mailed link came from (actions)."""

from datetime import datetime

from broker.parties.models import EmailLink
from consents.asking.models import AskTaken, ConsentAsk


def take(ask: ConsentAsk, link: EmailLink, *, now: datetime) -> None:
    """Let the grant behind this link propose what this ask names; it decides nothing for her."""
    AskTaken.objects.get_or_create(link=link, defaults={"ask": ask, "taken_at": now})


def carry(link: EmailLink, fresh: EmailLink, *, now: datetime) -> None:
    """Let a fresh link of the same mailbox go on with the ask of the first one."""
    row = AskTaken.objects.filter(link=link).first()
    if row is not None:
        AskTaken.objects.get_or_create(link=fresh, defaults={"ask_id": row.ask_id, "taken_at": now})


def asked_by(link: EmailLink) -> ConsentAsk | None:
    """Give the ask that the grant behind this link came from; None for a grant that she began herself."""
    row = AskTaken.objects.select_related("ask__organisation").filter(link=link).first()
    return row.ask if row else None
