"""Readings of a text that is too long to be read once per wrapping: all wrappings are undone in one go (rules).

Places of what is found lead to the whole text; an author of half a megabyte is told so in the reason.

Somebody waits for the answer to a form or a call (`WAITED`), and a megabyte that never says the same thing twice takes
seconds: there it is not read, and says so. Files and mails are read to their end, in a pace that is the same all along.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.entities import html5
from itertools import compress, islice, pairwise
from typing import Any
from urllib.parse import unquote

from broker.credentials.decode import MAX_DEPTH, escaped, from_base64, markup, mime_word, pairs_of, quoted_printable
from broker.credentials.views import View, mended, plain, plain_text, unquoted

LARGE = 65_536  # characters; below, a text is read as it stands first
MOST_CHANGES = 150_000  # wrappings of one kind in one text; no honest text holds more
MOST_RUNS = 2_000
WAITED = frozenset({"web_form", "admin_note", "api_json", "url_param"})  # inlets whose author waits for the answer

_PLAIN_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}/?>")
_INLINE_TAG = re.compile(r"(?i)</?(?:a|b|i|u|em|strong|span|font|wbr|small|sub|sup|s|tt|mark)(?:\s[^<>=]{0,40})?>")
_NAMED_TAG = re.compile(r"(?i)<([\w:-]{0,20}(?:pass|pw|clave|pin|secret|contras|code|token|login|user)[\w:-]{0,20})>")
_OTHER_TAG = re.compile(r"<(?:(/?)([a-zA-Z][\w:-]{0,40})((?:\s[^<>]{0,400})?)/?>|!--)")
_REMARKS_END = "-->"
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# What HTML gives another sign for; programs write most of theirs for "and".
_OLD = "|".join(sorted(name for name in html5 if not name.endswith(";")))  # they ask for no semicolon
_ENTITY = re.compile(
    rf"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|(?=[^\t\n\f <&#;]{{1,32}}+;|(?:{_OLD}))[^\t\n\f <&#;]{{1,32}};?)"
)
_QUOTED = re.compile(r"=(?:\r?\n|[0-9A-F]{2}(?:=[0-9A-F]{2})*)")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2})*|[nrt\"/])")
_MIME_WORD = re.compile(r"=\?[\w-]{2,20}\?([bBqQ])\?([^?\s]{1,400})\?=")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{16,}\r?")
_RUN = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{16,}+)*={0,2}(?![\w+/=-])")


class TooDense(Exception):
    """A text with more wrappings than could be undone in time."""


class TooLong(Exception):
    """A text that says too much that is new, to somebody who waits."""


def readings(text: str, inlet: str) -> Iterator[View]:
    """Give the text with everything undone.

    Raises `TooDense` where that would take too long; `TooLong` where reading what was undone would, at an inlet whose
    author waits.
    """
    made = _short_enough(_once(_structure(unquoted(plain(text)).text)), inlet)
    looked_at = ""
    for _depth in range(MAX_DEPTH):
        undone = _undone(made)
        further = _with_runs(undone, looked_at)
        looked_at = undone
        if further == made:
            break
        made = _short_enough(_once(plain_text(further)), inlet)

    def back(_start: int, _end: int) -> tuple[int, int]:
        return 0, len(text)

    view = View(made, back)
    yield view
    whole = mended(view)
    if whole is not view:
        yield whole


def _short_enough(made: str, inlet: str) -> str:
    if inlet in WAITED and len(made) > LARGE:
        raise TooLong
    return made


# A line, or what of it ends at a blank behind a thousand characters.
_PIECE = re.compile(r"[^\n]{0,1000}[^\s]{0,64}\n*+")


_EMPTY = "\n\n\n"  # no more lines than these say anything


def _once(text: str) -> str:
    """Give a text without what it says again: quoted mails and feeds repeat themselves, and so do attacks.

    A piece stays where the one before it or behind it is another than before: a label keeps its value.
    """
    while f"{_EMPTY}\n" in text:
        text = text.replace(f"{_EMPTY}\n", _EMPTY)
    pieces = _PIECE.findall(text)
    pairs = list(pairwise(pieces))
    # Of a pair that stands twice the later place comes first, and the earlier one takes its stead.
    first = dict(zip(reversed(pairs), range(len(pairs) - 1, -1, -1), strict=True))
    if len(first) == len(pairs):
        return text
    kept = bytearray(len(pieces))
    for at in first.values():
        kept[at] = kept[at + 1] = 1
    return "".join(compress(pieces, kept))


def _structure(text: str) -> str:
    """Give JSON as lines; a key that stands twice stays twice."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return "\n\n".join(pairs_of(json.loads(text, object_pairs_hook=_Pairs), ""))
    except (ValueError, RecursionError):
        return text


_BLANKS = str.maketrans("01", " \t")


class _Pairs(dict[str, Any]):
    """An object whose twins keep a place: `pw` and `pw ` are both there, each with its number in blanks."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__()
        twins = Counter[str]()
        for key, value in pairs:
            spelling = key
            while spelling in self:
                spelling = key + f"{twins[key]:b}".translate(_BLANKS)
                twins[key] += 1
            self[spelling] = value


def _undone(text: str) -> str:
    if "%" in text and _PERCENT.search(text):
        text = unquote(text, errors="replace")
    if "=?" in text:
        text = _changed(_MIME_WORD, mime_word, text)
    if "=" in text:
        text = _changed(_QUOTED, quoted_printable, text)
    if "&" in text:
        if text.count("&") > MOST_CHANGES * 2:
            raise TooDense
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _NAMED_TAG.sub(r"\n\1: ", text)
        text = _INLINE_TAG.sub("", text)
        text = _PLAIN_TAG.sub(" \n", text)
        text = _changed(_OTHER_TAG, markup, text).replace(_REMARKS_END, " ")
    if "\\" in text:
        text = _changed(_ESCAPE, escaped, text)
    return text


def _changed(pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], text: str) -> str:
    made, count = pattern.subn(change, text, count=MOST_CHANGES)
    if count == MOST_CHANGES:
        raise TooDense
    return made


def _with_runs(text: str, looked_at: str) -> str:
    """Give a text with what its runs of base64 hold behind it, but for those that the text before it held as well."""
    inner = dict[str, None]()
    for done, match in enumerate(islice(View(_changed_lines(text, looked_at)).finditer(_RUN), MOST_RUNS + 1)):
        if done == MOST_RUNS:
            break  # a file of digests; what is behind them is read as it stands
        held = from_base64(match[0])
        if held and held not in text:
            inner[held] = None
    return "\n\n\n\n".join((text, *inner)) if inner else text


def _changed_lines(text: str, looked_at: str) -> str:
    """Give the lines that another text has not, with those beside them that one run may go over."""
    if not looked_at or text == looked_at:
        return "" if looked_at else text
    lines, known = text.split("\n"), frozenset(looked_at.split("\n"))
    made: list[str] = []
    until = 0  # lines before it were given
    for number, line in enumerate(lines):
        if number < until or line in known:
            continue
        first, until = max(until, number - 1), min(len(lines), number + 2)
        while first and _PACKED.fullmatch(lines[first]):
            first -= 1
        while until < len(lines) and (
            not known.issuperset(lines[until - 1 : until + 1]) or _PACKED.fullmatch(lines[until - 1])
        ):
            until += 1
        made += [*lines[first:until], ""]
    return "\n".join(made)
