"""The words in an ask that are none of a closed list, no number and no day: what somebody wrote freely (rules)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from broker import utilities
from broker.terms import DATA_TYPES, NAMED_WAYS, PURPOSES
from requests_app.reading import read_date

MOST = 500  # texts of an ask, as of a body at the door
_NUMBER = re.compile(r"[0-9]{1,20}")
_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NAME = re.compile(r"[A-Za-z_]{1,40}")  # of a member; whatever else stands there is a text
_IN_ORDER: dict[str, Callable[[str], bool]] = {
    "accounts": lambda value: _NUMBER.fullmatch(value) is not None,
    "data_types": lambda value: value in DATA_TYPES,
    "from": lambda value: read_date(value) is not None,
    "to": lambda value: read_date(value) is not None,
    "purpose": lambda value: value in PURPOSES,
    "channel": lambda value: value in NAMED_WAYS,
    "consent": lambda value: _ID.fullmatch(value) is not None,
    "utility": lambda value: utilities.offer(value) is not None,
}


def odd_words(ask: Mapping[str, Any]) -> str:
    """Give them in their order, a text a line; nothing for an ask as it is described.

    A member's name counts where its value says nothing, and where no program would call a member so.
    """
    found: list[str] = []
    waiting: list[tuple[str, Any]] = [*ask.items()][::-1]
    while waiting and len(found) < MOST:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.items()][::-1]
        elif isinstance(value, list):
            waiting += [(name, each) for each in value[::-1]]
        elif not _is_in_order(name, value):
            text = "" if value is None or isinstance(value, bool) else str(value).strip()
            if not text or not _NAME.fullmatch(name):
                found.append(name.replace("_", " "))
            found += [text] if text else []
    return "\n".join(found)


def _is_in_order(name: str, value: object) -> bool:
    known = _IN_ORDER.get(name)
    if known is not None:
        return value is None or (isinstance(value, str) and known(value))
    is_machines = isinstance(value, str) and (read_date(value) is not None or _ID.fullmatch(value) is not None)
    return is_machines and _NAME.fullmatch(name) is not None
