"""What the reviewer of a broken glass has to judge: its reason, and each look under it (action)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from broker.audit import log, opening, query
from broker.console.officers import actor_of
from broker.duties import glass
from broker.duties.models import Glass
from broker.parties import full_names
from broker.parties.models import User

ACTS = ("glass.broken", "glass.read", "glass.ended")
SHOWN = 200  # of each kind: four hours of an emergency hold fewer
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


def judges(row: Glass, user: User) -> bool:
    """Say whether this person may judge it now: it waits, and another person broke it, under whatever login."""
    if row.reviewed_by is not None or row.officer == user.id or user.role not in glass.MAY_REVIEW:
        return False
    broke = User.objects.filter(id=row.officer).first()
    return broke is None or _name(broke) != _name(user)


def case(row: Glass, user: User) -> Case | None:
    """Open the reason and the looks for whoever has to judge them, under one event of the customer; None for others.

    Events of other glasses of this customer, and whatever else the log holds of her, stay closed but for their act.
    """
    if not judges(row, user):
        return None
    heads = [each for act in ACTS for each in query.newest(SHOWN, act=act, subject=row.customer_id)]
    heads = [each for each in heads if each.at >= row.opened_at - _CLOCKS]
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
    reason = next((str(bodies[each.id].get("why", "")) for each in own if each.act == "glass.broken"), "")
    return Case(reason, sorted(Look(each.at, each.act, _kinds(bodies[each.id]), each.cnt) for each in own))


def _kinds(body: Mapping[str, object]) -> str:
    fields = body.get("fields")
    return (
        ", ".join(_WORDS.get(str(each), str(each).replace("_", " ")) for each in fields)
        if isinstance(fields, list)
        else ""
    )


def _name(person: User) -> str:
    return full_names.plain(person.full_name).casefold()
