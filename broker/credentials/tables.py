"""Columns and rows: a heading that names a secret over a filled cell (rules)."""

import re
from itertools import pairwise

from broker.credentials import words
from broker.credentials.labelled import DELIMITERS, is_code
from broker.credentials.labels import Label, fold, label_of
from broker.credentials.naming import of_portal
from broker.credentials.shape import EMAIL, Level, core, is_user_like, level
from broker.credentials.tokens import Doc
from broker.credentials.value import stated

Span = tuple[int, int]

MAX_ROWS = 400  # below a heading, once so many rows in all were read
MOST_ROWS = 40_000
MAX_HEADINGS = 40  # lines that may be the heading of a table
MAX_TRIED = 2000
_DIGIT = re.compile(r"\d(?![fF][aA])")
_BEGINS_WITH_ONE = re.compile(r"(?:^|[,;\t|])[\s\"$+-]{0,4}\d")  # a cell
_CREDENTIALS = words.listed("credentials creds credenciales")
_ANSWERS = words.listed(
    "securityanswer secretanswer securityanswers respuestasecreta respuestadeseguridad challengeanswer"
)
_SAME = re.compile(r"(?i)(?:same (?:as|one|pw|pass)|igual (?:que|a)|l[ao] mism[ao]|(?:my|our|his|her|mi) \w+)")
# What was tried and what came of it; the password of a file is a matter of that file.
_NO_HEADING = re.compile(r"(?i)pass ?[/ ] ?fail|pasa ?/ ?no")
_FILES = words.OF_OTHERS | words.listed("zip pdf archive archivo file excel rar 7z bus season")
_OF = words.listed("from for of de del para at")
_OF_LAND = words.listed("parcel parcela lot tract predio apn acres tracking carrier locker lockers")
_OF_MONEY = words.listed("amt amount monto importe debit credit balance total")
_LANGUAGES = frozenset({"password", "contrasena"})  # in one heading: words and what they are in Spanish
_OF_ROOMS = words.listed("room meeting zoom call door gate viewing sala reunion puerta")
_ROWS = 500
MAX_ROW = 600  # characters
WIDEST, FIRST = 6_000, 3  # characters of one of the first lines, which may be the heading of a wide table
MOST_SAID = 4  # words of a heading
_WIDE = re.compile(r" {2,}")


def column(doc: Doc) -> Span | None:
    """A table whose heading names a password and whose cells are filled."""
    if "\n" not in doc.text and (doc.inlet != "csv_upload" or len(doc.text) > MAX_ROW):
        return None
    lines = doc.text.split("\n")
    if doc.inlet == "csv_upload" and (found := _unheaded(lines)):
        return found
    headings = tried = read = 0
    for number, line in enumerate(lines):
        if ("," in line or ";" in line) and (upright := _upright(line, doc.inlet)) is not None:
            return _in_text(lines, number, *upright)
        if not line or headings > MAX_HEADINGS or tried > MAX_TRIED:
            continue
        # A figure tells a row from a heading; but the heading of a table may count its columns.
        if not (doc.inlet == "csv_upload" and _counts(line, number)) and _DIGIT.search(line):
            continue
        tried += 1
        if (split := _heading(line, WIDEST if number < FIRST else MAX_ROW)) is not None and not _is_row(
            lines, number, *split[:2]
        ):
            headings += 1
            rows = lines[number + 1 : number + 1 + max(MAX_ROWS, MOST_ROWS - read)]
            read += len(rows)
            if (filled := _filled(rows, *split)) is not None:
                row, start, end = filled
                return _in_text(lines, number + 1 + row, start, end)
    return None


def _counts(line: str, number: int) -> bool:
    if len(line) > MAX_ROW:
        return number < FIRST
    return number == 0 and _BEGINS_WITH_ONE.search(line) is None


def _is_row(lines: list[str], number: int, delimiter: str, index: int) -> bool:
    """`password,[withheld]` under `field,value`: a row with its name in the first cell, no heading of its own."""
    if index or not number:
        return False
    return len(cells(lines[number], delimiter)) == 2 == len(cells(lines[number - 1], delimiter))


def _unheaded(lines: list[str]) -> Span | None:
    """Rows without a heading: a user name or an address, and right behind it a word full of signs."""
    for number, line in enumerate(lines[:_ROWS]):
        for delimiter in DELIMITERS:
            if delimiter not in line or len(line) > MAX_ROW:
                continue
            parts = cells(line, delimiter)
            for name, secret in pairwise(parts):
                if _opens(name, secret, parts):
                    at = max(0, line.find(secret))
                    return _in_text(lines, number, at, at + len(secret))
    return None


def _opens(name: str, secret: str, row: list[str]) -> bool:
    """Say whether two neighbours of a row are a user name and a secret; beside a site's name less is asked of it."""
    if _HASHED.match(secret):
        return False
    user = EMAIL.fullmatch(name) or (name.islower() and name.isalnum() and len(name) >= 4)
    known = user and (EMAIL.fullmatch(name) or level(name) is Level.NAME or len(name) >= 6)
    if user and level(secret) >= Level.MIXED and not _SIGNS.isdisjoint(secret[1:]):
        return True
    if not user and not is_user_like(name):
        return False
    if len(row) > 2 and level(secret) >= Level.LIKELY and not _is_site(name) and any(map(_is_site, row)):
        return True
    return bool(known or is_user_like(name)) and _CHOSEN.fullmatch(secret) is not None


def _is_site(cell: str) -> bool:
    """Say whether a cell names the portal, or what it is for: `luz`, `Ozark Border`, `ozarkborder.smarthub.coop`."""
    return len(cell) <= 40 and len(cell.split()) <= 3 and of_portal(cell)


_SIGNS = frozenset("!$^")
_HASHED = re.compile(r"\$(?:1|2[abxy]?|5|6|7|y|argon2\w*|pbkdf2[\w-]*|scrypt)\$")  # of crypt, as it marks its ways
# As people choose them: Hopper_Gate3, Loft.Ladder6, Bujía&Banda4; no model and no place is written so.
_CHOSEN = re.compile(r"[A-Z][^\W\d_A-Z]{2,12}[_.&*+~!?=^][A-Z][^\W\d_A-Z]{2,12}\d{0,4}[!?*]?")
_HEADINGS = words.listed("note notes nota notas site description status estado date fecha remarks comment comments")
_UPRIGHT = re.compile(r"\s*\"?([^,;\"\n]{2,40})\"?\s*[,;]\s*\"?([^,;\"\s]{3,64})\"?\s*[,;]*\s*$")


def _upright(line: str, inlet: str) -> Span | None:
    """A table with its headings in the first column: `password,Gravel9`."""
    if len(line) > 120:
        return None
    bare = line.rstrip().rstrip(",;")
    if bare.count(",") + bare.count(";") != 1:
        return None  # two cells
    if " " in bare.replace(";", ",").partition(",")[2].strip():
        return None  # of more than a word
    match = _UPRIGHT.match(line)
    label = None if match is None else _named(match[1])
    if match is None or label not in (Label.STRONG, Label.WEAK) or len(match[1].split()) > 3:
        return None
    value = stated(match[2])
    if fold(match[2]) in _HEADINGS:
        return None  # a table with more columns than one
    if label is Label.WEAK and ("_" not in match[1] or value is None or level(value) < Level.LIKELY):
        return None  # smarthub_pass,Foxglove7
    good = value is not None and (level(value) >= Level.NAME or (inlet == "csv_upload" and not _named(value)))
    return match.span(2) if good else None


def _in_text(lines: list[str], number: int, start: int, end: int) -> Span:
    """Give a part of one line as a part of the text."""
    at = sum(map(len, lines[:number])) + number
    return at + start, at + end


def cells(line: str, delimiter: str) -> list[str]:
    """Cut a line into cells; a quoted cell may hold the delimiter."""
    if delimiter == " ":
        return [cell.strip() for cell in _WIDE.split(line.strip())]
    if '"' in line:
        parts = re.findall(rf'(?:^|{re.escape(delimiter)})\s*("(?:[^"]|"")*"|[^{re.escape(delimiter)}]*)', line)
    else:
        parts = line.split(delimiter)
    if delimiter == "|":
        parts = line.strip().strip("|").split("|")
    return [part.strip().strip('"').strip() for part in parts]


def _heading(line: str, widest: int) -> tuple[str, int, Label] | None:
    if len(line) > widest:
        return None
    said = len(line.split())
    for delimiter in (*DELIMITERS, " "):
        apart = line.count(delimiter if delimiter != " " else "  ")
        if not apart or ('"' not in line and said > MOST_SAID * (apart + 1)):
            continue  # of a cell in quotes what stands behind them is not read
        parts = cells(line, delimiter)
        if len(parts) < 2 or max(len(part.split()) for part in parts) > MOST_SAID:
            continue
        heads = frozenset(map(fold, parts))
        if heads >= _LANGUAGES:
            return None
        of_land, of_money = not heads.isdisjoint(_OF_LAND), not heads.isdisjoint(_OF_MONEY)
        for index, part in enumerate(parts):
            label = _named(part)
            if (of_land and label in (Label.PIN, Label.WEAK)) or (of_money and label is Label.CODE):
                continue
            if label is not None:
                return delimiter, index, label
    return None


def _named(cell: str) -> Label | None:
    if any(sign in cell for sign in ":="):
        return None
    parts = [core(word) for word in re.split(r"[\s_./-]+|(?<=[a-z])(?=[A-Z])", cell) if word]
    if len(parts) == 2 and fold(parts[1]) == "key" and fold(parts[0]) in words.PLACES | words.ACCESS:
        return Label.STRONG
    if len(parts) > 2 and fold(parts[1]) in ("del", "de", "for", "para", "al"):
        if fold(parts[-1]) in _OF_ROOMS:
            return None
        first = label_of(fold(parts[0]))
        of = fold(parts[-1]) in (words.PLACES | words.ACCESS) - {"cuenta", "account"}  # a "clave de tarifa" is a rate
        return Label.STRONG if first is Label.STRONG or (first is not None and of) else None
    if _NO_HEADING.search(cell) or (parts and fold(parts[0]) in _FILES):
        return None
    whole = fold(re.sub(r"[\W_]+", "", cell))
    if whole in _ANSWERS:
        return Label.STRONG
    if parts and fold(parts[-1]) in _CREDENTIALS:
        return Label.WEAK
    label = label_of(fold(cell.replace(" ", ""))) or (label_of(fold(parts[-1])) if parts else None)
    if label is None and len(parts) > 2 and any(label_of(fold(part)) is Label.STRONG for part in parts[:-2]):
        label = Label.STRONG if fold(parts[-2]) in _OF else None  # temp pw from co-op
    if label is None and len(parts) > 1 and label_of(fold(parts[0])) is Label.STRONG:
        label = None  # "password changed" names no password
    return label


def _filled(rows: list[str], delimiter: str, index: int, label: Label) -> tuple[int, int, int] | None:
    """Give the first row whose cell is filled, and where in it."""
    for row, line in enumerate(rows):
        if not line.strip() or set(line) <= set("-|+=: ") or line.startswith("--"):
            continue
        parts = cells(line, delimiter)
        if len(parts) <= index:
            return None
        if not (cell := parts[index]):
            continue
        if label is Label.STRONG and _SAME.match(cell):
            return row, max(0, line.find(cell)), len(line)
        if label is Label.WEAK and ":" in cell and level(core(cell.partition(":")[2])) >= Level.NAME:
            return row, max(0, line.find(cell)), len(line)
        value = stated(cell)
        if value is None or len(cell.split()) > 6:
            continue
        if label in (Label.PIN, Label.CODE) and not is_code(cell) and level(value) < Level.NAME:
            continue
        at = max(0, line.find(value))
        return row, at, at + len(value)
    return None
