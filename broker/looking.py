"""The one way to the engine for whatever comes in or goes out: it fails closed, and knows a message let through.

Every caller that decides something asks here; a test of the product refuses any other one.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice

from broker.credentials import Finding, scan

logger = logging.getLogger(__name__)
# Rules that read words, and can be wrong about them. Whatever is not named here is structure (an address with a
# password in it, a cookie, a token) or could not be read to its end, and nobody lets it through: a rule that is new
# counts as structure until somebody decides otherwise.
LANGUAGE = (
    "label.", "pair.", "access.", "hint.", "answer.", "ask.", "pin.", "code.", "secret.", "name.", "token.",
)  # fmt: skip
# Doors outward: nothing of ours that carries a login or asks for one has a reason to leave.
OUTWARD = frozenset({"outbound_email", "webhook", "nectar_call"})
# Of this kind is a text that nobody found anything in, because it is too long to be read while its author waits.
TOO_LONG = "long"
# What a program wrote around a value: a member of JSON, a parameter of a form or an address, an element of XML. A value
# that was found by its name and is all that stands there is no words of anybody.
_NAMED = ("label.value", "name.held")
_BEFORE = re.compile(
    r"(?:\"[^\"\n]{1,80}\"\s{0,9}:\s{0,9}(\")|(?:^|[?&])[\w.%\[\]-]{1,80}(=)|<[^<>\s]{1,80}[^<>]{0,80}(>))$"
)
_BEHIND = {'"': re.compile(r"\"\s{0,9}[,}\]]"), "=": re.compile(r"&|$"), ">": re.compile(r"</")}
_AROUND = 200  # signs before a value in which its name stands
# What stands behind a name to see whether the name makes a secret of it: a word, a code, a token, an answer. Each is
# nothing alone.
_TRIED = ("bluebird7", "448812", "8F3A91C07D5E46B2A1F0", "Rex")
_LONGEST_NAME = 80
MOST_NAMES = 200  # of a body of JSON, of which it is asked; none of ours has so many
_let_through: ContextVar[bool] = ContextVar("let_through", default=False)


class Unchecked(Exception):
    """The engine broke over a text, so nobody knows what is in it: it is refused, and nothing of it is kept."""

    code = "gate.unchecked"  # of a job that comes again for it


def look(text: str, inlet: str) -> Finding | None:
    """Give what is found in a text that came to this inlet; raises `Unchecked` where the engine broke.

    None also for words in a message that two people let through, while it is being taken (`letting_through`).
    """
    found = _found(text, inlet)
    if found is not None and _let_through.get() and is_words(found, text, inlet):
        return None
    return found


def _found(text: str, inlet: str) -> Finding | None:
    try:
        return scan(text, inlet)
    except Exception as error:  # noqa: BLE001 - whatever broke, the gate fails closed
        # Its text may stand in the error's own words: only its class is written anywhere.
        logger.error("the gate broke: %s", type(error).__name__)
        raise Unchecked("could not be checked") from None


def may_let_through(rule: str, inlet: str) -> bool:
    """Say whether a finding of this rule at this inlet may be a false alarm that two people let through."""
    return rule.startswith(LANGUAGE) and inlet not in OUTWARD


def is_words(found: Finding, text: str, inlet: str) -> bool:
    """Say whether what was found in this text may be a false alarm: its rule reads words, and it is no named member.

    Nor is anything one in a body of JSON with a member that is named for a secret, as in a form (`names_secret`).
    """
    return may_let_through(found.rule, inlet) and not is_member(found, text) and not _has_such_a_member(text, inlet)


def is_member(found: Finding, text: str) -> bool:
    """Say whether what was found is the whole value of a member, a parameter or an element, found by its name."""
    if found.rule not in _NAMED:
        return False
    before = _BEFORE.search(text[max(0, found.start - _AROUND) : found.start])
    if before is None:
        return False
    sign = before[before.lastindex or 0]
    # One parameter alone may be a line that somebody typed; a second one, or the sign of a query, is a program's.
    alone = sign == "=" and not any(each in text for each in "?&")
    return not alone and _BEHIND[sign].match(text, found.end) is not None


def names_secret(name: str, inlet: str) -> bool:
    """Say whether the name of a form's field says by itself that a secret stands in it, whatever stands there."""
    found = (_found(f"{name[-_LONGEST_NAME:]}: {each}", inlet) for each in _TRIED)
    return any(each is not None and each.rule in _NAMED for each in found)


def _has_such_a_member(text: str, inlet: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        body = json.loads(text, object_pairs_hook=tuple)  # a name that stands twice counts twice
    except (ValueError, RecursionError):
        return False
    names = dict.fromkeys(islice(_filled(body), MOST_NAMES + 1))
    return len(names) > MOST_NAMES or any(names_secret(name, inlet) for name in names)


def _filled(body: object) -> Iterator[str]:
    """Give the name of each member that says something, also in a list or in members below it."""
    waiting = [("", body)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, tuple):
            waiting += [(held, each) for held, each in value]
            # `{"password": {"value": "…"}}`
            waiting += [(name, each) for _held, each in value if not isinstance(each, tuple | list)]
        elif isinstance(value, list):
            waiting += [(name, each) for each in value]
        elif name and value not in (None, "", True, False):
            yield name


@contextmanager
def letting_through() -> Iterator[None]:
    """While this lasts, `look` finds structure alone: the message in hand was released by two people."""
    token = _let_through.set(True)
    try:
        yield
    finally:
        _let_through.reset(token)
