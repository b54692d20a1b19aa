"""What every importer gives: readings in series, each value with where it came from (rules)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from broker.sandbox.errors import Refused

UNREADABLE = "file.unreadable"
LAYOUT_UNKNOWN = "file.layout_unknown"
ROLES_UNPROVEN = "file.roles_unproven"
NOT_USAGE = "file.not_usage"
# Of all importers together: one more with each change after which the same file may give another value.
VERSION = 3
LABELLED_BELOW = 7  # so few digits stand on every page by chance: they count beside the word for account alone
MAX_GAPS = 500  # named one by one; more are only counted
MAX_HOME_KW = Decimal(50)  # an average above this is a slip of units, not a home


def unreadable() -> Refused:
    """Give the refusal of a file that is broken, locked, or larger than a usage file is."""
    return Refused(UNREADABLE)


def layout_unknown() -> Refused:
    """Give the refusal of a file that is not, line for line, one of the layouts that we know: a person looks."""
    return Refused(LAYOUT_UNKNOWN)


def roles_unproven() -> Refused:
    """Give the refusal of numbers that do not prove which of them is delivered, received or net: a person looks."""
    return Refused(ROLES_UNPROVEN)


def not_usage() -> Refused:
    """Give the refusal of a file that is readable and says nothing of use."""
    return Refused(NOT_USAGE)


def reading(*, role: str, unit: str, start: str, end: str, value: Decimal, quality: str, row: int) -> dict[str, Any]:
    """Give one reading; instants carry their offset, the value is a decimal string as it stood in the file."""
    return {
        "role": role,
        "unit": unit,
        "start": start,
        "end": end,
        "value": str(value),
        "quality": quality,
        "row": row,
    }


def series(
    role: str,
    unit: str,
    *,
    resolution: str,
    data_type: str,
    readings: Sequence[dict[str, Any]],
    missing: int = 0,
    holes: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    """Give a series with its total: the sum of energy, but the peak of power, which no sum makes sense of.

    `missing`: how many rows state no value; `holes`: stretches of time between readings of which the file says nothing.
    """
    values = [Decimal(each["value"]) for each in readings]
    total = (max(values) if unit == "kW" else sum(values, Decimal(0))) if values else Decimal(0)
    return {
        "role": role,
        "unit": unit,
        "resolution": resolution,
        "data_type": data_type,
        "count": len(readings),
        "missing": missing,
        "gaps": list(holes[:MAX_GAPS]),
        "gaps_count": len(holes),
        "total": str(total),
        "readings": list(readings),
    }


def covers(readings: Sequence[dict[str, Any]]) -> dict[str, str] | None:
    """Give the first and the last day that readings touch; the end is exclusive."""
    if not readings:
        return None
    return {"from": min(each["start"] for each in readings)[:10], "to": _end_day(max(each["end"] for each in readings))}


def _end_day(end: str) -> str:
    day = date.fromisoformat(end[:10])
    return (day if end[11:16] == "00:00" else day + timedelta(days=1)).isoformat()
