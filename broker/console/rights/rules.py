"""When rights are reviewed, what a reviewer has to say, and who stays though nobody looked (rules)."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

IDLE = timedelta(days=60)  # a right that was not used so long is kept with a reason alone
LEAST = 2  # so many people stay who can decide, whatever was missed
REMIND_BEFORE = frozenset({5, 2, 1, 0})  # business days that are left when reviewers hear once more
WARN_BEFORE = 2  # business days that are left when whoever is still waiting hears of it


@dataclass(frozen=True)
class Decider:
    """An officer's or approver's account: whose, and when it was last used."""

    id: uuid.UUID
    name: str
    role: str
    last_used: date | None = None


def is_due(begins_from: datetime, every_days: int, now: datetime) -> bool:
    """Say whether a further review begins: so many days after the last one began, or after the first person came."""
    return now >= begins_from + timedelta(days=every_days)


def needs_reason(last_used: date | None, today: date) -> bool:
    """Say whether to keep it takes a reason: it was not used for sixty days, or ever."""
    return last_used is None or today - last_used >= IDLE


def is_told(left: int, *, began_today: bool) -> bool:
    """Say whether reviewers hear of it on a business day after which so many are left."""
    return began_today or left in REMIND_BEFORE


def was_warned(left: int) -> bool:
    """Say whether an ask that came with so many business days left stood when reviewers were warned of the end."""
    return left > WARN_BEFORE


def spared(missed: Iterable[Decider], able: Sequence[Decider]) -> set[uuid.UUID]:
    """Give those of `missed` who go on though nobody looked, since too few of `able` (can sign in) would be left.

    At least two people stay, by their full names, and of them one of each role that has one now, and of the role of
    the one who goes. Whoever used it least goes first.
    """
    left, stay = list(able), set()
    for each in sorted(missed, key=lambda who: (who.last_used or date.min, str(who.id))):
        rest = [other for other in left if other.id != each.id]
        if _is_enough(rest, able, each.role):
            left = rest
        else:
            stay.add(each.id)
    return stay


def _is_enough(rest: Collection[Decider], able: Collection[Decider], gone: str) -> bool:
    people, roles = {each.name.strip().lower() for each in rest}, {each.role for each in rest}
    return len(people) >= LEAST and roles == {each.role for each in able} and gone in roles
