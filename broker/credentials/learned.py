"""What a small model has learned from the open corpora: plain words in their order, every value veiled (rules).

A table of weights, one for each word and each two or three words that stand together (logistic regression, made by
`tests/fixtures/credentials/train.py`). It knows no name and no secret: what is no common word is seen by its shape
alone. It reads sentences that speak of a portal, a device, a question or a code, and nothing else: tables, programs'
texts and numbers are left to the rules.
"""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from broker.credentials import words
from broker.credentials.labels import Label
from broker.credentials.shape import EMAIL, Level, is_address
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

WINDOW, STEP = 80, 60  # words that are read at once, and how far the next window lies
STEM = 5  # letters of a word that tell it from another
LONGEST = 1500  # characters of a message; it has learned from none that is longer, and letters and reports are
FEWEST = 5  # words of a sentence
FUNCTION = 0.25  # share of small words in a sentence
BREAKS = 0.15  # share of line breaks above which a text is a list
DAMPING = 30  # signs that a text has at least, for its mean
STRONGEST = 4  # signs that tell where it was

_LABELS = {Label.STRONG: "<pw>", Label.WEAK: "<pass>", Label.PIN: "<pin>", Label.CODE: "<code>"}
_SHAPES = {Level.NAME: "<name>", Level.LIKELY: "<secret>", Level.MIXED: "<secret>"}
_DATES = words.listed(
    """jan feb mar apr jun jul aug sep sept oct nov dec january february march april june july august september october
    november december enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre monday
    tuesday wednesday thursday friday saturday sunday"""
)
_SPEAKS = words.listed(
    """sh obec smart-hub smarthub site portal page web website online app account login log logged sign signed phone
    tablet laptop computer user second extra box asks question questions code codes type typed key put open opens get
    gets link enter sitio pagina aplicacion cuenta entra entrar abre abrir usuario celular computadora pregunta clave
    codigo enlace caja casilla light electric luz co-op coop coope cooperativa screen word phrase text texted number"""
)
_PORTALS = words.listed("sh obec smart-hub smarthub")
_OPENS, _CLOSES = "\"'“`", "\"'”`"
_SIGNS = frozenset(":=?.,;!-")
UNKNOWN, CAPITAL = "<w>", "<W>"
COMMON = 8  # texts in which a word stood that is taken for itself also where it begins with a capital


class Model(NamedTuple):
    """Words that are taken for themselves with the number of their texts; weights of signs; what is added; enough."""

    words: dict[str, int]
    weights: dict[tuple[str, ...], float]
    bias: float
    enough: float


def symbols(doc: Doc) -> Iterator[tuple[str, int]]:
    """Give what each word is before anything is known, with its place: itself (`W:` with a capital), class or shape."""
    begins = True
    known: dict[str, str] = {}
    for at, token in enumerate(doc.tokens):
        if "\n" in doc.gap(at):
            yield "<nl>", at
            begins = True
        text = token.text
        if text[0] in _OPENS:
            yield "<q>", at
        made = known.get(text)
        if made is None:
            made = known[text] = _symbol(token)
        yield made[2:] if begins and made.startswith("W:") else made, at
        begins = token.mark.closes or token.mark.joins
        last = text[-1]
        if last in _CLOSES and len(text) > 1:
            yield "<q>", at
            last = text[-2]
        if last in _SIGNS:
            yield last, at


def _symbol(token: Token) -> str:
    mark = token.mark
    core = mark.core
    if mark.label is not None:
        return _LABELS[mark.label]
    if mark.word in _PORTALS:
        return "<place>"
    if not core:
        return token.text[:2]
    if EMAIL.fullmatch(core):
        return "<mail>"
    if is_address(core):
        return "<url>"
    if mark.level in _SHAPES:
        return _SHAPES[mark.level]
    if core.isdigit():
        return f"<d{min(len(core), 9)}>"
    if core.replace("'", "").replace("-", "").isalpha():
        return _word(mark.word, core)
    return "<id>" if any(map(str.isdigit, core)) else "<mixed>"


def _word(word: str, core: str) -> str:
    if len(core) == 1 and word not in "aiyoue":
        return "<l>"
    if word in _DATES:
        return "<month>"
    if word in words.PEOPLE:
        return "<person>"
    return f"W:{word}" if core[0].isupper() else word


def windows(doc: Doc) -> Iterator[list[tuple[str, int]]]:
    """Give the symbols of each stretch of sentences that speak of a portal, a device, a question or a code."""
    if len(doc.text) > LONGEST or not any(token.mark.word in _SPEAKS or token.mark.label for token in doc.tokens):
        return
    found = list(symbols(doc))
    if len(found) > 1 and found[1][0] == ":":
        found = found[2:]  # the name of a field says nothing of what stands in it
    for start in range(0, max(1, len(found) - STEP), STEP):
        window = found[start : start + WINDOW]
        if _is_prose([symbol for symbol, _at in window]):
            yield window


def _is_prose(seen: list[str]) -> bool:
    plain = [symbol.removeprefix("W:") for symbol in seen if symbol[0].isalpha()]
    small = sum(word in words.STOP for word in plain)
    return (
        len(plain) >= FEWEST
        and small >= FUNCTION * len(plain)
        and seen.count("<nl>") <= BREAKS * len(seen)
        and any(symbol.removeprefix("W:") in _SPEAKS or symbol in _NAMES for symbol in seen)
    )


_NAMES = frozenset({*_LABELS.values(), "<place>"})


def stem(symbol: str) -> str:
    """Give the letters by which a word is known; classes stay what they are."""
    return symbol if symbol[0] == "<" else symbol.removeprefix("W:")[:STEM]


def read(window: Iterable[tuple[str, int]], known: dict[str, int]) -> list[str]:
    """Give a window as the model reads it: a word that is not common is only a word, perhaps with a capital."""
    out = []
    for symbol, _at in window:
        short = stem(symbol)
        if symbol[0] == "<" or not symbol[0].isalpha():
            out.append(symbol)
        elif symbol.startswith("W:"):
            out.append(short if known.get(short, 0) >= COMMON else CAPITAL)
        else:
            out.append(short if short in known else UNKNOWN)
    return out


def features(seen: list[str]) -> dict[tuple[str, ...], int]:
    """Give each sign of a window, with where it first stands: words, two and three together, two with a gap."""
    found: dict[tuple[str, ...], int] = {}
    put = found.setdefault
    behind = [*seen, "", "", ""]
    for at, (one, two, three, four) in enumerate(zip(seen, behind[1:], behind[2:], behind[3:], strict=False)):
        put((one,), at)
        if two:
            put((one, two), at)
        if three:
            put((one, "_", three), at)
            put((one, two, three), at)
        if four:
            put((one, "_", "_", four), at)
    return found


def scale(count: int) -> float:
    """Give the factor by which the weights of so many signs count: long texts are no more than short ones."""
    return 3.0 / math.sqrt(count + DAMPING)


def score(model: Model, seen: list[str]) -> tuple[float, list[tuple[float, int, int]]]:
    """Give how much a window says that somebody could sign in, and the signs of it: weight, place, length in words."""
    signs = []
    for sign, at in features(seen).items():
        weight = model.weights.get(sign)
        if weight is not None:
            signs.append((weight, at, len(sign)))
    return model.bias + scale(len(signs)) * sum(weight for weight, _at, _length in signs), signs


def load(path: Path) -> Model:
    """Read a model; weights are kept in hundredths."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    weights = {tuple(sign.split(" ")): weight / 100 for sign, weight in kept["weights"].items()}
    return Model(kept["words"], weights, kept["bias"] / 100, kept["enough"] / 100)


MODEL = load(Path(__file__).with_name("learned.json"))
FURTHER = 2.0  # at doors outward, where nobody can let a false alarm through
_OUTWARD = frozenset({"outbound_email", "webhook", "nectar_call"})


def learned(doc: Doc) -> Span | None:
    """A sentence of which enough was learned; where its strongest words stand."""
    enough = MODEL.enough + (FURTHER if doc.inlet in _OUTWARD else 0)
    for window in windows(doc):
        found, signs = score(MODEL, read(window, MODEL.words))
        if found >= enough:
            return _span(doc, window, sorted(signs, reverse=True)[:STRONGEST])
    return None


def _span(doc: Doc, window: list[tuple[str, int]], signs: list[tuple[float, int, int]]) -> Span:
    places = [window[at + step][1] for _weight, at, length in signs for step in range(length)]
    first, last = doc.tokens[min(places)], doc.tokens[max(places)]
    return first.start, last.end
