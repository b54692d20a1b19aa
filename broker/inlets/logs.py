"""Link tokens, letters' codes and whatever a stranger wrote into a path never reach a log line."""

import logging
import re
from collections.abc import Iterable, Iterator
from functools import cache

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

# What stands before a token. A new address with one belongs here: tests/unit/test_tokens_in_logs.py walks them all.
_TOKEN_PATH = re.compile(r"(?i)((?<!/)/++(?:open|stop|enrol|deleted|holder|asked|decide)/++)[^/\s\"]{8,}")
# The code printed on a letter, as a person may have typed it: with a blank, a hyphen, or neither. The check page's own
# addresses are words of fewer letters, or have a folder or an ending of their own.
_CODE_PATH = re.compile(
    r"(?i)((?<!/)/++v/++)(?:[^/\s\"]{3,6}\s[0-9a-z]{3,6}(?![^\s\"])|(?!(?:seal|time)-root\.pem)[^/\s\"]{7,})"
)
# The code of a request in a mail to a billing desk; the desk's own addresses are these words.
_DESK_PATH = re.compile(r"(?i)((?<!/)/++desk/++)(?!(?:requests|code|leave)(?:[/\s\"?]|$))[^/\s\"]{4,}")


def redact(text: str) -> str:
    """Give the text with each single-purpose token and each letter's code in a path masked."""
    for path, said in ((_TOKEN_PATH, "token"), (_CODE_PATH, "code"), (_DESK_PATH, "code")):
        text = path.sub(rf"\1[{said}]", text)
    return text


# A part of our own addresses holds letters, digits, hyphens and dots; one of these stands for what was masked in it.
_OURS = re.compile(r"(?:[A-Za-z0-9_.~-]|\[token\]|\[code\])*")
NOT_SHOWN = "[not shown]"
# What Django says of a broken request repeats the header that was broken.
_HEADERS_WORDS = re.compile(r"(?s)(?<= checking failed) - .*(?= does not match any trusted origins)|(?<= header:) .*")


# A number, an id, a tile of the public log.
_NUMBERED = re.compile(r"[0-9]{1,20}|x?[0-9]{3}(?:\.p)?|entries|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARKS = re.compile(r"\\Z|[\^$\\]")  # of a route that is written as a pattern


def is_page_of_ours(path: str) -> bool:
    """Say whether a path leads to one of our pages and holds no sign that somebody else wrote there.

    A page may name its own address then, as for coming back to it; a log line may not (`shown`).
    """
    if not all(_OURS.fullmatch(part) for part in redact(path).split("/")):
        return False
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def written_in(path: str) -> list[str]:
    """Give the parts of a path that no address of ours names: whatever signs they are made of, somebody chose them."""
    known = _known(path)
    return [part for part in path.split("/") if part not in known and not _NUMBERED.fullmatch(part)]


def shown(path: str) -> str:
    """Give a path as it may be written down: up to its first part that no address of ours has."""
    parts = redact(path).split("/")
    known = _known(path)
    ours = next((at for at, part in enumerate(parts) if _OURS.fullmatch(part) is None or part not in known), len(parts))
    return "/".join([*parts[:ours], NOT_SHOWN] if ours < len(parts) else parts)


def _known(path: str) -> set[str]:
    """Give the parts of a path that our addresses have; where none of ours has it, the words of them all.

    What stands at a place for free text (`<str:…>`, `<slug:…>`) is somebody's own, whatever signs it is made of.
    """
    parts = {part for part in path.split("/") if _NUMBERED.fullmatch(part)} | {"", "[token]", "[code]"}
    try:
        return parts | _words_of(resolve(path).route)
    except Resolver404:
        return {"", "[token]", "[code]"} | _all_words()


@cache
def _words_of(route: str) -> frozenset[str]:
    return frozenset(_MARKS.sub("", route).split("/"))


@cache
def _all_words() -> frozenset[str]:
    return frozenset(word for each in _routes(get_resolver().url_patterns) for word in each.split("/"))


def _routes(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    for each in patterns:
        yield str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns)


class RedactTokens(logging.Filter):
    """Masks what may not be read in the message and its arguments, and keeps one record on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        said, request = record.getMessage(), getattr(record, "request", None)
        if isinstance(path := getattr(request, "path", None), str):
            said = said.replace(path, shown(path))
        if record.name.startswith("django.security"):
            said = _HEADERS_WORDS.sub(f" {NOT_SHOWN}", said)
            record.exc_info = record.exc_text = None  # its last line says the header once more
        record.msg = redact(said).replace("\r", "\\r").replace("\n", "\\n")
        record.args = None
        return True
