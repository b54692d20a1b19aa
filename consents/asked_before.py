"""A login whose name she wrote in one question and whose secret in the next (action)."""

from collections.abc import Sequence
from datetime import datetime

from broker import vault
from broker.audit import log
from broker.inlets import refusing
from broker.inlets.earlier import READER, beside, newest
from broker.parties.models import Customer
from broker.terms import Actor, Refusal
from consents.models import Complaint

INLET = "web_form"


def refused(customer: Customer, words: str, *, now: datetime) -> Refusal | None:
    """Refuse a question that is a portal login together with what she asked in the ten days before, and count it.

    Raises `Unchecked` where the engine broke.
    """

    def opened(earlier: Sequence[Complaint]) -> list[str]:
        ref = log.append_read(
            "complaint.read",
            actor=READER,
            subject=customer.id,
            purpose="operations",
            obj="complaint",
            body={"why": "whether a login is split over questions"},
            cnt=len(earlier),
        )
        return vault.open_all([each.words for each in earlier], under=ref)

    rows = Complaint.objects.filter(customer=customer)
    found = beside(words, INLET, lambda: newest(rows, "opened_at", now=now), opened)
    if found is None:
        return None
    login = refusing.login(found, inlet=INLET, part="words")
    refusing.count(login, Actor("c", customer.id))
    return login
