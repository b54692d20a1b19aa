"""The one way to the engine for whatever comes in or goes out: it fails closed, and knows a message let through.

Every caller that decides something asks here; a test of the product refuses any other one.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from broker.credentials import Finding, filled, scan

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
# A name that makes a secret of what stands behind it.
_NAMED = ("label.value", "name.held")
# What stands behind a name to see whether the name makes a secret of it: a word, a code, a token, an answer. Each is
# nothing alone.
_TRIED = ("bluebird7", "448812", "8F3A91C07D5E46B2A1F0", "Rex")
_LONGEST_NAME = 80
MOST_NAMES = 200  # different ones in a text, of which it is asked; none that was meant to be read has so many
# What two people may let through is of one sort: what somebody said, or what stands in files that came with it.
SAID, IN_FILES = "said", "in files"
_OF_FILES = frozenset({"pdf_upload", "csv_upload"})
_let_through: ContextVar[frozenset[str]] = ContextVar("let_through", default=frozenset())


class Unchecked(Exception):
    """The engine broke over a text, so nobody knows what is in it: it is refused, and nothing of it is kept."""

    code = "gate.unchecked"  # of a job that comes again for it


def look(text: str, inlet: str, *, in_file: bool = False) -> Finding | None:
    """Give what is found in a text that came to this inlet; raises `Unchecked` where the engine broke.

    None also for words in a message that two people let through, while it is being taken (`letting_through`).
    `in_file`: the text stood in a file, at whatever inlet it is read.
    """
    found = _found(text, inlet)
    if (
        found is not None
        and (IN_FILES if in_file else sort(inlet)) in _let_through.get()
        and is_words(found, text, inlet)
    ):
        return None
    return found


def _found(text: str, inlet: str) -> Finding | None:
    try:
        return scan(text, inlet)
    except Exception as error:  # noqa: BLE001 - whatever broke, the gate fails closed
        # Its text may stand in the error's own words: only its class is written anywhere.
        logger.error("the gate broke: %s", type(error).__name__)
        raise Unchecked("could not be checked") from None


def sort(inlet: str) -> str:
    """Give of which sort a text is that came to this inlet."""
    return IN_FILES if inlet in _OF_FILES else SAID


def may_let_through(rule: str, inlet: str) -> bool:
    """Say whether a finding of this rule at this inlet may be a false alarm that two people let through."""
    return rule.startswith(LANGUAGE) and inlet not in OUTWARD


def is_words(found: Finding, text: str, inlet: str) -> bool:
    """Say whether what was found in this text may be a false alarm: its rule reads words, and no program wrote it.

    Nothing is one in a text with a member, a parameter, an attribute or an element that is named for a secret.
    """
    return may_let_through(found.rule, inlet) and not _has_such_a_member(text, inlet)


def names_secret(name: str, inlet: str) -> bool:
    """Say whether the name of a form's field says by itself that a secret stands in it, whatever stands there."""
    found = (_found(f"{name[-_LONGEST_NAME:]}: {each}", inlet) for each in _TRIED)
    return any(each is not None and each.rule in _NAMED for each in found)


def _has_such_a_member(text: str, inlet: str) -> bool:
    asked: set[str] = set()
    for name in filled.names(text):
        if name not in asked and (len(asked) == MOST_NAMES or names_secret(name, inlet)):
            return True
        asked.add(name)
    return False


@contextmanager
def letting_through(sorts: Collection[str]) -> Iterator[None]:
    """While this lasts, `look` finds structure alone in texts of these sorts: two people released them."""
    token = _let_through.set(frozenset(sorts))
    try:
        yield
    finally:
        _let_through.reset(token)
