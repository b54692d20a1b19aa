"""What lies under the usual wrappings: URL, HTML, quoted-printable, MIME words, JSON and base64 (rules)."""

import base64
import binascii
import html
import json
import quopri
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from broker.credentials import words
from broker.credentials.labels import named
from broker.credentials.views import View, plain, rewrite

MAX_DEPTH = 3  # wrappings in wrappings
MAX_JSON = 1_000_000

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_SOFT_BREAK = re.compile(r"=\r?\n|(?:=[0-9A-F]{2})+")
_FORM = re.compile(r"(?:(?<=[?&])|(?<!\S))[\w.\[\]%-]{1,60}=[^&\s]*\+[^&\s]*")
_MIME_WORD = re.compile(r"=\?[\w-]{2,20}\?([bBqQ])\?([^?\s]{1,400})\?=")
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[nrt\"/]")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})((?:\s[^<>]{0,400})?)/?>|<!--|-->")
_ATTRIBUTE = re.compile(
    r"(?i)\b(name|id|type|value|key|label|placeholder|href|title|alt|content)\s*=\s*(?:\"([^\"]{0,200})\"|"
    r"'([^']{0,200})')"
)
_INLINE = words.listed("a abbr b bdi big em font i mark s small span strong sub sup tt u wbr o:p")
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]{12,})*={0,2}(?![\w+/=-])")
_UNDERSCORED = re.compile(r"(?<![^\s/])[^\s_/]+(?:_[^\s_/]+){2,}(?!\S)")  # file names
_MIN_PRINTABLE = 0.95


def unwrapped(view: View) -> Iterator[View]:
    """Give each further reading of the text that its wrappings call for."""
    text = view.text
    if "%" in text and _PERCENT.search(text):
        yield rewrite(view, _PERCENT, lambda match: unquote(match[0], errors="replace"))
    if "+" in text and _FORM.search(text):
        yield rewrite(view, _FORM, lambda match: unquote_plus(match[0], errors="replace"))
    if "=?" in text and _MIME_WORD.search(text):
        yield rewrite(view, _MIME_WORD, _mime_word)
    if "=" in text and _SOFT_BREAK.search(text):
        yield rewrite(view, _SOFT_BREAK, _quoted_printable)
    if "&" in text and _ENTITY.search(text):
        yield rewrite(view, _ENTITY, lambda match: html.unescape(match[0]))
    if "<" in text and _TAG.search(text):
        yield rewrite(view, _TAG, _tag)
    if "\\" in text and _ESCAPE.search(text):
        yield rewrite(view, _ESCAPE, _escape)
    if "_" in text and _UNDERSCORED.search(text):
        yield rewrite(view, _UNDERSCORED, lambda match: _spread(match[0]))
    yield from _json(view)
    yield from _base64(view)


def _spread(name: str) -> str:
    """Give a file name as words, without its ending."""
    return re.sub(r"\.(\w{2,4})$", r" \1", name).replace("_", " ")


def _quoted_printable(match: re.Match[str]) -> str:
    return quopri.decodestring(match[0].encode()).decode("utf-8", "replace")


def _mime_word(match: re.Match[str]) -> str:
    if match[1] in "qQ":
        return quopri.decodestring(match[2].replace("_", " ").encode("utf-8", "replace")).decode("utf-8", "replace")
    return _from_base64(match[2]) or match[0]


def _escape(match: re.Match[str]) -> str:
    try:
        return str(json.loads(f'"{match[0]}"'))
    except ValueError:
        return match[0]


def _tag(match: re.Match[str]) -> str:
    closing, name, inside = match[1], (match[2] or "").lower(), match[3] or ""
    if not name:
        return " "
    found = {key.lower(): double or single for key, double, single in _ATTRIBUTE.findall(inside)}
    if name in _INLINE:
        return f" {found['href']} " if "href" in found else ""
    if closing:
        return "\n" if name in ("tr", "p", "div", "li", "table", "dl", "form") else " "
    if name in ("input", "param", "meta", "field", "option", "item", "attribute", "setting", "property", "entry"):
        label = found.get("name") or found.get("key") or found.get("id") or found.get("label") or found.get("type", "")
        value = found.get("value") or found.get("content") or ""
        return f"\n{named(label)}: {value}\n" if value else f"\n{named(label)}: "
    attributes = "".join(f"\n{named(key)}: {value}" for key, value in _pairs(inside))
    if name in ("br", "tr", "p", "div", "li", "table", "h1", "h2", "h3", "dl", "form"):
        return f"{attributes}\n"
    if name in ("td", "th", "dt", "dd", "label"):
        return " \t "
    return f"{attributes}\n{named(name)}: "


_ANY_ATTRIBUTE = re.compile(r"([\w:-]{2,40})\s*=\s*(?:\"([^\"]{1,200})\"|'([^']{1,200})')")


def _pairs(inside: str) -> Iterator[tuple[str, str]]:
    for key, double, single in _ANY_ATTRIBUTE.findall(inside):
        yield key, double or single


# --- JSON ---------------------------------------------------------------------------------------------------------


def _json(view: View) -> Iterator[View]:
    text = view.text.strip()
    if text[:1] not in "{[" or len(text) > MAX_JSON or len(text) < 2:
        return
    try:
        lines = list(_lines(json.loads(text), ""))
    except (ValueError, RecursionError):
        return

    def back(start: int, end: int) -> tuple[int, int]:
        value = flat[start:end]
        at = view.text.find(value)
        return view.back(at, at + len(value)) if at >= 0 else view.back(0, len(view.text))

    flat = "\n\n".join(lines)
    yield View(plain(flat).text, back)


def _lines(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        names = [
            value[name] for name in ("name", "key", "field", "label", "param", "k", "id", "question") if name in value
        ]
        for name in names:
            for held in ("value", "val", "v", "text", "answer", "data"):
                if isinstance(name, str) and isinstance(value.get(held), str):
                    yield f"{named(name)}: {value[held]}"
        scalars = [(k, v) for k, v in value.items() if isinstance(v, str | int) and not isinstance(v, bool)]
        if scalars:
            yield "\n".join(f"{named(k)}: {v}" for k, v in scalars)
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _lines(inner, name)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                yield from _lines(inner, key)
            elif isinstance(inner, str):
                yield f"{named(key)}: {inner}" if key else inner
    elif isinstance(value, str):
        yield value


# --- base64 -------------------------------------------------------------------------------------------------------


def _base64(view: View) -> Iterator[View]:
    for match in _BASE64.finditer(view.text):
        whole = match[0]
        if whole.isalpha() and (whole.islower() or whole.istitle()):
            continue
        inner = _from_base64(whole)
        if inner:
            start, end = match.span()
            yield View(plain(inner).text, lambda _s, _e, span=(start, end): view.back(*span))  # type: ignore[misc]


def _from_base64(text: str) -> str:
    tight = re.sub(r"\s+", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(tight + "=" * (-len(tight) % 4), validate=True)
        made = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    printable = sum(char.isprintable() or char in "\r\n\t" for char in made)
    return made if made and printable >= _MIN_PRINTABLE * len(made) else ""
