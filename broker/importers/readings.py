"""What every importer gives: readings in series, each value with where it came from (rules)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from broker.sandbox.errors import Refused

UNREADABLE = "file.unreadable"
MAX_HOME_KW = Decimal(50)  # an average above this is a slip of units, not a home


def unreadable() -> Refused:
    """Give the refusal of a file that is not one of the layouts that we know."""
    return Refused(UNREADABLE)


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
    role: str, unit: str, *, resolution: str, data_type: str, readings: Sequence[dict[str, Any]], missing: int = 0
) -> dict[str, Any]:
    """Give a series with its total: the sum of energy, but the peak of power, which no sum makes sense of."""
    values = [Decimal(each["value"]) for each in readings]
    total = (max(values) if unit == "kW" else sum(values, Decimal(0))) if values else Decimal(0)
    return {
        "role": role,
        "unit": unit,
        "resolution": resolution,
        "data_type": data_type,
        "count": len(readings),
        "missing": missing,
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
