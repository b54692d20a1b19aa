"""A user name and, behind a word or a sign that joins them, what looks like a secret (rules)."""

import re
from collections.abc import Iterable

from broker.credentials import words
from broker.credentials.labelled import is_candidate
from broker.credentials.learned import is_common
from broker.credentials.marks import Mark
from broker.credentials.pairs import is_placed, talks
from broker.credentials.shape import EMAIL, Level, is_address, is_user_like
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

_JOINS = words.listed(
    """and then & + plus with w w/ con y luego e mas / // | || \\ - -- --- ~ ~~ : :: ; , x => -> > >> . .. ... on it
    it's its is es the that also the password pass word pw second one"""
)
_TIES = words.listed("and then & + plus with w w/ con y luego / | \\ ~ -- -> => x")
_FAR = 4  # words between the two
SHORT = 200
_ELECTRIC = re.compile(
    r"(?i)\b(?:electric\w*|power (?:bill|company|co)|light bill|elec|el[eé]ctric\w*|(?:de )?la luz|recibo|co-?op|"
    r"obec)\b"
)
_HUMPS = re.compile(r"[A-Z][a-z]{2,}[A-Z][a-z]{2,}")
_TITLES = re.compile(r"[A-Z][a-z]{2,}[-_.*+;=&?!/][A-Z][a-z]{2,}")
_NOT_HUMPS = words.listed(
    """smarthub youtube facebook paypal quickbooks docusign powerpoint onedrive icloud linkedin github javascript
    wordpress greenbutton energystar anydesk teamviewer dropbox mastercard johndeere macbook chromebook"""
)
# As people choose them behind a plain name: Vise.Grip9, Ammonia_Line4.
_CHOSEN = re.compile(r"[A-Z][^\W\d_A-Z]{2,12}[_.&*+~!?=^][A-Z]?[^\W\d_A-Z]{2,12}\d{0,4}[!?*]?")
_EMAIL_END = re.compile(r"(?:^|[^\w.@+-])" + EMAIL.pattern + r"$")


def shown(doc: Doc) -> Span | None:
    """`bgentry@mill.example -- Trotline_Jug`, `smarthub its skipper61 and BassTracker`."""
    if len(doc.text) > 20_000:
        return None
    talk: bool | None = None
    names: dict[str, bool] = {}  # of this text alone
    for index in _worth(doc):
        token = doc.tokens[index]
        name = names.get(token.text)
        if name is None:
            name = names[token.text] = _is_name(token)
        if not name or _of_a_thing(doc, index):
            continue
        if talk is None:
            talk = talks(doc) or is_placed(doc) or doc.near(_ELECTRIC, 0, len(doc.text))
        at, tied = _behind(doc, index)
        if at is None or not is_candidate_here(doc, at):
            continue
        found = doc.tokens[at]
        if (
            token.mark.level is Level.PLAIN
            and "." not in token.mark.core
            and not (talk and _CHOSEN.fullmatch(found.mark.core))
        ):
            continue
        if _fits(doc, found, talk=talk, tied=tied, mail="@" in token.text):
            start = found.start + found.text.find(found.mark.core)
            return start, start + len(found.mark.core)
    return None


def _worth(doc: Doc) -> Iterable[int]:
    """Give which words may be a name: of a text that is not short those with what may be a secret behind them."""
    if len(doc.text) <= SHORT:
        return range(len(doc.tokens))
    worth: dict[str, bool] = {}
    secrets = []
    for at, (_, _, text, mark) in enumerate(doc.tokens):
        if text not in worth:
            worth[text] = mark.level >= Level.NAME or _has_humps(mark)
        if worth[text]:
            secrets.append(at)
    return sorted({name for at in secrets for name in range(max(0, at - _FAR - 1), at)})


def _has_humps(mark: Mark) -> bool:
    """Say cheaply whether two words may be joined in one, each with a capital."""
    core = mark.core
    return core[:1].isupper() and not (core.istitle() and core.isalpha()) and not core.isupper()


def _is_name(token: Token) -> bool:
    mark = token.mark
    if token.text[-1:] in ".!?" and "@" not in token.text:
        return False
    if "@" in token.text:
        return _EMAIL_END.search(mark.core) is not None
    if not mark.core.islower() or "," in mark.core or "/" in mark.core or "=" in mark.core:
        return False
    if mark.core.isalpha():
        return len(mark.core) >= 6 and not is_common(mark.word) and mark.word not in words.STOP
    return mark.level is Level.NAME or is_user_like(mark.core)


def _of_a_thing(doc: Doc, index: int) -> bool:
    if "@" in doc.tokens[index].text:
        return False
    before = doc.words(index - 1, index)
    return bool(before) and before[0].strip("#:.") in words.ID_NOUNS


def _behind(doc: Doc, index: int) -> tuple[int | None, bool]:
    """Give the first word behind that joins nothing, and whether something tied it to the name."""
    tied = doc.tokens[index].text[-1] in ",;:/|"
    for at in range(index + 1, min(len(doc.tokens), index + 2 + _FAR)):
        token = doc.tokens[at]
        if "\n\n" in doc.gap(at) or (doc.inlet == "csv_upload" and "\n" in doc.gap(at)):
            return None, False
        if token.text.lower() in _JOINS or token.mark.word in _JOINS:
            tied = tied or token.text.lower().rstrip(",:") in _TIES
            continue
        return at, tied or "\n" in doc.gap(at) or "  " in doc.gap(at)
    return None, False


def is_candidate_here(doc: Doc, at: int) -> bool:
    """Say whether a word may be a secret at its place: no address, no label, no file, no identifier."""
    token = doc.tokens[at]
    core = token.mark.core
    if token.mark.label is not None or token.mark.joins or is_address(core) or "@" in core or core.isupper():
        return False
    if any(sign in core for sign in '"{}[]<>()') or core.count(",") > 1:
        return False
    return token.mark.level < Level.NAME or is_candidate(doc, at, near=True)


def _fits(doc: Doc, token: Token, *, talk: bool, tied: bool, mail: bool) -> bool:
    core, level = token.mark.core, token.mark.level
    short = len(doc.text) <= SHORT
    if level >= Level.MIXED:
        return talk or (short and (tied or mail))
    humps = _HUMPS.fullmatch(core) is not None and core.lower() not in _NOT_HUMPS
    if level is Level.LIKELY or humps or _TITLES.fullmatch(core):
        return (talk and (tied or mail)) or (short and tied and level is Level.LIKELY)
    if level is Level.NAME:
        return talk and tied and short and not is_user_like(core)
    return (
        talk
        and tied
        and short
        and core.istitle()
        and len(core) >= 6
        and not is_common(token.mark.word)
        and token.mark.word not in words.STOP
        and not mail
    )
