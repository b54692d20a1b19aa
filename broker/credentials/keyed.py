"""Secrets by the names that programs and tables give them, each beside what else its record holds (rules).

A record is an object, a row with its headings, the parameters of an address, the tags of a text: names with their
values. What a name says alone (naming) is judged by what it holds, by who signs in beside it, and by a portal's name.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from broker.credentials import words
from broker.credentials.labelled import DELIMITERS
from broker.credentials.labels import fold, label_of
from broker.credentials.learned import is_common
from broker.credentials.machine import OWN_HOSTS
from broker.credentials.naming import Sort, may_be_user, of_another, of_portal, read
from broker.credentials.shape import EMAIL, Level, core, is_address, is_mask, is_user_like, level
from broker.credentials.tables import cells
from broker.credentials.tokens import Doc
from broker.credentials.value import stated
from broker.credentials.views import plain

Span = tuple[int, int]

MOST = 20_000  # characters of a text that is read so
MOST_PAIRS, MOST_ROWS, MOST_WIDE = 60, 100, 600
MOST_DEEP = 6
MOST_OF_SETTINGS = 3000  # characters of a text whose lines are read as settings: letters are longer
_SITE = re.compile(
    r"(?i)smart-?hub|\bobec\b|ozark-?border|\bportal\b|\bhub\b|co-?op\b|(?:p[aá]gina|portal) de (?:la )?luz"
)


class Pair(NamedTuple):
    """A name, and what it holds."""

    name: str
    value: str


def held(doc: Doc) -> Span | None:
    """A secret behind the name that a program or a table gave it."""
    if len(doc.text) > MOST or (doc.inlet == "url_param" and any(host in doc.text for host in OWN_HOSTS)):
        return None
    for record, of_site in _records(doc):
        found = _secret(record, of_site=of_site, calls=doc.inlet == "nectar_call")
        if found is not None:
            return _span(doc.text, found)
    return None


def _span(text: str, value: str) -> Span:
    at = text.find(value)
    return (at, at + len(value)) if at >= 0 else (0, len(text))


# --- what a record gives away -----------------------------------------------------------------------------------------


def _secret(record: list[Pair], *, of_site: bool, calls: bool) -> str | None:
    sorts = [read(pair.name) for pair in record]
    if not any(sort not in (None, Sort.USER) for sort in sorts):
        return None
    of_site = of_site or any(_SITE.search(pair.value) or _SITE.search(pair.name) for pair in record)
    beside = Beside(
        user=any(
            _is_user(pair.value, sort) and (sort is Sort.USER or (of_site and may_be_user(pair.name)))
            for pair, sort in zip(record, sorts, strict=True)
        ),
        site=of_site,
        calls=calls,
        asked=any(_QUESTION.match(pair.name) and _LIFE.search(pair.value) for pair in record)
        and any(_SITE.search(pair.value) or _RETURNS.search(f"{pair.name} {pair.value}") for pair in record),
    )
    for pair, sort in zip(record, sorts, strict=True):
        if sort is not None and not _explains(pair) and _fits(sort, pair, beside):
            return pair.value
    return None


class Beside(NamedTuple):
    """What stands in a record beside a name and its value."""

    user: bool
    site: bool
    calls: bool  # what calls Nectar speaks of a portal, whether it says so or not
    asked: bool


_QUESTION = re.compile(r"(?i)(?:s(?:ec)?[_ ]?)?(?:q|p|question|pregunta|preg)(?:[_ ]?\d)?\Z")
_LIFE = re.compile(
    r"(?i)\b(?:pets?|maiden|mother\w*|school|street|grew|born|nickname|favou?rite|childhood|mascota|"
    r"madre|escuela|apodo|padrino|abuel[ao]|soltera|ciudad|city|teacher|friend)\b|_(?:pet|school|street|name|car)\b"
)
_RETURNS = re.compile(r"(?i)recover|reset|kba|security|secret|recuperar")


def _explains(pair: Pair) -> bool:
    """`PW,process water`: an abbreviation and what it stands for; a name with a file's ending."""
    name = re.sub(r"[\W_]+", "", pair.name).lower()
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", pair.value.lower()))
    return (2 <= len(name) <= 5 and initials.startswith(name[:2]) and " " in pair.value) or is_address(pair.name)


def _fits(sort: Sort, pair: Pair, beside: Beside) -> bool:
    value = pair.value
    if not 3 <= len(value) <= 200 or is_mask(value) or fold(value) in _NOTHING or _is_remark(value):
        return False
    if sort in _PROGRAMS:
        return _PROGRAMS[sort].fullmatch(value) is not None and _DATED.fullmatch(value) is None
    if sort is Sort.USER or (sort is Sort.REPLY and not beside.asked):
        return False
    if sort is Sort.WEAK and _TOGETHER.fullmatch(value) and "cred" in pair.name.lower():
        return not is_address(value)
    if not _says(value) or (sum(map(str.isalpha, value)) < 2 and sum(map(str.isdigit, value)) < 4):
        return False
    if sort is Sort.ANSWER or sort is Sort.REPLY:
        return value[0].isalpha()
    shape = level(value) if " " not in value else Level.PLAIN
    if sort is Sort.SECRET:
        return shape >= Level.NAME or not value[0].isdigit()
    if sort is Sort.WEAK:
        return beside.user or (beside.site and not value.isdigit()) or shape >= Level.LIKELY
    if (
        not (beside.site or (beside.calls and beside.user))
        or value.isdigit()
        or (" " in value and (sort is Sort.SLIGHT or _is_titled(value)))
    ):
        return False
    if _is_of_a_thing(value):
        return False
    return (beside.user and fold(re.split(r"[\W\d_]", value)[0]) not in words.ID_NOUNS) or (
        shape >= Level.MIXED and sort is Sort.VAGUE
    )


def _is_of_a_thing(value: str) -> bool:
    """`AM51180777`, `monthly`: an identifier, or a word of everyday talk, is more likely what a vague name holds."""
    return (any(map(str.isdigit, value)) and level(value) < Level.NAME and " " not in value) or (
        value.islower() and is_common(value)
    )


_TOGETHER = re.compile(r"[A-Za-z][\w.-]{2,40}[:/|][^\s:/|]{4,40}")


def _is_titled(value: str) -> bool:
    return all(word[0].isupper() or not word[0].isalpha() for word in value.split())


_NOTHING = words.REDACTED | words.listed(
    """yes no si true false null none nil na undefined unknown pending sent declined required optional ninguna ninguno
    empty blank default password contrasena clave pass string text hidden"""
)
_NO_USERS = _NOTHING | words.STOP | words.ID_NOUNS | words.PLACES
_PROGRAMS = {
    Sort.PIN: re.compile(r"\d{4,8}|\d{2,4}[- ]\d{2,4}"),
    Sort.CODE: re.compile(
        r"(?:\d{4,8}|\d{2,4}(?:[- ]\d{1,4}){1,3}|(?=[A-Z]*\d)[A-Z0-9]{2,4}-[A-Z0-9]{2,4})(?: \([^()]{1,40}\))?"
    ),
    Sort.SEED: re.compile(r"[A-Za-z2-7]{4}(?:[ -]?[A-Za-z2-7]{4}){1,7}|[A-Z2-7]{10,64}"),
    Sort.TOKEN: re.compile(
        r"(?:Bearer )?(?![A-Za-z]{1,20}[-_]?\d{1,3}\Z|[A-Z]{2,12}-\d{1,12}\Z)(?=[\w.~+/=-]*\d)"
        r"(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{8,200}"
    ),
}
_DATED = re.compile(r"\d{4}-\d\d-\d\d.*|\d+(?:m|s|h|d|min|days?)|\d+\.\d+")


def _is_remark(value: str) -> bool:
    """`(no se entrega)`, `pendiente (no se pide)`, `(in safe)`: what is said in the place of a value."""
    said = [core(fold(word)) for word in value.split()]
    if value[0] in "([{<" and (len(said) > 1 or said[0] in words.REDACTED):
        return True
    return said[0] in words.NEGATIONS | words.REDACTED or any(word in ("no", "not", "never", "nunca") for word in said)


def _is_user(value: str, sort: Sort | None) -> bool:
    if EMAIL.fullmatch(value):
        return True
    return (
        (2 if sort is Sort.USER else 3) <= len(value) <= 40
        and " " not in value
        and not value.isdigit()
        and (value.islower() or is_user_like(value) or level(value) >= Level.NAME)
        and fold(value) not in _NO_USERS
        and _SITE.search(value) is None
    )


def _names_one(value: str) -> bool:
    """`credential.password`: what a program calls one."""
    return not any(map(str.isdigit, value)) and value.islower() and read(value) is Sort.SECRET


def _says(value: str) -> bool:
    """Say whether a value is one, and no word about it, no address, no name of another field."""
    folded = fold(value)
    if not value.isalnum() and _names_one(value):
        return False
    if is_address(value) or label_of(folded) is not None or folded in words.USER | words.PREDICATES | words.TROUBLES:
        return False
    if len(value.split()) > 6 or EMAIL.search(value) or _DATED.fullmatch(value) or ", " in value:
        return False
    if not value[0].isalnum() and value[1:2].isdigit() and " " in value:
        return False
    if " " in value and any(any(map(str.isdigit, word)) for word in value.split()):
        return False
    if stated(value) is not None:
        return True
    return " " in value and (_is_titled(value) or fold(value.split()[0]) not in words.STOP)


# --- records ------------------------------------------------------------------------------------------------------


def _records(doc: Doc) -> Iterator[tuple[list[Pair], bool]]:
    text = doc.text
    bare = text.strip()
    if doc.inlet == "url_param" and "={" in bare:
        bare = bare[bare.index("={") + 1 :]
    if bare[:1] in ("{", "[") and len(bare) > 2:
        with suppress(ValueError, RecursionError):
            yield from _of_json(json.loads(bare), "", MOST_DEEP)
    if doc.inlet == "url_param" or ("=" in text and _FORM.search(text)):
        yield _of_query(text), _ENTERS.match(text) is not None
    if "</" in text or "<input" in doc.lower:
        yield _of_tags(text), _SITE.search(text) is not None
    if "form-data" in doc.lower:
        yield [Pair(match[1], match[2]) for match in islice(_PART.finditer(text), MOST_PAIRS)], False
    if doc.inlet == "csv_upload" and "\n" in bare:
        yield from _of_table(bare.split("\n", MOST_ROWS)[:MOST_ROWS])
    elif bare[:1] not in ("{", "[", "<") and ("\t" in bare or "|" in bare or (";" in bare and "\n" in bare)):
        yield from _of_pasted(bare)
    if (":" in text or "=" in text) and doc.inlet != "url_param" and len(text) <= MOST_OF_SETTINGS:
        for lines in islice(_BLOCK.split(text), MOST_ROWS):
            yield (
                [
                    Pair(match[1], match[2].strip())
                    for match in islice(_LINE.finditer(lines), MOST_PAIRS)
                    if match[2][0].isalnum() and _is_short(match[2])
                ],
                False,
            )
    if doc.says("true", "false") and (found := [Pair(m[1], m[2]) for m in islice(_JAR.finditer(text), MOST_PAIRS)]):
        yield found, False


_BLOCK = re.compile(r"\n[ \t]*\n")


def _is_short(value: str) -> bool:
    said = {core(fold(word)) for word in value.split()}
    return len(value.split()) <= 5 and said.isdisjoint(_TALK)


_TALK = words.STOP - words.listed("a al the la el")
# A setting, as files of programs and clerks write it: `portal_pin: 4471`, `web word = kettle`.
_LINE = re.compile(
    r"(?m)^[ \t\"'*-]{0,12}([^\W\d_][\w .\[\]/-]{1,40}?)[\"']?[ \t]{0,8}[:=][ \t]{1,8}[\"']?([^\n\"']{3,120})"
)


def _of_pasted(text: str) -> Iterator[tuple[list[Pair], bool]]:
    """Give the rows of a table that somebody pasted into a message, under the first line that names a secret."""
    lines = text.split("\n", MOST_ROWS)[:MOST_ROWS]
    for number, line in enumerate(lines[:-1]):
        sign = next((each for each in ("\t", "|", ";") if each in line), None)
        if sign is None or len(line) > MOST_WIDE:
            continue
        heads = cells(line, sign)
        if all(len(head.split()) <= 3 for head in heads) and any(read(head) not in (None, Sort.USER) for head in heads):
            yield from _of_table(lines[number:])
            return


# A line of a browser's file of cookies: host, whether of all below, path, whether safe, until when, name, value.
_JAR = re.compile(
    r"(?:TRUE|FALSE)\s{1,4}(?:/\S{0,60}\s{1,4})(?:(?:TRUE|FALSE)\s{1,4})?\d{9,11}\s{1,4}(\S{2,40})\s{1,4}(\S{4,200})"
)
_ENTERS = re.compile(r"(?i)/?(?:[\w-]{1,20}/){0,2}(?:sso|log-?in|sign-?[io]n|acceso|entrar|auth|portal|hub|smarthub)\?")
_FORM = re.compile(r"[\w.\[\]-]{1,40}=[^\s&=;]{1,200}[&;][\w.\[\]-]{1,40}=")
_QUERY = re.compile(r"(?:^|[?&;\s])([^?&;=\s]{1,60})=([^&;\s]{1,300})")
_PART = re.compile(r"(?i)form-data; ?name=\"([^\"\n]{1,48})\"\r?\n\r?\n([^\n]{3,200})")


def _of_query(text: str) -> list[Pair]:
    return [
        Pair(unquote_plus(match[1]), unquote_plus(match[2], errors="replace").strip())
        for match in islice(_QUERY.finditer(text), MOST_PAIRS)
    ]


_TAG = re.compile(
    r"<([A-Za-z_][\w:.-]{0,40})(?:\s[^<>]{0,200})?>\s{0,8}(?:<!\[CDATA\[)?([^<>\n]{3,200}?)(?:\]\]>)?\s{0,8}</"
)
_INPUT = re.compile(r"(?i)<input\b([^<>]{1,300})>")
_SET = re.compile(r"(?i)\b(name|id|type|value)\s?=\s?(?:\"([^\"]{0,100})\"|'([^']{0,100})'|([^\s\"'<>]{1,100}))")


def _of_tags(text: str) -> list[Pair]:
    found = [Pair(match[1], match[2].strip()) for match in islice(_TAG.finditer(text), MOST_PAIRS)]
    for match in islice(_INPUT.finditer(text), MOST_PAIRS):
        given = {each[1].lower(): each[2] or each[3] or each[4] or "" for each in _SET.finditer(match[1])}
        if "value" in given:
            found.append(Pair(given.get("name") or given.get("id") or given.get("type", ""), given["value"]))
    return found


_FIELD = words.listed("name key field campo nombre label etiqueta param dato k n id header cookie")
_HOLDS = words.listed("value valor val v text texto answer data dato")


def _of_json(value: Any, parent: str, deep: int) -> Iterator[tuple[list[Pair], bool]]:
    if deep == 0 or not isinstance(value, dict | list) or (parent and of_another(parent)):
        return
    if isinstance(value, list):
        if value and all(isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) for each in value):
            yield [Pair(plain(each[0]).text, str(each[1])) for each in value[:MOST_PAIRS]], _of_parent(parent)
            return
        if len(value) == 2 and all(isinstance(each, str) for each in value) and _of_parent(parent):
            yield [Pair("user", value[0]), Pair("word", value[1])], True
            return
        for each in value[:MOST_PAIRS]:
            yield from _of_json(each, parent, deep - 1)
        return
    record = [
        Pair(plain(name).text, str(held).strip())
        for name, held in islice(value.items(), MOST_PAIRS)
        if isinstance(held, str | int) and not isinstance(held, bool)
    ]
    names = {fold(pair.name): pair.value for pair in record}
    field = next((names[each] for each in sorted(_FIELD) if each in names), None)
    holds = next((names[each] for each in sorted(_HOLDS) if each in names), None)
    if field and holds:
        record = [pair for pair in record if fold(pair.name) not in _FIELD | _HOLDS]
        record.append(Pair(field, holds))
    yield record, _of_parent(parent)
    for name, held in islice(value.items(), MOST_PAIRS):
        yield from _of_json(held, name, deep - 1)


def _of_parent(parent: str) -> bool:
    return bool(parent) and of_portal(parent)


def _of_table(lines: list[str]) -> Iterator[tuple[list[Pair], bool]]:
    delimiter = next((each for each in DELIMITERS if each in lines[0]), None)
    if delimiter is None:
        return
    heads = cells(lines[0], delimiter) if len(lines[0]) <= MOST_WIDE else []
    rows = [cells(line, delimiter) for line in lines[1:] if line.strip() and len(line) <= MOST_WIDE]
    folded = [fold(head) for head in heads]
    if len(heads) == 2 and folded[0] in _FIELD and folded[1] in _HOLDS:
        yield [Pair(*row) for row in rows if len(row) == 2][:MOST_PAIRS], False
        return
    if not _MEANS.isdisjoint(folded) or _DESCRIBES.issubset(folded):
        return
    if any(read(head) not in (None, Sort.USER) for head in heads):
        of_site = any(map(of_portal, heads))
        for row in rows:
            yield [Pair(*each) for each in zip(heads, row, strict=False)], of_site
    # A name in one cell, its value in the next.
    upright = [Pair(*two) for row in rows for two in pairwise(row) if _is_upright(*two)]
    yield [pair for pair in upright if read(pair.name) not in (None, Sort.VAGUE, Sort.SLIGHT)][:MOST_PAIRS], False


def _is_upright(name: str, value: str) -> bool:
    return len(name) <= 30 and not _FIGURE.search(name) and (" " not in value or value[-1].isdigit())


_MEANS = words.listed("meaning significado means definition definicion stands abbr sigla siglas")
_DESCRIBES = frozenset({"type", "description"})  # of the columns of another table
_FIGURE = re.compile(r"\d(?![fF][aA])")
