"""A login whose name she wrote in one question and whose secret in the next (action)."""

from datetime import datetime

from broker import vault
from broker.audit import log
from broker.inlets import halves, refusing
from broker.parties.models import Customer
from broker.terms import Actor, Refusal
from consents.models import Complaint

INLET = "web_form"


def refused(customer: Customer, words: str, *, now: datetime) -> Refusal | None:
    """Refuse a question that is a portal login together with what she asked in the ten days before, and count it.

    Only words that would be a login beside an imagined other half have earlier ones opened, with an entry. Raises
    `Unchecked` where the engine broke.
    """
    new = words.strip()
    if not halves.may_be(new, INLET):
        return None
    rows = Complaint.objects.filter(customer=customer, opened_at__gt=now - halves.WITHIN).order_by("-opened_at", "-id")
    earlier = [each.words for each in reversed(rows[: halves.MOST])]
    if not earlier:
        return None
    ref = log.append_read(
        "complaint.read",
        actor=halves.READER,
        subject=customer.id,
        purpose="operations",
        obj="complaint",
        body={"why": "whether a login is split over questions"},
        cnt=len(earlier),
    )
    found = halves.beside_any(vault.open_all(earlier, under=ref), new, INLET)
    if found is None:
        return None
    login = refusing.login(found, inlet=INLET, part="words")
    refusing.count(login, Actor("c", customer.id))
    return login
