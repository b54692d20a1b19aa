"""A label and its value: with a separator, in the next line, or in the same sentence (rules)."""

import re

from broker.credentials import words
from broker.credentials.labels import Label
from broker.credentials.shape import DIGITS, EMAIL, REACH_AFTER, REACH_BEFORE, Level, is_user_like, level
from broker.credentials.tokens import Doc, Token
from broker.credentials.value import stated

Span = tuple[int, int]

_SEPARATOR = re.compile(r"\s*(?:[\])}\"'*_`]{0,3})\s*(?::{1,2}=?|={1,2}>?|-{1,3}>|\||\t+|-{1,2}(?=\s)|[.]{3,})\s*")
_QUOTED = re.compile(r" {1,3}(?=[\"“`][^\s\"]{4,40}[\"”`])")
_NEWLINE = re.compile(r"[ \t]*\n(?:[ \t>]*\n){0,2}[ \t>]*(?=\S)")
_TAIL = re.compile(r"[\"']?\s{0,3}(?::|=>?|->)[\"'\s]*")
_COPULA = words.listed("is es was era equals = : - son are be")
_NUMBER = re.compile(r"\d(?:[ -]?\d){3,7}")
_NOT_THESE = words.listed(
    "reset resets rules policy policies hint hints manager managers field fields box requirements strength page"
)


def with_separator(doc: Doc) -> Span | None:
    """`password: x`, `pw = x`, `"pwd":"x"`, `Clave | x`, and the same with the value in the next line."""
    for index in doc.glued:
        token = doc.tokens[index]
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
    value = stated(rest)
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
    if not rest or len(rest.split()) > 2:
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
        return is_code(value) or shape >= Level.NAME
    if label is Label.WEAK:
        if value.isdigit() or any(
            word in ("hall", "bus", "day", "season", "lake", "mountain", "de") for word in before[-1:]
        ):
            return False
        return shape >= Level.NAME or (doc.has_access and shape >= Level.PLAIN and not strict)
    return shape >= Level.NAME if strict else True


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
        if token.mark.label in (Label.STRONG, Label.WEAK) and "," not in token.mark.core:
            found = (
                _after(doc, index, token.mark.label)
                or _plain_pair(doc, index, token.mark.label)
                or _before(doc, index, token.mark.label)
            )
            if found:
                return found
    return None


def _after(doc: Doc, index: int, label: Label) -> Span | None:
    ended = 0
    for far, token in enumerate(doc.tokens[index + 1 : index + 1 + REACH_AFTER], 1):
        gap = doc.gap(index + far)
        if "\n\n" in gap or (token.mark.label in (Label.STRONG, Label.WEAK) and far > 1) or ended > 1:
            return None
        if is_candidate(doc, index + far, near=far == 1):
            shape = token.mark.level
            if (
                shape >= Level.MIXED
                or (shape >= Level.LIKELY and not ended)
                or (shape >= Level.NAME and _said(doc, index, far))
            ):
                return _span(token)
        if far <= 8 and not ended and _said_plainly(doc, index, far, label):
            return _span(token)
        ended += token.mark.closes
    return None


def _said(doc: Doc, index: int, far: int) -> bool:
    """The word stands right behind the label or behind a word of saying."""
    if far == 1:
        return True
    before = doc.tokens[index + far - 1]
    return (
        before.mark.word in _COPULA
        or before.mark.joins
        or (before.mark.word in words.ENTER and before.mark.word not in ("y", "con", "and", "plus", "to"))
    )


def _plain_pair(doc: Doc, index: int, label: Label) -> Span | None:
    """`user rob password kettle`, or a line that is only `PW kettle`: a plain word right behind the label."""
    if index + 1 >= len(doc.tokens) or "\n" in doc.gap(index + 1):
        return None
    token = doc.tokens[index + 1]
    mark = token.mark
    if not mark.word.isalpha() or not 4 <= len(mark.word) <= 20 or mark.label or mark.access or mark.place:
        return None
    if mark.word in words.STOP or mark.word in words.PREDICATES or mark.word in words.TROUBLES or "?" in token.text:
        return None
    if mark.word.endswith(("ed", "ing", "ado", "ada", "ido", "ida")) or mark.word in words.ID_NOUNS:
        return None
    last = index + 2 == len(doc.tokens) or "\n" in doc.gap(index + 2)
    alone = last and label is Label.STRONG and (index == 0 or "\n" in doc.gap(index))
    beside = label is Label.STRONG or last or mark.closes or token.text[-1] in ",;)"
    return _span(token) if alone or (beside and _user_before(doc, index)) else None


def _user_before(doc: Doc, index: int) -> bool:
    """A user name was just given: a word for one and then a name, or an e-mail address."""
    near = doc.tokens[max(0, index - 7) : index]
    if any(token.mark.closes and token.text[-1] != ";" for token in near[-1:]):
        return False
    if any(EMAIL.fullmatch(token.mark.core) for token in near[-4:]):
        return True
    named = [at for at, token in enumerate(near) if token.mark.user]
    return any(
        token.mark.level >= Level.NAME or is_user_like(token.mark.core)
        for at in named[:1]
        for token in near[at + 1 : at + 4]
        if token.mark.word not in words.STOP
    )


def _said_plainly(doc: Doc, index: int, far: int, label: Label) -> bool:
    """`my password is bluebird`: one plain word that ends the sentence and says nothing about the password."""
    token, before = doc.tokens[index + far], doc.tokens[index + far - 1]
    mark = token.mark
    if before.mark.word not in ("is", "es", "=", "was") and not (before.mark.joins and far > 1):
        return False
    own = bool({"mi", "nuestra", "la", "tu", "su"} & set(doc.words(index - 1, index)))
    if (label is Label.WEAK and not (doc.has_access or own)) or any(
        w in _NOT_THESE for w in doc.words(index + 1, index + far)
    ):
        return False
    if mark.word in words.STOP or mark.word in words.PREDICATES or mark.label or mark.user or mark.level < Level.PLAIN:
        return False
    if "?" in doc.text[token.start : token.end + 1]:
        return False
    last = (
        mark.closes
        or index + far + 1 == len(doc.tokens)
        or token.text[-1] in ",)\"'"
        or "\n" in doc.gap(index + far + 1)
    )
    if mark.word.isdigit():
        return last and 4 <= len(mark.word) <= 12
    quoted = token.text[0] in "\"'“"
    return (
        (last or quoted)
        and mark.word.isalnum()
        and not mark.word[0].isdigit()
        and len(mark.word) >= 4
        and not mark.word.endswith(("ed", "ing", "able", "ado", "ada", "ida", "ido"))
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
            return _span(token)
    return None


def _called(doc: Doc, index: int, back: int) -> bool:
    """`tractor55 is the password`, `use tractor55 as password`."""
    between = doc.words(index - back + 1, index)
    return bool(between) and between[0] in ("is", "as", "es", "como", "for") and len(between) <= 4


def is_candidate(doc: Doc, index: int, *, near: bool = False) -> bool:
    """Say whether a word that looks like a secret is not something else by what stands before it."""
    token = doc.tokens[index]
    if token.mark.level < Level.NAME or token.mark.label is not None:
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


def _span(token: Token) -> Span:
    start = token.start + token.text.find(token.mark.core)
    return start, start + len(token.mark.core)
