"""A body of our own words, days, ids and account numbers alone: there is nothing in it to look at (rules).

Most calls of the API are such asks. Each of their values is one of a closed list or of a form that opens nothing, so
the gate, which reads what somebody wrote, would read our own vocabulary, and take as long as the decision itself.
"""

import json
import re
from typing import Any

from broker.terms import DATA_TYPES, NAMED_WAYS, PURPOSES

LONGEST = 20_000  # characters: an ask for as many accounts as one may name is shorter
# An account number of any co-op here has that many digits; a PIN or a code that somebody was sent has fewer.
_ACCOUNT = re.compile(r"[0-9]{8,10}")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ONE_OF = {"purpose": frozenset(PURPOSES), "channel": frozenset(NAMED_WAYS)}
_LIKE = {"from": _DAY, "to": _DAY, "consent": _ID}


def only_ours(body: str) -> bool:
    """Say whether a JSON body is an ask of whose every name and value it is known that nobody made it up."""
    if len(body) > LONGEST or not body.startswith("{") or not body.isascii():
        return False
    try:
        found = json.loads(body, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, _Pairs) and found != [] and all(_is_ours(name, value) for name, value in found)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they stand, a name that stands twice with both of its values."""


def _is_ours(name: str, value: object) -> bool:
    if name == "accounts":  # a plain list: an object inside is `_Pairs`
        return type(value) is list and all(isinstance(each, str) and _ACCOUNT.fullmatch(each) for each in value)
    if name == "data_types":
        return type(value) is list and all(isinstance(each, str) and each in DATA_TYPES for each in value)
    if not isinstance(value, str):
        return False
    if name in _ONE_OF:
        return value in _ONE_OF[name]
    return name in _LIKE and _LIKE[name].fullmatch(value) is not None
