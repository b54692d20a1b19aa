"""Tables whose headings name a way in by other words than a password's: codes, phrases, guests, sessions (rules)."""

import re
from collections.abc import Callable
from typing import NamedTuple

from broker.credentials.labelled import DELIMITERS
from broker.credentials.labels import fold
from broker.credentials.shape import EMAIL, is_mask
from broker.credentials.tables import cells
from broker.credentials.tokens import Doc

Span = tuple[int, int]

MOST_ROWS, MOST_WIDE = 400, 600
_TO_ENTER = r"(?:log ?in|sign ?in|sign ?on|access|portal|smarthub|hub|app|auth\w*|acceso|entrada|entrar)"
_CODE = re.compile(
    rf"(?:(?:backup|emergency|spare|recovery|one ?time|sms|texted|verification|2fa|two ?step|{_TO_ENTER}) "
    rf"(?:code|pin|key)s?|code (?:for|to) {_TO_ENTER}|one ?time(?: spare)?|(?:codigo|pin|clave) de (?:respaldo|"
    r"recuperacion|verificacion|acceso|entrada|la app)|(?:phone|app) (?:pin|code)(?: 4 dig\w*)?|"
    r"pin (?:w |with )?(?:co ?op|app|phone))\b"
)
_PHRASE = re.compile(
    rf"(?:\w+ )?(?:phrase|frase|palabra|word|secret[oa]?)(?: de (?:entrada|acceso))?|(?:elec|{_TO_ENTER}) "
    r"(?:key|word|phrase)|(?:llave|palabra|frase) del? (?:portal|sitio|smarthub)(?: en linea)?"
)
_USER = re.compile(r"(?:\w+ )?(?:user|usuario|login|mail|e mail|email|correo|handle|quien|hub|sh)(?: \w+)?")
_GUEST = re.compile(
    r"(?:\w+ )?(?:user (?:2|added)|added user|shared with|delegate|invitee|guest|(?:additional|second) user|"
    r"usuario adicional)"
)
_OF_SESSION = re.compile(
    r"(?i)(?:^|_)(?:j?sess(?:ion)?(?:id)?|sesion|sid|auth|remember(?:_me)?|access_token|jwt)(?:_|$)"
)
_NAMES, _VALUES = {"name", "nombre", "key", "k", "header", "cookie"}, {"value", "valor", "val", "v"}
_OPAQUE = re.compile(r"(?:Bearer )?(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w.-]{8,}")
_CODED = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 -]{3,23}")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[:/]\d\d.*")
_NOTHING = {
    "yes",
    "no",
    "si",
    "none",
    "n/a",
    "na",
    "true",
    "false",
    "ninguna",
    "ninguno",
    "pending",
    "sent",
    "declined",
}


class Column(NamedTuple):
    """What a heading names, what stands beside it if it must, and which cells are what it names."""

    heading: re.Pattern[str]
    beside: re.Pattern[str] | None
    holds: Callable[[str], bool]


def _is_code(cell: str) -> bool:
    return _CODED.fullmatch(cell) is not None and _CLOCK.fullmatch(cell) is None


def _is_phrase(cell: str) -> bool:
    return len(cell) >= 4 and fold(cell) not in _NOTHING and not is_mask(cell) and any(map(str.isalpha, cell))


def _is_address(cell: str) -> bool:
    return EMAIL.fullmatch(cell) is not None


_COLUMNS = (
    Column(_CODE, None, _is_code),
    Column(_PHRASE, _USER, _is_phrase),
    Column(_GUEST, None, _is_address),
)


def named(doc: Doc) -> Span | None:
    """A filled cell under a heading that names a code, a phrase beside a user, or a guest; a session in a list."""
    lines = doc.text.split("\n", MOST_ROWS)
    if len(lines) < 2 or len(lines[0]) > MOST_WIDE:
        return None
    delimiter = next((each for each in DELIMITERS if each in lines[0]), None)
    if delimiter is None:
        return None
    headings = [_plain(cell) for cell in cells(lines[0], delimiter)]
    wanted = [(column, place) for column in _COLUMNS for place in _places(column, headings)]
    if not wanted and (_NAMES.isdisjoint(headings) or _VALUES.isdisjoint(headings)):
        return None
    at = len(lines[0]) + 1
    for line in lines[1:MOST_ROWS]:
        cell = _found(wanted, headings, cells(line, delimiter)) if line and len(line) <= MOST_WIDE else None
        if cell:
            start = at + max(0, line.find(cell))
            return start, start + len(cell)
        at += len(line) + 1
    return None


def _plain(cell: str) -> str:
    return " ".join(re.split(r"[\W_]+", fold(cell))).strip()


def _places(column: Column, headings: list[str]) -> list[int]:
    return [
        place
        for place, heading in enumerate(headings)
        if column.heading.fullmatch(heading)
        and (
            column.beside is None
            or any(column.beside.fullmatch(other) for at, other in enumerate(headings) if at != place)
        )
    ]


def _found(wanted: list[tuple[Column, int]], headings: list[str], row: list[str]) -> str | None:
    for column, place in wanted:
        if place < len(row) and column.holds(row[place]):
            return row[place]
    return _session(headings, row)


def _session(headings: list[str], row: list[str]) -> str | None:
    names = [cell for heading, cell in zip(headings, row, strict=False) if heading in _NAMES]
    values = [cell for heading, cell in zip(headings, row, strict=False) if heading in _VALUES]
    if names and values and (_OF_SESSION.search(names[0]) or names[0] == "Authorization"):
        return values[0] if _OPAQUE.fullmatch(values[0]) else None
    return None
