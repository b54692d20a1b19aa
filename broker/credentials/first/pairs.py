"""Secrets without a label of their own: a user and a password side by side, a sentence that tells how to get in."""

import re
from collections.abc import Iterator

from broker.credentials.first.finding import Hit
from broker.credentials.first.normalise import Reading
from broker.credentials.first.shape import could_be_chosen, looks_chosen, strength, trimmed
from broker.credentials.first.words import ENTRY, PORTAL

NEAR = 160
_TOKEN = re.compile(r"[^\s\"<>(){}\[\];]{5,90}")
_MAIL_THEN = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[a-z]{2,20}){1,4}(?:\s{0,3}[/|,;:–—-]{1,2}\s{0,3}|\s{1,4}(?:and|y|with|con|/|pass|pw)?\s{0,2})(\S{5,80})",
    re.I,
)
_PAIR = re.compile(
    r"(?<![\w/.:@-])([A-Za-z][\w.@-]{2,60})(?:\s{1,3}[/|]{1,2}\s{1,3}|\s?[|]\s?|/|\s{1,3}[:–—-]\s{1,3}|:)([^\s/|:]{5,80})(?![\w/])"
)
_USER_BEFORE = re.compile(
    r"(?:user ?(?:name|id)?|login(?: name| id)?|log ?in|usuario|sign ?in|signed in|logged in|account|handle|alias|id|nickname|screen ?name|named?|llama)"
    r"(?: there| on file| for (?:the )?(?:web ?site|portal|smarthub))?(?: is| was| as| es| era| como|:| =|=)?[ \"']{0,3}$"
)
_WITH_BEFORE = re.compile(
    r"(?:with|using|use|uses|con|usa|uso|usamos|usando|then|and|y|try|type|enter|pon|poner|teclea|escrib\w+|luego|works|is|es)[ :\"']{1,3}$"
)


def mail_pairs(reading: Reading) -> Iterator[Hit]:
    """Find an e-mail address with something like a password right after it."""
    if "@" not in reading.plain:
        return
    for match in _MAIL_THEN.finditer(reading.plain):
        if looks_chosen(match[1]) and "@" not in match[1][1:-4]:
            yield Hit("pair.mail", match.start(1), match.end(1), "password")


def user_pairs(reading: Reading) -> Iterator[Hit]:
    """Find "user / password" where words of signing in stand near."""
    if (
        "/" not in reading.plain
        and "|" not in reading.plain
        and ":" not in reading.plain
        and " - " not in reading.plain
    ):
        return
    for match in _PAIR.finditer(reading.plain):
        if not (looks_chosen(match[2]) or _shaped_pair(match)):
            continue
        around = (
            reading.low[max(0, match.start() - NEAR) : match.start()]
            + " "
            + reading.low[match.end() : match.end() + 60]
        )
        if PORTAL.search(around):
            yield Hit("pair.user", match.start(2), match.end(2), "password")


def _shaped_pair(match: re.Match[str]) -> bool:
    return could_be_chosen(match[2]) and bool(re.search(r"\d|[a-z]\.[a-z]", match[1])) and "/" in match[0]


def entry_sentences(reading: Reading) -> Iterator[Hit]:
    """Find something like a password in a sentence that tells how to get in."""
    entries = [match.start() for match in ENTRY.finditer(reading.low)]
    if not entries:
        return
    at = 0
    for match in _TOKEN.finditer(reading.plain):
        while at + 1 < len(entries) and entries[at + 1] < match.start():
            at += 1
        near = any(
            _same_passage(reading.plain, entry, match.start())
            for entry in entries[max(0, at) : at + 2]
            if abs(entry - match.start()) <= NEAR and not match.start() <= entry < match.end()
        )
        if near and _tells(reading, match):
            yield Hit("sentence.entry", match.start(), match.end(), "password")


def _same_passage(plain: str, one: int, other: int) -> bool:
    return "\n\n\n" not in plain[min(one, other) : max(one, other)]


def _tells(reading: Reading, match: re.Match[str]) -> bool:
    token = match[0]
    if strength(token) < 3 or "://" in token:
        return False
    before = reading.low[max(0, match.start() - 40) : match.start()]
    if _USER_BEFORE.search(before) and not re.search(r"[^\w.-]", trimmed(token)):
        return False
    if looks_chosen(token):
        return True
    return could_be_chosen(token) and _WITH_BEFORE.search(before) is not None
