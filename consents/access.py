"""Rows of "who saw my data": the customer's own part of the log, in words.

A row is made from closed tables only: codes become words, ids become names of organisations, and nothing that a person
typed is ever shown. So no stranger's or joint member's address, name or note can come through, whatever a body holds.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from broker.audit import log, query
from broker.notices.templatetags.notices import day
from broker.parties.models import Application, Customer, EmailLink, Organisation, User
from broker.reasons import REASONS
from broker.terms import PURPOSES, Actor
from consents import access_words
from consents.access_words import BOOK_KEEPING, WORDS
from consents.forms import DATA_TYPE_LABELS

__all__ = ["BOOK_KEEPING", "WORDS", "AccessRow", "access_rows", "hide"]

ONE_DAY = timedelta(days=1)
MOST = 7  # of a list in a body that is put in words

Hider = Callable[[uuid.UUID, datetime], Collection[int]]
_hiders: list[Hider] = []


@dataclass(frozen=True)
class Who:
    """Who acted, as the customer sees it: a key for the filter, and words. Never a person's name."""

    key: str
    name: str


@dataclass(frozen=True)
class AccessRow:
    """One entry of the log as the customer sees it."""

    event: int
    at: datetime
    who: Who
    kind: str
    what: str
    detail: str
    why: str
    how: str
    given: bool
    result: str
    reason: str
    instead: str
    act: str = ""
    data: tuple[str, ...] = ()  # the kinds of data, in words
    facts: tuple[str, ...] = ()  # what of her name, account and address, in words
    actor: uuid.UUID | None = field(default=None, repr=False)  # for choosing who answers a question; never shown


def hide(provider: Hider) -> None:
    """Register who knows which entries a recorded order hides: `provider(subject, now)` gives ids of events.

    Only what our own people and services did can be hidden, only while the provider says so. A provider that fails
    makes the whole list unavailable: neither is a hidden row shown, nor a row left out without an order.
    """
    if provider not in _hiders:
        _hiders.append(provider)


def access_rows(
    customer: Customer, *, now: datetime, act: str = "log.read", body: Mapping[str, object] | None = None
) -> list[AccessRow]:
    """Open the customer's events for herself and put them in words, newest first; the reading is one event.

    `act` says what she does with them: `log.read` for a page, `log.exported` for a copy. Raises `LogUnavailable`.
    """
    event = log.append_read(
        act,
        actor=Actor("c", customer.id),
        subject=customer.id,
        purpose="own_data",
        obj="event",
        body=body or {"page": "who saw my data"},
    )
    return rows_under(customer, event, now=now)


def rows_under(customer: Customer, event: Any, *, now: datetime) -> list[AccessRow]:
    """Put the customer's events in words under a committed event that permits it (at most a minute old)."""
    hidden = {each for provider in _hiders for each in provider(customer.id, now)}
    events = [
        each
        for each in query.for_subject(customer.id, under=event)
        if each.act not in BOOK_KEEPING and not (each.id in hidden and each.actor.kind not in ("a", "c"))
    ]
    names = _Names(customer, events)
    return [_row(each, names, customer) for each in events]


class _Names:
    """The names behind the ids of these events: organisations and their programs, never people."""

    def __init__(self, customer: Customer, events: Iterable[Any]) -> None:
        actors = {each.actor for each in events}
        rows = Application.objects.select_related("organisation")
        self._apps = rows.in_bulk([each.id for each in actors if each.kind == "a"])
        people = User.objects.select_related("organisation").exclude(organisation=None)
        self._analysts = people.in_bulk([each.id for each in actors if each.kind == "s"])
        others = [each.id for each in actors if each.kind == "c" and each.id != customer.id]
        own = EmailLink.objects.filter(id__in=others, email_index=customer.email_index)
        self._own_links = set(own.values_list("id", flat=True))
        self._customer = customer

    def who(self, actor: Actor) -> Who:
        """Name an actor: the customer herself, a role of ours, or an organisation."""
        if actor.kind == "c":
            return self._customers(actor)
        if actor.kind == "a":
            app = self._apps.get(actor.id)
            return _of(app.organisation, app.name) if app else Who("application", _("An application"))
        if actor.kind == "s":
            person = self._analysts.get(actor.id)
            return _of(person.organisation, None) if person and person.organisation else _ours(actor.role)
        if actor.kind == "o":
            return Who("outside", _("An approver from outside, who decides with us"))
        if actor.role == "clerk":
            return Who("clerk", _("Somebody with your letter, such as your co-op"))
        return Who("service", _("Our service")) if actor.kind == "v" else Who("unknown", _("Somebody unknown"))

    def _customers(self, actor: Actor) -> Who:
        if actor.id == self._customer.id:
            return Who("you", _("You"))
        if actor.id in self._own_links:
            return Who("you", _("You, before your first letter"))
        return Who("joint", _("Joint member"))


def _of(organisation: Organisation, program: str | None) -> Who:
    name = organisation.legal_name
    return Who(f"o-{organisation.slug}", f"{name} ({program})" if program else name)


def _ours(role: str | None) -> Who:
    # Staff appear as a role: their names are in the log for the compliance officer.
    roles = {
        "officer": _("Our compliance officer"),
        "approver": _("Our approver"),
        "operator": _("Our operator"),
    }
    return Who(role, roles[role]) if role in roles else Who("staff", _("Our records team"))


def _row(event: Any, names: _Names, customer: Customer) -> AccessRow:
    body = event.body
    own = event.actor.kind == "c" and event.actor.id == customer.id
    says = access_words.says(event.act, own=own, how=str(body.get("how", "")))
    given = event.res == "ok"
    return AccessRow(
        event=event.id,
        at=event.at,
        who=names.who(event.actor),
        kind=says.kind,
        what=_(says.text),
        detail=_detail(body),
        why=_why(event.purpose, body),
        how=_in_words(access_words.CHANNELS, body.get("channel")),
        given=given,
        result=_result(event.res, says.kind),
        reason="" if given else _reasons(body),
        instead="" if given else _instead(body),
        act=event.act,
        data=_kinds(body),
        facts=_facts(body),
        actor=event.actor.id,
    )


def _result(res: str, kind: str) -> str:
    if res == "ok":
        return _("Given") if kind == access_words.SEEN else _("Done")
    return _("Not given") if res == "denied" else _("Did not work")


def _detail(body: Mapping[str, Any]) -> str:
    copy = _in_words(access_words.COPIES, body.get("as"))
    return "; ".join(part for part in (", ".join(_kinds(body)), ", ".join(_facts(body)), copy, _days(body)) if part)


def _kinds(body: Mapping[str, Any]) -> tuple[str, ...]:
    codes = _texts(body.get("data_types"))
    return tuple(str(DATA_TYPE_LABELS[code][0]) for code in codes if code in DATA_TYPE_LABELS)


def _facts(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_(access_words.FIELDS[code]) for code in _texts(body.get("fields")) if code in access_words.FIELDS)


def _days(body: Mapping[str, Any]) -> str:
    """Give the days that an ask or a file is about; the end of a body is exclusive."""
    first, end = _date(body.get("from")), _date(body.get("to"))
    if first is None or end is None or end <= first:
        return ""
    return _("%(first)s to %(last)s") % {"first": day(first), "last": day(end - ONE_DAY)}


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _why(purpose: str | None, body: Mapping[str, Any]) -> str:
    code = purpose or body.get("purpose")
    return (
        _in_words(PURPOSES, code)
        or _in_words(access_words.WHYS, body.get("why"))
        or _in_words(access_words.OWN_PURPOSES, code)
    )


def _reasons(body: Mapping[str, Any]) -> str:
    said = (reason_for_her(code) for code in _texts(body.get("codes")))
    return "; ".join(dict.fromkeys(each for each in said if each))


def reason_for_her(code: str) -> str:
    """Say to a customer why something was refused; nothing for a code that nobody knows."""
    if code in access_words.REASONS:
        return _(access_words.REASONS[code])
    return _(REASONS[code].title) if code in REASONS else ""


def _instead(body: Mapping[str, Any]) -> str:
    """Name what would have been permitted, where the decision says so."""
    nearest = body.get("nearest")
    said = []
    for entry in nearest[:MOST] if isinstance(nearest, list) else []:
        kind, way = (entry.get("data_type"), entry.get("channel")) if isinstance(entry, dict) else (None, None)
        if kind in DATA_TYPE_LABELS and way in access_words.CHANNELS:
            what = {"kind": str(DATA_TYPE_LABELS[kind][0]), "way": _(access_words.CHANNELS[way])}
            said.append(_("%(kind)s: %(way)s") % what)
    return "; ".join(dict.fromkeys(said))


def _in_words(table: Mapping[str, str], code: object) -> str:
    return str(_(table[code])) if isinstance(code, str) and code in table else ""


def _texts(value: object) -> list[str]:
    return [each for each in value[:MOST] if isinstance(each, str)] if isinstance(value, list) else []
