"""A label and its value: with a separator, in the next line, or in the same sentence (rules)."""

import re

from broker.credentials import alone, words
from broker.credentials.labels import Label
from broker.credentials.plainly import NOT_THESE, plain_pair, recited, said_plainly, set_apart, span
from broker.credentials.shape import DIGITS, REACH_AFTER, REACH_BEFORE, Level, is_mask, level
from broker.credentials.tokens import Doc, Token
from broker.credentials.value import stated

Span = tuple[int, int]

_SEPARATOR = re.compile(
    r"\s*(?:[\[\])}\"'*_`]{0,3})\s*(?::{1,2}=?|={1,2}>?|-{1,3}>|\||\t+|-{1,2}(?=\s)|[.]{3,}|"
    r"\((?=\S{5}))\s*"
)
_QUOTED = re.compile(r" {1,3}(?=[\"“`][^\s\"]{4,40}[\"”`])")
_NEWLINE = re.compile(r"[ \t]*\n(?:[ \t>]*\n){0,2}[ \t>]*(?=\S)")
_CELLS = frozenset(",;")
_COPULA = words.listed("is es was era equals = : - son are be")
_PARAMETERS = re.compile(r"[?&][\w.-]+=")  # of an address: each has a name of its own
_PADDED = re.compile(r"=[0-9A-F]{2}(?:=[0-9A-F]{2})+")  # quoted-printable tears a word, and names no value
_NEXT_NAME = re.compile(r"[A-Z_]{2,30}=")  # SMARTHUB_PW= MODE=upload
_BETWEEN_CELLS = frozenset("\t|")  # of these the columns tell
DELIMITERS = (",", ";", "\t", "|")
MOST_OF_ROW = 400  # characters that are looked at


_WRONG = words.listed("invalid incorrect wrong incorrecta incorrecto invalida")  # a portal's own words, with its code


def with_separator(doc: Doc) -> Span | None:
    """`password: x`, `pw = x`, `"pwd":"x"`, `Clave | x`, and the same with the value in the next line."""
    for index in doc.glued:
        token = doc.tokens[index]
        if not _WRONG.isdisjoint(doc.words(index - 3, index)):
            continue
        for at, label in token.mark.labels:
            found = _behind(doc, index, token, token.start + at, label)
            if found:
                return found
    return None


def _behind(doc: Doc, index: int, token: Token, at: int, label: Label) -> Span | None:
    text = doc.text
    sign = _SEPARATOR.match(text, at) or _QUOTED.match(text, at)
    if sign is None:
        return _below(doc, index, at, label)
    rest = text[sign.end() : sign.end() + 200]
    if doc.inlet == "url_param" and "?" in text[:at]:
        rest = rest.partition("&")[0]  # the next parameter
    if _PADDED.match(text, at) or (doc.inlet == "csv_upload" and sign[0].strip(" ") in _BETWEEN_CELLS):
        return None
    value = None if _NEXT_NAME.match(rest) else stated(rest)
    if value is None or _stands_for(token.mark.word, rest):
        return None
    if not _fits(doc, index, label, value, strict="-" in sign[0] and ">" not in sign[0]):
        return None
    start = text.find(value, sign.end())
    return start, start + len(value)


def _stands_for(word: str, rest: str) -> bool:
    """`PW = public works` explains an abbreviation."""
    initials = "".join(part[0] for part in rest.lower().split()[: len(word)] if part)
    return len(word) == 2 and initials == word


def _below(doc: Doc, index: int, at: int, label: Label) -> Span | None:
    """The label ends its line and the next line is one word."""
    line = _NEWLINE.match(doc.text, at)
    if line is None or (label is Label.WEAK and not _line_begins(doc, index)):
        return None
    if (
        doc.text[max(0, doc.tokens[index].start - 2) : at].strip()[:1] in (",", ";", "|")
        or "," in doc.tokens[index].text
    ):
        return None  # a heading; tables look at its column
    rest = doc.text[line.end() : line.end() + 200].split("\n")[0].strip()
    if not rest or len(rest.split()) > 2 or rest.count(",") > 1 or rest.lower() in ("word", "code", "phrase"):
        return None
    value = stated(rest)
    if value is None or not _fits(doc, index, label, value, strict=True):
        return None
    return line.end(), line.end() + len(value)


def _line_begins(doc: Doc, index: int) -> bool:
    return index == 0 or "\n" in doc.gap(index)


def _fits(doc: Doc, index: int, label: Label, value: str, *, strict: bool) -> bool:
    shape = level(value)
    before = doc.words(index - 3, index)
    if label is Label.PIN or label is Label.CODE:
        if any(word in words.ID_NOUNS for word in before[-1:]):
            return False
        return is_code(value) or (shape >= Level.NAME and "=" not in value)
    if label is Label.WEAK:
        if value.isdigit() or any(
            word in ("hall", "bus", "day", "season", "lake", "mountain", "de") for word in before[-1:]
        ):
            return False
        if strict and shape >= Level.PLAIN and "\n" in doc.gap(index) and _user_line(doc, index):
            return True
        if shape >= Level.NAME or (doc.has_access and shape >= Level.PLAIN and not strict):
            return True
        return _is_all(doc, index, value)
    return shape >= Level.NAME if strict else True


LEAST_ALONE = 5  # letters of a word that is sent with its label and nothing else


def _is_all(doc: Doc, index: int, value: str) -> bool:
    """`pass: bluebird`, `la clave: girasol`, and nothing else: of a bus or of a rate nobody writes so little."""
    if doc.inlet not in alone.BY_PEOPLE or len(doc.tokens) != index + 2 or index > 1:
        return False
    return len(value) >= LEAST_ALONE and alone.is_chosen(value)


def _user_line(doc: Doc, index: int) -> bool:
    """`user -`, `name`, `pass -`, each on its line: a form filled from top to bottom."""
    return any(token.mark.user for token in doc.tokens[max(0, index - 4) : index])


def is_code(value: str) -> bool:
    """Say whether this is as long a row of digits as a PIN or a one-time code."""
    digits = value.replace("-", "").replace(" ", "")
    return digits.isdigit() and DIGITS[0] <= len(digits) <= DIGITS[1]


def in_sentence(doc: Doc) -> Span | None:
    """`password Larkspur…`, `the password I use there is …`, `… is my password`, without a separator."""
    if not doc.has_label:
        return None
    for index in doc.labelled:
        token = doc.tokens[index]
        if _is_of_a_thing(doc, index):
            continue
        if token.mark.label in (Label.STRONG, Label.WEAK) and _CELLS.isdisjoint(token.mark.core):
            found = (
                _after(doc, index, token.mark.label)
                or plain_pair(doc, index, token.mark.label)
                or _before(doc, index, token.mark.label)
            )
            said = doc.text[slice(*found)] if found else ""
            if found and not is_mask(said) and not (doc.inlet == "csv_upload" and "," in said):
                return found
    return None


_THINGS = words.listed("catastral cliente medidor postal tarifa producto zona ruta by through over along")


def _is_of_a_thing(doc: Doc, index: int) -> bool:
    """`clave catastral`, `pass by`: what is no key to a portal by the word behind it."""
    behind = doc.words(index + 1, index + 2)
    return doc.tokens[index].mark.label is Label.WEAK and not _THINGS.isdisjoint(behind)


def _after(doc: Doc, index: int, label: Label) -> Span | None:
    ended = 0
    for far, token in enumerate(doc.tokens[index + 1 : index + 1 + REACH_AFTER], 1):
        gap = doc.gap(index + far)
        if "\n\n" in gap or (token.mark.label in (Label.STRONG, Label.WEAK) and far > 1) or ended > 1:
            return None
        if "\n" in gap and (token.mark.joins or _is_next_row(doc, index + far)):
            return None  # the next line has a name of its own, or is another row of a table
        if is_candidate(doc, index + far, near=far == 1):
            shape = token.mark.level
            if (
                shape >= Level.MIXED
                or (shape >= Level.LIKELY and not ended)
                or (shape >= Level.NAME and _said(doc, index, far) and doc.tokens[index + 1].mark.word not in NOT_THESE)
            ):
                return span(token)
        if far == 1 and token.mark.word in ("is", "es", "=", "are") and recited(doc, index):
            return span(doc.tokens[index + 2])
        if far <= 6 and not ended and label is Label.STRONG and set_apart(doc, index + far):
            return span(token)
        if far <= 8 and not ended and said_plainly(doc, index, far, label):
            return span(token)
        ended += token.mark.closes
    return None


def _is_next_row(doc: Doc, index: int) -> bool:
    """Say whether a word begins a row of a table, and the line above is one as well."""
    start = doc.tokens[index].start
    end = doc.text.find("\n", start, start + MOST_OF_ROW)
    row = doc.text[start : end if end >= 0 else start + MOST_OF_ROW]
    above = doc.text[max(0, start - MOST_OF_ROW) : start].rstrip().rpartition("\n")[2]
    return any(sign in row and sign in above for sign in DELIMITERS)


def _said(doc: Doc, index: int, far: int) -> bool:
    """The word stands right behind the label or behind a word of saying."""
    if far == 1:
        return True
    before = doc.tokens[index + far - 1]
    return (
        before.mark.word in _COPULA
        or before.mark.joins
        or (before.mark.word in _BECOMES and not _CHANGED.isdisjoint(doc.words(index - 4, index)))
        or (before.mark.word in words.ENTER and before.mark.word not in ("y", "con", "and", "plus", "to"))
    )


# "I changed my password to tractor55", "cambié mi clave por tractor55".
_BECOMES = words.listed("to a por")
_CHANGED = words.listed(
    "changed change switched switch set updated cambie cambio cambiamos cambiaron cambia puse pusimos"
)


def _before(doc: Doc, index: int, label: Label) -> Span | None:
    for back in range(1, REACH_BEFORE + 1):
        if index - back < 0:
            return None
        token = doc.tokens[index - back]
        goes_on = doc.tokens[index - back + 1].mark.word in ("is", "es", "as", "was", "for")
        if (token.mark.closes and not goes_on) or token.mark.label or "\n" in doc.gap(index - back + 1):
            return None
        shape = token.mark.level
        strong = shape >= Level.MIXED or (shape >= Level.LIKELY and label is Label.STRONG)
        if (strong or (shape >= Level.NAME and _called(doc, index, back))) and is_candidate(doc, index - back):
            return span(token)
    return None


def _called(doc: Doc, index: int, back: int) -> bool:
    """`tractor55 is the password`, `use tractor55 as password`, `puse tractor55 de contraseña`."""
    between = doc.words(index - back + 1, index)
    if between == ["de"]:
        return not _CHANGED.isdisjoint(doc.words(index - back - 2, index - back))
    return bool(between) and between[0] in ("is", "as", "es", "como", "for") and len(between) <= 4


def is_candidate(doc: Doc, index: int, *, near: bool = False) -> bool:
    """Say whether a word that looks like a secret is not something else by what stands before it."""
    token = doc.tokens[index]
    if token.mark.level < Level.NAME or token.mark.label is not None or _PARAMETERS.search(token.text):
        return False
    if near or index == 0:
        return True
    before = [word.strip("#:.") for word in doc.words(index - 2, index)]
    previous = doc.tokens[index - 1]
    if before[-1] in words.ID_NOUNS or (
        token.mark.level < Level.LIKELY
        and len(before) > 1
        and before[-2] in words.ID_NOUNS
        and before[-1] in ("is", "no", "number", "reads", "es", "tag", "code", "name")
    ):
        return False
    if previous.mark.user or (
        len(before) > 1 and before[-2] in words.USER and before[-1] in ("is", "es", "name", "id", "=", "as")
    ):
        return token.mark.level >= Level.MIXED and previous.mark.word in words.ACCESS
    return True
