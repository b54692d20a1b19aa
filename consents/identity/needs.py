"""What a level of proof is still too low for, and the nearest way to raise it (rules)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.utilities.profile import AssuranceNeed


@dataclass(frozen=True)
class Lacking:
    """A data type that is not released yet: which level it needs, or from when the notice is enough."""

    data_type: str
    level: str
    notice: bool  # a notice opens it at the level that is there
    opens_at: datetime | None  # the notice was sent


def lacking(
    data_types: Iterable[str],
    *,
    level: str,
    notice_at: datetime | None,
    needs: Mapping[str, AssuranceNeed],
    now: datetime,
) -> list[Lacking]:
    """Name the data types that this level does not open at this moment, in the given order."""
    found = []
    for name in data_types:
        need = needs[name]
        if level >= need.level:
            continue
        hours = need.notice_hours if need.level_with_notice else None
        by_notice = hours is not None and level >= (need.level_with_notice or "")
        opens_at = notice_at + timedelta(hours=hours) if by_notice and notice_at and hours else None
        if opens_at is None or now < opens_at:
            nearest = need.level_with_notice if need.level_with_notice and not by_notice else need.level
            found.append(Lacking(name, nearest, by_notice, opens_at))
    return found


def awaited_hours(data_types: Iterable[str], *, level: str, needs: Mapping[str, AssuranceNeed]) -> int | None:
    """Give how many hours before its release a notice must be sent at this level; None where none is needed."""
    hours = [
        need.notice_hours
        for need in (needs[name] for name in data_types)
        if level < need.level and need.level_with_notice and level >= need.level_with_notice and need.notice_hours
    ]
    return max(hours, default=None)
