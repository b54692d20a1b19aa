"""Rows of "who saw my data": the customer's own part of the log, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from broker.audit import log, query
from broker.parties.models import Application, Customer, Organisation
from broker.reasons import REASONS
from broker.terms import PURPOSES, Actor
from consents.forms import DATA_TYPE_LABELS

# What each act says to a customer; acts that are not here are our own book-keeping and touch none of her data.
WORDS = {
    "consent.granted": gettext_noop("You agreed to share"),
    "consent.revoked": gettext_noop("You stopped sharing"),
    "consent.viewed": gettext_noop("Looked up what you agreed to"),
    "parties.read": gettext_noop("Your e-mail address was opened, to write to you"),
    "account.read": gettext_noop("Your name, account number or address was opened"),
    "file.read": gettext_noop("A file from your co-op was opened, to check it"),
    "request.withdrawn": gettext_noop("Your co-op was told to stop"),
    "letter.sealed": gettext_noop("Your letter was sealed"),
    "letter.read": gettext_noop("Your signed letter was opened"),
    "letter.sent": gettext_noop("Your signed letter was sent to your co-op"),
    "pull.decided": gettext_noop("Asked for your data"),
    "request.sent": gettext_noop("Your co-op was asked"),
    "file.received": gettext_noop("A file arrived from your co-op and was locked away"),
    "file.accepted": gettext_noop("A file from your co-op was checked and accepted"),
    "file.rejected": gettext_noop("A file from your co-op was refused"),
    "share.received": gettext_noop("You shared a file"),
    "nectar.uploaded": gettext_noop("Your file was sent to Nectar"),
    "nectar.received": gettext_noop("Nectar returned the numbers of your file"),
    "data.released": gettext_noop("Data became ready for the recipient"),
    "data.read": gettext_noop("Saw your data"),
    "data.read_refused": gettext_noop("Tried to see your data"),
    "gate.refused": gettext_noop("A message with a password in it was refused"),
}


@dataclass(frozen=True)
class AccessRow:
    """One line of the page."""

    at: datetime
    who: str
    what: str
    detail: str
    why: str
    given: bool
    reason: str


def access_rows(customer: Customer) -> list[AccessRow]:
    """Open the customer's events for herself and put them in words, newest first; the reading is an event."""
    event = log.append_read(
        "log.read", actor=Actor("c", customer.id), subject=customer.id, obj="event", body={"page": "who saw my data"}
    )
    names = _names()
    events = query.for_subject(customer.id, under=event)
    return [_row(e, names, customer) for e in events if e.act in WORDS]


def _row(event: Any, names: dict[str, str], customer: Customer) -> AccessRow:
    body = event.body
    reasons = [str(_(REASONS[code].title)) for code in body.get("codes", []) if code in REASONS]
    kinds = [str(DATA_TYPE_LABELS[d][0]) for d in body.get("data_types", []) if d in DATA_TYPE_LABELS]
    purpose = event.purpose or body.get("purpose")
    return AccessRow(
        at=event.at,
        who=_who(event, names, customer),
        what=_(WORDS[event.act]),
        detail=", ".join(kinds),
        why=str(_(PURPOSES[purpose])) if purpose in PURPOSES else "",
        given=event.res == "ok",
        reason="; ".join(reasons),
    )


def _who(event: Any, names: dict[str, str], customer: Customer) -> str:
    kind, actor = event.actor.kind, str(event.actor.id)
    if kind == "c":
        return _("You") if event.actor.id == customer.id else _("You, before your first letter")
    if kind == "a":
        return names.get(actor, _("An application"))
    # Staff appear as a role: their names are in the log for the compliance officer.
    return _("Our records team") if kind == "s" else _("Our service")


def _names() -> dict[str, str]:
    named = {str(o.id): o.legal_name for o in Organisation.objects.all()}
    for app in Application.objects.select_related("organisation"):
        named[str(app.id)] = f"{app.organisation.legal_name} ({app.name})"
    return named
