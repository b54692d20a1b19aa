"""The names of what a program filled in: members of JSON, parameters, attributes and elements (rules)."""

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

_LONGEST = 80  # of a name
_DEEPEST = 3  # texts in texts
_NAME, _FILLED = r"[\w.%\[\]-]{1,80}", r"[ \t]{0,9}=[ \t]{0,9}(?=[^\s&;])"
_PARAMETER = re.compile(rf"(?:^|([?])|[&;])[ \t]{{0,9}}({_NAME}){_FILLED}", re.M)
# What is no JSON to its end, or is written as one of its relatives.
_MEMBER = re.compile(r"[\"']([^\"'\n]{1,80})[\"']\s{0,9}(?::|=>)\s{0,9}(?!\"\"|''|null|None|[,}\]])\S")
_TAG = re.compile(r"<([A-Za-z_][\w:.-]{0,79})([^<>]{0,4000})>?\s{0,200}(<!\[CDATA\[\s{0,200})?([^<\s][^<]{0,80})?")
_ATTRIBUTE = re.compile(r"([\w:.-]{1,80})\s{0,9}=\s{0,9}(?:\"([^\"]{1,2000})|'([^']{1,2000})|([^\s\"'/]{1,2000}))")
# Of a form and of a list of settings: what these hold is the name of what stands beside them.
_NAMES_ANOTHER, _HOLDS_NAME = frozenset({"name", "id", "key", "field"}), frozenset({"name", "key", "field"})
_HOLDS_NOTHING = frozenset({"br", "hr", "img", "input", "link", "meta"})
_EMPTY = (None, "", True, False)


def names(text: str, depth: int = 0) -> Iterator[str]:
    """Give the name of each thing that says something, some of them twice; of what somebody typed, none.

    One parameter alone may be a line that somebody typed; a second one, or the sign of a query, is a program's. The
    time it takes grows with the text alone.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            body = json.loads(text, object_pairs_hook=tuple)  # a name that stands twice counts twice
        except (ValueError, RecursionError):
            pass
        else:
            yield from _of_members(body, depth)
            return
    if "{" in text or "[" in text:
        yield from (found[1] for found in _MEMBER.finditer(text))
    parameters = [(found[1], found[2]) for found in _PARAMETER.finditer(text)]
    if len(parameters) > 1 or any(sign for sign, _name in parameters):
        yield from (unquote(name) for _sign, name in parameters)
    yield from _of_elements(text)


def _of_members(body: object, depth: int) -> Iterator[str]:
    waiting = [("", body)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, tuple):
            waiting += [(held, each) for held, each in value]
            # `{"password": {"value": "…"}}`
            if name and any(not isinstance(each, tuple | list) and each not in _EMPTY for _held, each in value):
                yield name
            # `{"name": "password", "value": "…"}`
            yield from (each for held, each in value if held.lower() in _HOLDS_NAME and isinstance(each, str))
        elif isinstance(value, list):
            waiting += [(name, each) for each in value]
        elif value not in _EMPTY:
            yield from [name] if name else []
            if isinstance(value, str) and depth < _DEEPEST:
                yield from names(value, depth + 1)


def _of_elements(text: str) -> Iterator[str]:
    for found in _TAG.finditer(text):
        name = found[1].rpartition(":")[2]
        held = "" if name.lower() in _HOLDS_NOTHING else (found[4] or "").strip()
        attributes = {
            each[1].rpartition(":")[2]: each[2] or each[3] or each[4] for each in _ATTRIBUTE.finditer(found[2])
        }
        yield from attributes
        if held or "value" in attributes:
            yield name
            yield from (value[:_LONGEST] for each, value in attributes.items() if each.lower() in _NAMES_ANOTHER)
        if name.lower() in _HOLDS_NAME and held:
            yield held
