"""The clock as JSON lines: when a message was delivered goes in, the dates that follow come out (rules)."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile
from requests_app.deadlines import Deadlines, deadlines

INVALID = "delivered_at.invalid"  # no instant with a zone, or one in a year that no calendar of ours is about
FIRST_YEAR, LAST_YEAR = 2000, 2199
_NOTHING = dict.fromkeys(("day0", "expected_from", "due", "due_at", "first_follow_up"))


class _Malformed(ValueError):
    """JSON that two readers could read in two ways, or a line that is none of ours."""


def answers(lines: Iterable[bytes], profile: UtilityProfile) -> Iterator[str]:
    """Answer each line that is not blank, in order; one that cannot be read gets nulls and `error`, never a guess."""
    calendar = Calendar.of(profile)
    for line in lines:
        if line.strip():
            yield json.dumps(answer(line, profile, calendar))


def answer(line: bytes, profile: UtilityProfile, calendar: Calendar) -> dict[str, Any]:
    """Answer one line by a utility's usual time and this calendar: dates ISO and local, `due_at` UTC with Z."""
    case_id: object = None
    try:
        case = _case(line)
        case_id = case.get("id")
        delivered_at = _instant(case.get("delivered_at"))
    except (ValueError, RecursionError):
        return {"id": case_id, **_NOTHING, "error": INVALID}
    days = profile.clock
    found = deadlines(delivered_at, calendar, first_days=days.first_days, last_days=days.last_days)
    return {"id": case_id, **_written(found)}


def _written(found: Deadlines) -> dict[str, str]:
    return {
        "day0": found.day0.isoformat(),
        "expected_from": found.expected_from.isoformat(),
        "due": found.due.isoformat(),
        "due_at": found.due_at.isoformat().replace("+00:00", "Z"),
        "first_follow_up": found.first_follow_up.isoformat(),
    }


def _case(line: bytes) -> dict[str, Any]:
    case = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    if not isinstance(case, dict):
        raise _Malformed("a line is an object")
    return case


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or "T" not in value:
        raise _Malformed("no instant")
    instant = datetime.fromisoformat(value)
    if instant.utcoffset() is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise _Malformed("no zone, or a year out of reach")
    return instant


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _Malformed("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise _Malformed(f"{name} is no JSON")
