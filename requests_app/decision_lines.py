"""The decision as JSON lines: one line in, one line out (rules)."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from broker.utilities import offer
from requests_app.decision import decide

_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?[0-9]{1,18}(?![0-9.eE]))')
_MALFORMED = {"outcome": "refusal", "channel": None, "codes": ["ask.invalid"], "nearest": []}


class _Malformed(ValueError):
    """JSON that two readers could read in two ways."""


def answers(lines: Iterable[bytes]) -> Iterator[str]:
    """Answer each line that is not blank, in order; a malformed line gets `ask.invalid`, never an exception."""
    for line in lines:
        if line.strip():
            yield json.dumps(answer(line))


def answer(line: bytes) -> dict[str, Any]:
    """Answer one line by the published profile of its utility."""
    text = line.decode("utf-8-sig", "replace")
    try:
        line.decode("utf-8")
        case = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return {"id": _readable_id(text), **_MALFORMED}
    if not isinstance(case, dict):
        return {"id": None, **_MALFORMED}
    decision = decide(
        case.get("consent"),
        case.get("ask"),
        offer(case.get("utility")),
        case.get("now"),
        facts=_facts(case),
        step=case.get("step", "release"),
    )
    return {"id": case.get("id"), **decision.answer()}


def _facts(case: dict[str, Any]) -> object:
    # A null is a value, and an odd one: only a key that is absent has its default.
    facts = case.get("facts", {})
    return "null" if facts is None else facts


def _readable_id(text: str) -> object:
    found = _ID.search(text)
    try:
        return json.loads(found.group(1)) if found else None
    except ValueError:
        return None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _Malformed("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise _Malformed(f"{name} is no JSON")
