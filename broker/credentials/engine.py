"""One text through all readings and all rules (rules)."""

import re
from collections.abc import Iterable, Iterator, Set
from itertools import chain

from broker.credentials import digests, large, learned
from broker.credentials.clothes import undressed
from broker.credentials.decode import MAX_DEPTH, unwrapped, unwrapped_at_once
from broker.credentials.finding import Finding
from broker.credentials.fresh import Read
from broker.credentials.owned import Whose
from broker.credentials.rule import Rule
from broker.credentials.rules import RULES
from broker.credentials.shape import is_of_chance, is_opaque
from broker.credentials.tokens import Doc
from broker.credentials.views import View, closed_up, plain, rewrite, strange, unquoted

# A program's token, where chance writes every short word once in a while; hashes are told in digests.
LEAST_TOKEN = 16
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{16,}(?![\w-])")

# What holds whatever a text speaks of.
_STRUCTURAL = frozenset({"url.userinfo", "table.column"})
# What may be meant of a file's own password, and then is a matter of that file.
_OF_A_FILE = frozenset({"password", "hint", "solicitation"})
_OF_A_THING = frozenset({"password", "pin", "one_time_code"})
_OWNED = _OF_A_FILE | _OF_A_THING  # of these it is asked whose secret it is
MOST_TWICE = (
    300_000  # characters of a text that is read again without what another thing owns; of more no such rule is asked
)
MAX_LABELS = 4000  # no honest text names a password so often; it could not be checked in time
# Different words of more than letters: so many, with one in so many characters of the text.
MOST_MIXED, EACH_MIXED = 45_000, 16
AT_ONCE = 2_000  # characters, from which on what is wrapped is not undone in every order
MOST_STRANGE = 10_000  # characters that are none of ASCII's: no alphabet of people has so many in one text
MAX_READINGS = 24  # a text that needs more is hiding something
MOST_READ = 2 * large.LARGE  # characters in all readings of one text; the longest text is read plainly at least


def scan(text: str, inlet: str) -> Finding | None:
    """Say whether a text would let somebody sign in as a customer, or asks for that; where, and by which rule."""
    if len(text) > MOST_STRANGE and len(strange(text)) > MOST_STRANGE:
        return Finding("input.wrapped", 0, len(text), "wrapped")
    try:
        for count, view in enumerate(_readings(text, inlet), 1):
            if count > MAX_READINGS:
                return Finding("input.wrapped", 0, len(text), "wrapped")
            found = _apply(view, inlet)
            if found is not None:
                return found
    except large.TooDense:
        return Finding("input.wrapped", 0, len(text), "wrapped")
    except large.TooLong:
        return Finding("input.long", 0, len(text), "long")
    return None


def _apply(view: View, inlet: str) -> Finding | None:
    read = rewrite(digests.unread(view), _TOKEN, _veiled) if view.longest >= LEAST_TOKEN else view
    if _is_garbled(read):
        return Finding("input.dense", 0, 0, "wrapped")
    doc = Doc.of(read, inlet)
    if doc.labels > 2 * MAX_LABELS:
        return Finding("input.dense", 0, 0, "wrapped")
    found = _first(doc)
    if found is not None and found[0].kind in _OWNED and found[0].id not in _STRUCTURAL:
        whose = Whose(doc)
        if whose.of_a_file:
            found = _first(doc, without=_OF_A_FILE)
        elif len(doc.text) > MOST_TWICE:
            found = _first(doc, without=_OF_A_THING) if whose.of_another else found
        elif (rest := whose.rest()) is not None:
            found = _first(rest)
    if found is None:
        return None
    rule, span = found
    start, end = view.back(*span)
    return Finding(rule.id, start, end, rule.kind)


def _is_garbled(view: View) -> bool:
    """Say whether a text has more words of mixed signs, none of them twice, than people or programs write.

    So a page looks whose font says nothing of its letters, and so an attack may: each such word costs ten times as
    much as one of letters alone.
    """
    different = frozenset(view.said) if len(view.text) > MOST_MIXED * 2 else frozenset[str]()
    if len(different) <= MOST_MIXED or len(different) * EACH_MIXED < len(view.text):
        return False
    mixed = sum(not (word.isascii() and word.isalpha()) and any(map(str.isalpha, word)) for word in different)
    return mixed > MOST_MIXED and mixed * EACH_MIXED > len(view.text)


def _first(doc: Doc, without: Set[str] = frozenset()) -> tuple[Rule, tuple[int, int]] | None:
    """Give the first rule that finds something, and where; but for rules of some kinds, if they are not structural."""
    for rule in RULES:
        if rule.kind in without and rule.id not in _STRUCTURAL:
            continue
        span = rule.find(doc)
        if span is not None and not (rule.id in learned.DOUBTED and learned.denies(doc, span[0])):
            return rule, span
    return None


def _veiled(token: re.Match[str]) -> str:
    """Leave a token its length and its shape (it may be somebody's secret), but no word, so no label can lie in it."""
    text = token[0]
    if is_opaque(text):
        return text
    return digests.veiled(text) if ("-" in text or "_" in text) and is_of_chance(text) else text


def _readings(text: str, inlet: str) -> Iterator[View]:
    """Give the text in each way that it can be read, until that is too much: then all is undone in one go."""
    if len(text) <= large.LARGE:
        spent = 0
        for view in _one_by_one(text):
            spent += len(view.text)
            if spent > MOST_READ:
                break
            yield view
        else:
            return
    yield from large.readings(text, inlet)


def _one_by_one(text: str) -> Iterator[View]:
    first = unquoted(plain(text))
    undone = unwrapped if len(first.text) <= AT_ONCE else unwrapped_at_once
    read = Read()
    seen = {first.text}
    layer = [first]
    for depth in range(MAX_DEPTH + 1):
        for whole in layer:
            yield from _in_each_way(whole, read)
        if depth < MAX_DEPTH:
            layer = list(_unseen((view for each in layer for view in undone(each)), seen))


def _in_each_way(whole: View, read: Read) -> Iterator[View]:
    """Give what of a reading is new, as it stands and with its words closed up and undressed."""
    view = read.fresh(whole)
    if view is None:
        return
    yield view
    for made in chain(closed_up(view), undressed(view)):
        if (further := read.fresh(made)) is not None:
            yield further


def _unseen(views: Iterable[View], seen: set[str]) -> Iterator[View]:
    """Give each text once: several wrappings undone in another order make the same."""
    for view in views:
        if view.text not in seen:
            seen.add(view.text)
            yield view
