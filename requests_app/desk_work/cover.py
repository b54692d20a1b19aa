"""Who stands in for whom on a day (rules)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

LONGEST = 10  # stand-ins who are away themselves, one behind the other


@dataclass(frozen=True)
class Away:
    """Days on which a person is away, the last one included, and who stands in."""

    person: uuid.UUID
    cover: uuid.UUID
    first: date
    last: date


def away_on(absences: Iterable[Away], day: date) -> dict[uuid.UUID, Away]:
    """Give who is away on a day; of several absences of one person the one that lasts longest counts."""
    found: dict[uuid.UUID, Away] = {}
    for each in absences:
        known = found.get(each.person)
        if each.first <= day <= each.last and (known is None or each.last > known.last):
            found[each.person] = each
    return found


def sees_to_it(person: uuid.UUID, away: dict[uuid.UUID, Away]) -> uuid.UUID:
    """Give who does a person's work today: the stand-in, or that one's, while they are away.

    Where all of them are away, or stand in for one another in a circle, it stays with the person.
    """
    seen, now = {person}, person
    for _step in range(LONGEST):
        if now not in away:
            return now
        now = away[now].cover
        if now in seen:
            return person
        seen.add(now)
    return person


def overlap(first: date, last: date, others: Iterable[Away]) -> bool:
    """Say whether days away meet days away of the same person that are known already."""
    return any(each.first <= last and first <= each.last for each in others)
