"""What lies under the usual wrappings: URL, HTML, quoted-printable, MIME words, JSON and base64 (rules)."""

import base64
import binascii
import html
import json
import quopri
import re
import string
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote, unquote_plus

from broker.credentials import digests, joints, words
from broker.credentials.cells import of_cells
from broker.credentials.labels import fold, label_of, named
from broker.credentials.views import View, plain, rewrite

MAX_DEPTH = 3  # wrappings in wrappings
SHORT = 2000  # characters of a text in which every spelling is tried
MAX_JSON = 1_000_000
LEAST_BASE64, LEAST_HEX = 12, 16  # characters
MOST_BITS = 20  # runs of noughts and ones

# Over several lines, behind the blanks that a quoted mail leaves.
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})++(?:\r?\n[ \t]{0,8}(?:%[0-9A-Fa-f]{2}){2,}+)*+")
# Browsers ask for no semicolon behind a number.
_ENTITY = re.compile(r"&(?:#\d{1,7}(?!\d);?|#[xX][0-9a-fA-F]{1,6}(?![0-9a-fA-F]);?|[a-zA-Z]{2,8};)")
_SOFT_BREAK = re.compile(r"=(?:\r?\n|[0-9A-F]{2}(?:=[0-9A-F]{2})*+)")
_PARAMETER = re.compile(r"[?&][\w.-]{1,38}\Z")
_FORM = re.compile(r"(?:(?<=[?&])|(?<!\S))[\w.\[\]%-]{1,60}=[^&\s]*\+[^&\s]*")
_MIME_WORD = re.compile(r"=\?[\w-]{2,20}\?([bBqQ])\?([^?\s]{1,400})\?=")
_HEX_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_BRACED = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}")
_ESCAPE = re.compile(r"(?:[\\%]u[0-9a-fA-F]{4})+|(?:\\u\{[0-9a-fA-F]{1,6}+\})+|(?:\\x[0-9a-fA-F]{2})+|\\[nrt\"/]")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})((?:\s[^<>]{0,400})?)/?>|<!--|-->")
_ATTRIBUTE = re.compile(
    r"(?i)\b(name|id|type|value|key|label|placeholder|href|title|alt|content)\s*=\s*(?:\"([^\"]{0,200})\"|"
    r"'([^']{0,200})')"
)
_INLINE = words.listed("a abbr b bdi big em font i mark s small span strong sub sup tt u wbr o:p")
_BASE64 = re.compile(
    r"(?<![\w+/-])[A-Za-z0-9+/_-]{12,}(?:[ \t]{0,8}+\r?\n[ \t]{0,8}+[A-Za-z0-9+/_-]{12,}+)*={0,2}(?![\w+/=-])"
)
_MIN_PRINTABLE = 0.95


def unwrapped(view: View) -> Iterator[View]:
    """Give each further reading of the text that its wrappings call for."""
    for undo in _IN_PLACE:
        if (made := undo(view)) is not view:
            yield made
    yield from _taken_out(view)


def unwrapped_at_once(view: View) -> Iterator[View]:
    """Give a long text with all that is undone in place undone together, and what is taken out of it: few readings."""
    made = view
    for undo in _IN_PLACE:
        made = undo(made)
    if made is not view:
        yield made
    yield from _taken_out(view)


def _taken_out(view: View) -> Iterator[View]:
    yield from _json(view)
    yield from _base64(view)
    yield from of_cells(view)
    yield from _hex(view)
    yield from _turned(view)
    if "01" in view.text:
        yield from _bits(view)
    yield from joints.named_files(view)


# --- what is undone in its place; each gives the view itself where there is nothing to undo ---------------------------


def _of_percent(view: View) -> View:
    text = view.text
    return _dressed(rewrite(view, _PERCENT, _percent), text) if "%" in text and view.search(_PERCENT) else view


# A step of a path that is packed; elsewhere a sign of base64 stands before such a run, and it is none of its own.
_PACKED_STEP = re.compile(r"(?<=[^/]/)[A-Za-z0-9+_-]{20,400}={0,2}(?=[/?#\s\"']|\Z)")


def _of_steps(view: View) -> View:
    if "/" not in view.text or view.longest < LEAST_BASE64 or view.search(_PACKED_STEP) is None:
        return view
    made = rewrite(view, _PACKED_STEP, _unpacked)
    return view if made.text == view.text else made


def _unpacked(match: re.Match[str]) -> str:
    inner = from_base64(match[0])
    return f" {plain(inner).text} " if inner else match[0]


def _of_form(view: View) -> View:
    if "+" not in view.text or view.search(_FORM) is None:
        return view
    return rewrite(view, _FORM, lambda match: unquote_plus(match[0], errors="replace"))


def _of_mime(view: View) -> View:
    return rewrite(view, _MIME_WORD, mime_word) if "=?" in view.text and view.search(_MIME_WORD) else view


def _of_quoted(view: View) -> View:
    text = view.text
    if "=" not in text or view.search(_SOFT_BREAK) is None:
        return view
    # What pads a hash is no soft break, and what stands in a MIME word is undone with it or not at all.
    ends = {end - 1 for _start, end in digests.spans(view)}
    inside = [at for match in view.finditer(_MIME_WORD) for at in match.span()] if "=?" in text else []

    def undone(match: re.Match[str]) -> str:
        at = match.start()
        kept = at in ends or bisect_right(inside, at) % 2
        return match[0] if kept else quoted_printable(match)

    made = rewrite(view, _SOFT_BREAK, undone)
    return _dressed(made, text)


def _of_entities(view: View) -> View:
    text = view.text
    if "&" not in text or view.search(_ENTITY) is None:
        return view
    return _dressed(rewrite(view, _ENTITY, _entity), text)


_COMMENT = re.compile(r"(?<=\w)<!--[^<>]{0,80}-->|<!--[^<>]{0,80}-->(?=\w)")


def _of_comments(view: View) -> View:
    """Give words without the remarks that stand in the middle of them; a remark itself was read before."""
    return rewrite(view, _COMMENT, lambda _match: "") if "<!--" in view.text and view.search(_COMMENT) else view


def _of_tags(view: View) -> View:
    if "<" not in view.text or view.search(_TAG) is None:
        return view
    return rewrite(rewrite(view, _NESTED, _unnested) if "><" in view.text else view, _TAG, markup)


# An element with nothing but another one in it: `<Password><v>x</v></Password>`.
_NESTED = re.compile(
    r"<([A-Za-z][\w:-]{0,40})>[ \t\r\n]{0,40}<([A-Za-z][\w:-]{0,40})>([^<>]{1,200})</\2>(?=[ \t\r\n]{0,40}</\1>)"
)


def _unnested(match: re.Match[str]) -> str:
    """Give the inner element's text to an outer one that names a secret."""
    outer = fold(named(match[1].rpartition(":")[2])).split()
    return f"<{match[1]}>{match[3]}" if any(map(label_of, outer[-1:])) else match[0]


def _of_escapes(view: View) -> View:
    if not ("\\" in view.text or "%u" in view.text) or view.search(_ESCAPE) is None:
        return view
    return rewrite(view, _ESCAPE, lambda match: plain(escaped(match)).text)


_IN_PLACE: tuple[Callable[[View], View], ...] = (
    _of_percent,
    joints.of_path,
    _of_steps,
    _of_form,
    joints.of_pluses,
    _of_mime,
    _of_quoted,
    _of_entities,
    _of_comments,
    _of_tags,
    _of_escapes,
    joints.of_underscores,
    joints.of_file_name,
    joints.of_joints,
    joints.of_address,
)


# Plain letters that nothing calls to be wrapped: two in a row, as percent signs, quoted-printable, entities.
_HIDDEN = re.compile(
    r"(?:[%=](?:[46][1-9A-Fa-f]|[57][0-9Aa])){2}|(?:&#(?:6[5-9]|[789][0-9]|1[01][0-9]|12[0-2]);){2}|"
    r"[A-Za-z]%E2%80%8[B-F]%?[A-Za-z]|%D0%[9AB][0-9A-F][A-Za-z]|%D1%[89][0-9A-F][A-Za-z]|"
    r"(?:&#[xX](?:[46][1-9A-Fa-f]|[57][0-9Aa]);){2}"
)


def _dressed(made: View, text: str) -> View:
    return made if made.dressed or _HIDDEN.search(text) is None else replace(made, dressed=True)


def _entity(match: re.Match[str]) -> str:
    return plain(html.unescape(match[0])).text  # a joiner that was written as an entity joins nothing


def _percent(match: re.Match[str]) -> str:
    """Give what a run of percent signs stands for: UTF-8, and what is none in the letters of old programs."""
    run = "".join(match[0].split())
    made = unquote(run, errors="replace")
    return plain(unquote(run, encoding="latin-1") if "\ufffd" in made else made).text


# What Basic authentication packs: a name, a colon, a secret.
_BASIC = re.compile(r"([\w.@+-]{3,64}):(\S{4,64})")


# What Spanish has beyond ASCII, and what else old programs wrote of it; any other byte that is no UTF-8 is no letter of
# ours: `method=CARTA` is no quoted-printable.
_SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡\xa0")


def _of_bytes(raw: bytes) -> str:
    """Give what some bytes say in UTF-8, and what is Spanish in the letters of old programs (ISO 8859-1)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        old = raw.decode("latin-1")
        strange = {char for char in old if not char.isascii()}
        return old if strange <= _SPANISH else raw.decode("utf-8", "replace")


def quoted_printable(match: re.Match[str]) -> str:
    """Give what a run of quoted-printable stands for; `?account=2218` is none."""
    if _PARAMETER.search(match.string, max(0, match.start() - 40), match.start()):
        return match[0]
    return _of_bytes(quopri.decodestring(match[0].encode()))


def mime_word(match: re.Match[str]) -> str:
    """Give what a MIME word of a header stands for."""
    if match[1] in "qQ":
        return _of_bytes(quopri.decodestring(match[2].replace("_", " ").encode("utf-8", "replace")))
    return from_base64(match[2]) or match[0]


def escaped(match: re.Match[str]) -> str:
    """Give what a program's escape stands for."""
    try:
        if _BRACED.match(match[0]):
            return "".join(chr(int(number, 16)) for number in _BRACED.findall(match[0]))
        return str(json.loads(f'"{_HEX_ESCAPE.sub(r"\\u00\1", match[0].replace("%u", r"\u"))}"'))
    except ValueError:
        return match[0]


def markup(match: re.Match[str]) -> str:
    """Give what a tag stands for: nothing, a break, or its own name and attributes as labels."""
    closing, name, inside = match[1], (match[2] or "").lower(), match[3] or ""
    if not name:
        return " "
    found = (
        {key.lower(): double or single for key, double, single in _ATTRIBUTE.findall(inside)} if "=" in inside else {}
    )
    if name.startswith(_PLACES_OF_ONE) or name.partition(":")[0] in words.REDACTED:
        return match[0]
    if name in _PLACES and not inside and match.string.find(f"</{match[2]}", match.end(), match.end() + _FAR) < 0:
        return match[0]
    if name in _INLINE:
        return f" {found['href']} " if "href" in found else ""
    if closing:
        return "\n" if name in ("tr", "p", "div", "li", "table", "dl", "form") else " "
    if name in ("input", "param", "meta", "field", "option", "item", "attribute", "setting", "property", "entry"):
        label = found.get("name") or found.get("key") or found.get("id") or found.get("label") or found.get("type", "")
        value = found.get("value") or found.get("content") or ""
        return f"\n{named(label)}: {value}\n" if value else f"\n{named(label)}: "
    attributes = "".join(f"\n{named(key)}: {value}" for key, value in _pairs(inside))
    if name in _BREAKS:
        return f"{attributes}\n"
    if name in ("td", "th", "dt", "dd", "label"):
        return " \t "
    return f"{attributes}\n{named(name)}: "


_PLACES_OF_ONE = ("your_", "your-", "my_", "my-", "enter_", "insert_", "tu_", "su_", "mi_")  # <your_password>
_FAR = 200  # characters between a tag and what closes it
_PLACES = words.listed("password pass pw pwd pin secret clave empty nothing")  # of one, where nothing closes it
_BREAKS = words.listed(
    """article blockquote body br center div dl footer form h1 h2 h3 h4 h5 h6 head header hr html li main ol p section
    table tbody tfoot thead tr ul"""
)
# How a page looks: what these say is of colours and widths, and the text as it stands is read with them anyway.
_LOOKS = words.listed(
    """align bgcolor border cellpadding cellspacing class color dir face height lang rel size style target valign
    width"""
)
_ANY_ATTRIBUTE = re.compile(r"([\w:-]{2,40})\s*=\s*(?:\"([^\"]{1,200})\"|'([^']{1,200})')")


def _pairs(inside: str) -> Iterator[tuple[str, str]]:
    for key, double, single in _ANY_ATTRIBUTE.findall(inside):
        if key.lower() not in _LOOKS:
            yield key, double or single


# --- JSON ---------------------------------------------------------------------------------------------------------


def _json(view: View) -> Iterator[View]:
    text = view.text.strip()
    if text[:1] not in "{[" or len(text) > MAX_JSON or len(text) < 2:
        return
    try:
        lines = list(pairs_of(json.loads(text), ""))
    except (ValueError, RecursionError):
        return

    def back(start: int, end: int) -> tuple[int, int]:
        value = flat[start:end]
        at = view.text.find(value)
        return view.back(at, at + len(value)) if at >= 0 else view.back(0, len(view.text))

    flat = "\n\n".join(lines)
    made = plain(flat)
    yield View(made.text, back, view.dressed or made.dressed)


def pairs_of(value: Any, key: str) -> Iterator[str]:
    """Give what JSON holds as lines of `name: value`, the members of one object beneath each other."""
    if _names_login(key) and (two := _two(value)):
        yield f"user: {two[0]}\npassword: {two[1]}"
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
            if isinstance(inner, str) and _names_login(name) and (two := _two(inner)):
                yield f"user: {two[0]}\npassword: {two[1]}"
            if isinstance(inner, dict | list):
                yield from pairs_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                yield from pairs_of(inner, key)
            elif isinstance(inner, str):
                yield f"{named(key)}: {inner}" if key else inner
    elif isinstance(value, str):
        yield value


_LOGINS = words.listed(
    """creds cred credentials credential credenciales secrets login logins auth signin pair logon args acceso accesos"""
)


_WAYS = frozenset({"loa", "letter", "green_button", "oauth", "basic", "bearer", "saml"})  # to sign in, or not to


def _names_login(key: str) -> bool:
    return bool(key) and not _LOGINS.isdisjoint(fold(named(key)).split())


def _two(value: Any) -> list[str] | None:
    """Give the two words of a list, or of an object whose names say nothing: who signs in, and with what."""
    if isinstance(value, str) and value.count(":") == 1 and not re.search(r"[\s/]", value):
        value = value.split(":")
    elif isinstance(value, dict) and all(len(name) <= 2 for name in value):
        value = list(value.values())
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or not all(isinstance(each, str) for each in value):
        return None
    user, secret = value[-2], value[-1]
    if (
        not (user and len(secret) >= 4 and any(map(str.isalpha, secret)))
        or " " in user
        or any(map(label_of, (fold(user), fold(secret))))
    ):
        return None
    if {fold(user), fold(secret)} & (words.ACCESS | words.STOP | words.REDACTED | _WAYS):
        return None
    return [user, secret]


# --- base64 -------------------------------------------------------------------------------------------------------


def _base64(view: View) -> Iterator[View]:
    if view.longest < LEAST_BASE64:
        return
    read: dict[str, str] = {}
    for match in view.finditer(_BASE64):
        whole = match[0]
        if whole.isalpha() and (whole.islower() or whole.istitle()):
            continue
        inner = read.get(whole)
        if inner is None:
            inner = read[whole] = _basic(from_base64(whole))
        if inner:
            start, end = match.span()
            yield View(
                plain(inner).text,
                lambda _s, _e, span=(start, end): view.back(*span),  # type: ignore[misc]
                dressed=True,
            )


def _basic(text: str) -> str:
    """Give a packed name and secret with their labels; any other text as it is."""
    found = _BASIC.fullmatch(text)
    return f"user: {found[1]}\npassword: {found[2]}" if found and any(map(str.isalpha, found[1])) else text


def from_base64(text: str) -> str:
    """Give the text that a run of base64 holds, or nothing."""
    tight = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    if len(tight) % 4 == 1:
        return ""  # no base64 is so long
    try:
        raw = base64.b64decode(tight + "=" * (-len(tight) % 4), validate=True)
        wide = 10 * raw[1::2].count(0) > 4 * len(raw)  # as Windows writes Latin letters
        made = plain(raw.decode("utf-16-le" if wide else "utf-8")).text
    except (binascii.Error, ValueError):
        return ""
    printable = sum(char.isprintable() or char in "\r\n\t" for char in made)
    return made if made and printable >= _MIN_PRINTABLE * len(made) else ""


# --- hexadecimal, and what children write secretly ------------------------------------------------------------------

_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}){8,}(?![0-9A-Za-z])|(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]){7,}[0-9a-fA-F]{2}"
)
_ROT13 = re.compile(r"(?i)\b(?:cnffjbeq|cnffpbqr|cnffcuenfr|pbagenfran|hfreanzr|pynir)\b|\brot-?13\b")
_BACKWARDS = re.compile(r"(?i)\b(?:drowssap|edocssap|anesartnoc|emanresu)\b")
# Of each of them this is a part.
_IN_ROT13 = ("cnff", "pbagen", "hfreanzr", "pynir", "rot13", "rot-13")
_IN_BACKWARDS = ("drow", "edocssap", "anesartnoc", "emanresu")
_LABELLED = re.compile(r"(?i)\bp(?:w|wd|in|ass)?\s?[:=]\s?\S{4}|\bpw \S{4}")
_BITS = re.compile(r"(?<![01])[01]{8}(?:[ ,-]?[01]{8}){5,400}(?![01])")
_BYTE = re.compile(r"(?:0|1)[01]{7}")
_TURN = str.maketrans(
    string.ascii_lowercase + string.ascii_uppercase,
    string.ascii_lowercase[13:]
    + string.ascii_lowercase[:13]
    + string.ascii_uppercase[13:]
    + string.ascii_uppercase[:13],
)


def _hex(view: View) -> Iterator[View]:
    if view.longest < LEAST_HEX and len(view.text) > SHORT:
        return
    for match in view.finditer(_HEX):
        span = match.span()
        try:
            made = bytes.fromhex(match[0].replace(":", " ")).decode("utf-8")
        except ValueError:
            continue
        made = _basic(made)
        # A signed value of our own is hexadecimal as well: only a named secret is worth a reading.
        if (
            not _LABELLED.search(made)
            and not _HIDDEN.search(made)
            and not _is_written(made)
            and not any(len(word) > 3 and label_of(fold(word)) for word in re.split(r"[\W_]+", made))
        ):
            continue
        if sum(char.isprintable() or char in "\r\n\t" for char in made) >= _MIN_PRINTABLE * len(made):
            yield View(plain(made).text, lambda _s, _e, span=span: view.back(*span), dressed=True)  # type: ignore[misc]


def _is_written(text: str) -> bool:
    """Say whether this is what a person wrote, and not by chance: words and a blank, hardly anything else."""
    return " " in text.strip() and 10 * sum(char.isalnum() or char == " " for char in text) > 8 * len(text)


def _bits(view: View) -> Iterator[View]:
    if view.search(_BYTE) is None:
        return
    for match in islice(view.finditer(_BITS), MOST_BITS):
        span = match.span()
        digits = re.sub(r"[^01]", "", match[0])
        made = bytes(int(digits[at : at + 8], 2) for at in range(0, len(digits) - 7, 8)).decode("utf-8", "replace")
        if made.isprintable() and any(map(str.isalpha, made)):
            yield View(plain(made).text, lambda _s, _e, span=span: view.back(*span), dressed=True)  # type: ignore[misc]


def _turned(view: View) -> Iterator[View]:
    holds = view.text.lower().__contains__
    if any(map(holds, _IN_ROT13)) and view.search(_ROT13):
        yield View(view.text.translate(_TURN), view.back, dressed=True)
    if any(map(holds, _IN_BACKWARDS)) and view.search(_BACKWARDS):
        length = len(view.text)
        yield View(view.text[::-1], lambda start, end: view.back(length - end, length - start), dressed=True)
