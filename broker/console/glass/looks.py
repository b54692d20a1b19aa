"""What the reviewer of a broken glass has to judge: its reason, and each look under it (action)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from broker.audit import log, opening, query, search, timeline
from broker.audit.timeline import Entry, Filters
from broker.console.hours import instant_of, us_of
from broker.console.officers import actor_of
from broker.duties import glass
from broker.duties.models import Glass
from broker.parties import full_names
from broker.parties.models import User

BROKEN = "glass.broken"
ACTS = (BROKEN, "glass.read", "glass.ended")
SHOWN = 200  # of one glass, the oldest first; how many more there are is said
_CLOCKS = timedelta(minutes=5)  # how far those of two servers may be apart
_WORDS = {"email": "e-mail", "number": "account number", "name_as_billed": "name as billed"}


class Look(NamedTuple):
    """One event of a broken glass: when, what was done, and which kinds of data were opened."""

    at: datetime
    act: str
    kinds: str
    number: int


class Case(NamedTuple):
    """What there is to judge."""

    reason: str
    looks: list[Look]
    more: int


def judges(row: Glass, user: User) -> bool:
    """Say whether this person may judge it now: it waits, and another person broke it, under whatever login."""
    if row.reviewed_by is not None or row.officer == user.id or user.role not in glass.MAY_REVIEW:
        return False
    broke = User.objects.filter(id=row.officer).first()
    return broke is None or _name(broke) != _name(user)


def case(row: Glass, user: User) -> Case | None:
    """Open the reason and the looks for whoever has to judge them, under one event of the customer; None for others.

    Events of other glasses, and whatever else the log holds of her, stay closed: a glass lists its own. One that was
    broken before there were such lists is looked for among what its officer did while it lasted.
    """
    if not judges(row, user):
        return None
    heads, number = _events(row)
    under = log.append_read(
        "log.read",
        actor=actor_of(user),
        subject=row.customer_id,
        purpose="compliance",
        obj="event",
        cnt=len(heads),
        body={"page": "glass", "glass": row.id, "why": "to judge it"},
    )
    found = opening.event_keys(row.customer_id, [each.id for each in heads], under=under)
    bodies = {each: opening.open_with(each, key) for each, key in found.items()}
    own = [each for each in heads if bodies[each.id].get("glass") == str(row.id)]
    reason = next((str(bodies[each.id].get("why", "")) for each in own if each.head.act == BROKEN), "")
    shown = [_look(each, bodies[each.id]) for each in own[:SHOWN]]
    return Case(reason, shown, max(number, len(own)) - len(shown))


def _events(row: Glass) -> tuple[list[Entry], int]:
    """Give the first events of a glass by its own list, the oldest first, and how many that list has."""
    listed = list(row.events.order_by("at", "event").values_list("event", flat=True))
    heads = timeline.some(listed[:SHOWN])
    if not any(each.head.act == BROKEN for each in heads):
        heads = _around(row)
    return sorted(heads, key=lambda each: each.head.ts), len(listed)


def _around(row: Glass) -> list[Entry]:
    """Give what its officer did under any glass of this customer while it lasted: it is older than these lists."""
    filters = Filters(
        since=us_of(row.opened_at - _CLOCKS),
        until=us_of(row.ends_at + _CLOCKS),
        actor=f"s:{query.opaque_id(row.officer)}",
        acts=ACTS,
        kids=tuple(search.kids_of_subject(row.customer_id)),
    )
    return timeline.page(filters, limit=max(timeline.count(filters), 1)).entries


def _look(event: Entry, body: Mapping[str, object]) -> Look:
    return Look(instant_of(event.head.ts), event.head.act, _kinds(body), event.head.cnt)


def _kinds(body: Mapping[str, object]) -> str:
    fields = body.get("fields")
    return (
        ", ".join(_WORDS.get(str(each), str(each).replace("_", " ")) for each in fields)
        if isinstance(fields, list)
        else ""
    )


def _name(person: User) -> str:
    return full_names.plain(person.full_name).casefold()
