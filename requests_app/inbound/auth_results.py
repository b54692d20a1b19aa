"""An Authentication-Results header, read word by word (rules; RFC 8601 section 2.2, RFC 5322 section 3.2, RFC 2045).

What a stranger chose (the local part of an envelope address, a domain in a comment) stands in such a header in quotes
or in brackets. So nothing is cut at a semicolon before quotes, backslashes and nested comments have been read, and a
header of which any part is not of the grammar is `odd` as a whole: nothing of it proves anything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 4000
MAX_CHECKS = 20
MAX_DEPTH = 20
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,28}[A-Za-z0-9])?")
_RESULT = re.compile(r"[A-Za-z]{1,20}")
_PROPERTY = re.compile(r"[a-z][a-z-]{0,19}\.[A-Za-z0-9_-]{1,30}", re.I)
_DOMAINS_ALONE = ("header.d", "header.from")
_SERVER = re.compile(r"[A-Za-z0-9._-]{1,255}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}+)*\.?")
_ATOM = re.compile(r"[^\s\"();=\\]+")
_BLANKS = " \t\r\n"


class _Odd(Exception):
    """The header is not of the grammar."""


@dataclass(frozen=True)
class _Word:
    """A piece between blanks, comments, `;` and `=`: its text, whether it was quoted, and whether a gap precedes it."""

    text: str
    kind: str  # "atom", "quoted", ";" or "="
    gap: bool


def read(value: str) -> dict[str, Any]:
    """Read a header's value: `server`, `checks` (method, result, about) and `odd`; raises nothing.

    `about` holds domains alone (of addresses the part behind the at sign), in small letters; of a property whose value
    is in quotes or is no domain it holds nothing.
    """
    words: list[_Word] = []
    odd = len(value) > MAX_LENGTH
    try:
        for each in _words(value[:MAX_LENGTH]):
            words.append(each)  # what came before an odd piece is kept: it names the server
    except _Odd:
        odd = True
    server = words[0].text if words and words[0].kind == "atom" and _SERVER.fullmatch(words[0].text) else ""
    if len(words) > 1 and words[1].kind == "=":
        return {"server": "", "checks": [], "odd": True}  # a result stands where the server's name should
    if odd or not server:
        return {"server": server, "checks": [], "odd": True}
    try:
        return {"server": server, "checks": _checks(words[1:]), "odd": False}
    except _Odd:
        return {"server": server, "checks": [], "odd": True}


def domain_about(check: Mapping[str, Any], *names: str) -> str:
    """Give the domain that a check names under the first of these properties; empty where it names none."""
    return next((str(check["about"][each]) for each in names if check["about"].get(each)), "")


def _words(value: str) -> Iterator[_Word]:
    at, gap = 0, True
    while at < len(value):
        sign = value[at]
        if sign in _BLANKS:
            at, gap = at + 1, True
        elif sign == "(":
            at, gap = _behind_comment(value, at), True
        elif sign in ";=":
            yield _Word(sign, sign, gap)
            at, gap = at + 1, False
        elif sign == '"':
            text, at = _quoted(value, at)
            yield _Word(text, "quoted", gap)
            gap = False
        else:
            found = _ATOM.match(value, at)
            if found is None or not found[0].isascii() or not found[0].isprintable():
                raise _Odd  # a stray bracket or backslash, or a character that no token holds
            yield _Word(found[0], "atom", gap)
            at, gap = found.end(), False


def _behind_comment(value: str, at: int) -> int:
    depth = 0
    while at < len(value):
        sign = value[at]
        if sign == "\\":
            at += 1  # a quoted pair: whatever follows is text
        elif sign == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise _Odd
        elif sign == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    raise _Odd


def _quoted(value: str, at: int) -> tuple[str, int]:
    text: list[str] = []
    at += 1
    while at < len(value):
        sign = value[at]
        if sign == '"':
            return "".join(text), at + 1
        if sign == "\\":
            at += 1
            sign = value[at : at + 1]
        text.append(sign)
        at += 1
    raise _Odd


def _checks(words: list[_Word]) -> list[dict[str, Any]]:
    parts: list[list[_Word]] = [[]]
    for each in words:
        if each.kind == ";":
            parts.append([])
        else:
            parts[-1].append(each)
    head, *rest = parts
    if [each.text for each in head] not in ([], ["1"]):
        raise _Odd  # a version of the header that we do not know
    if rest and not rest[-1] and len(rest) > 1:
        rest.pop()  # a semicolon at the end, which some servers write
    if len(rest) > MAX_CHECKS or not rest:
        raise _Odd
    if len(rest) == 1 and [(each.kind, each.text.lower()) for each in rest[0]] == [("atom", "none")]:
        return []
    return [_check(each) for each in rest]


def _check(words: list[_Word]) -> dict[str, Any]:
    method, result, rest = _assigned(words)
    # RFC 8601 section 2.2: a method may carry its version behind a slash.
    name, _, version = method.partition("/")
    if not _NAME.fullmatch(name) or version not in ("", "1") or len(result) != 1 or result[0].kind != "atom":
        raise _Odd
    if not _RESULT.fullmatch(result[0].text):
        raise _Odd
    about: dict[str, str] = {}
    seen = set()
    while rest:
        key, value, rest = _assigned(rest)
        key = key.lower()
        if key in seen or not (key in ("reason", "action") or _PROPERTY.fullmatch(key)):
            raise _Odd
        seen.add(key)
        if domain := _domain(value, alone=key in _DOMAINS_ALONE):
            about[key] = domain
    return {"method": name.lower(), "result": result[0].text.lower(), "about": about}


def _assigned(words: list[_Word]) -> tuple[str, list[_Word], list[_Word]]:
    """Cut `name = value` off the front; a value is every piece up to the next gap, and may hold `=` (base64)."""
    if len(words) < 3 or words[0].kind != "atom" or words[1].kind != "=" or words[2].kind == "=":
        raise _Odd
    end = 3
    while end < len(words) and not words[end].gap:
        end += 1
    return words[0].text, words[2:end], words[end:]


def _domain(value: list[_Word], *, alone: bool) -> str:
    """Give the domain of a value: never anything out of quotes, and nothing that stands before the last at sign."""
    last = value[-1]
    if last.kind != "atom":
        return ""
    _, at, domain = last.text.rpartition("@")
    # Where the property is a domain, nothing else may stand there; else only the at sign cuts off what precedes it.
    if (alone and at) or (not at and len(value) > 1):
        return ""
    return domain.lower().rstrip(".") if _DOMAIN.fullmatch(domain) else ""
