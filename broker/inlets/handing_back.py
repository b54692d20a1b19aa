"""What of a refused form is given back to whoever sent it: everything but what may be the secret (rules)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from broker.credentials import Finding
from broker.inlets import said
from broker.inlets.asked import Asked
from broker.inlets.parts import Part, is_ours, of_fields
from broker.inlets.remainder import LONGEST as LONGEST_CUT
from broker.inlets.remainder import Cut, cut, nothing_of, whole
from broker.looking import look

MOST = 40  # fields of a form
LONGEST = 20_000  # characters of one
A_LINE = 60  # characters that are read in one line
# Values that a form of ours carries for itself: they go back unseen, so that the form can be sent again.
_CARRIED = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[a-z_]{1,30}|\d{1,4}|\d{4}-\d\d-\d\d|\s*")


@dataclass(frozen=True, repr=False)
class Given:
    """One field of the form as it goes back: without a part of what stood in it (`cut`), or without all (`emptied`)."""

    name: str
    value: str
    label: str
    cut: bool = False
    emptied: bool = False
    is_long: bool = False  # it needs more than a line, or had more

    @property
    def is_carried(self) -> bool:
        """Say whether nobody has to see it: it is a form's own value, or nothing stood in it."""
        return not self.emptied and _CARRIED.fullmatch(self.value) is not None


def given_back(
    fields: Sequence[tuple[str, str]], part: Part, finding: Finding, page: Asked | None = None
) -> list[Given]:
    """Give the fields of a form without the secret that was found in this part; none where that cannot be done.

    Of a field in which it stands those sentences are left that are no login and no half of one (`remainder`), with a
    mark where something was. Nothing is left of a field that is a login only together with its name or with another
    field. A sentence elsewhere that repeats a word of what was taken out goes too. What is left is read as the door
    will read it: where anything is found, all that was cut is emptied, and nothing is given back where that is not
    enough. `page`: what the form called its fields.
    """
    if not part.fields or len(fields) > MOST or any(len(value) > LONGEST for _name, value in fields):
        return []
    bad = _within(part, finding) if len(part.fields) > 1 else set(part.fields)
    split = bad if len(part.fields) > 1 else set()
    hit = [name in bad or _finds(name, value, part.inlet) for name, value in fields]
    # However much of a form is in question, its sender waits for the answer.
    is_much = sum(len(value) for (_name, value), is_hit in zip(fields, hit, strict=True) if is_hit) > LONGEST_CUT
    cuts = [
        _cut(value, part.inlet, is_hit=is_hit, is_whole=is_much or name in split)
        for (name, value), is_hit in zip(fields, hit, strict=True)
    ]
    words = frozenset[str]().union(*(each.words for each in cuts))
    made = [
        _given(name, value, each, words, part.inlet, page or Asked())
        for (name, value), each in zip(fields, cuts, strict=True)
        if is_ours(name)
    ]
    if _is_found(made, part.inlet):
        made = [replace(each, value="", cut=False, emptied=True) if each.cut else each for each in made]
    return [] if _is_found(made, part.inlet) else made


def _finds(name: str, value: str, inlet: str) -> bool:
    return look(f"{name}: {value}", inlet) is not None or look(value, inlet) is not None


def _cut(value: str, inlet: str, *, is_hit: bool, is_whole: bool) -> Cut:
    if not is_hit:
        return whole(value)
    # What is a login by the name of its field alone has no part that is none.
    return nothing_of(value) if is_whole or look(value, inlet) is None else cut(value, inlet)


def _given(name: str, value: str, one: Cut, words: Collection[str], inlet: str, page: Asked) -> Given:
    left = one.text(words, said.taken_out())
    if left != value and left and _finds(name, left, inlet):
        left = ""
    is_long = len(value) > A_LINE or "\n" in value or page.is_area(name)
    label = page.label(name) or said.field(name)
    emptied = bool(value.strip()) and not left
    return Given(name, left, label, cut=left != value and not emptied, emptied=emptied, is_long=is_long)


def _is_found(made: Sequence[Given], inlet: str) -> bool:
    """Say whether anything is found in a form as it goes back, field by field and in all of them."""
    fields = [(each.name, each.value) for each in made if each.value]
    whole_form = "\n".join(f"{name}: {value}" for name, value in fields)
    texts = [each.text for each in of_fields(fields, inlet)]
    return any(look(text, inlet) is not None for text in dict.fromkeys([*texts, whole_form]))


def _within(part: Part, finding: Finding) -> set[str]:
    """Give the fields that a finding in the text of all fields touches; all of them where that cannot be told."""
    found, at = set(), 0
    lines = part.text.split("\n")
    if len(lines) != len(part.fields) or finding.start >= finding.end:
        return set(part.fields)  # somebody wrote more than one line into a field
    for name, line in zip(part.fields, lines, strict=True):
        if at < finding.end and finding.start < at + len(line) + 1:
            found.add(name)
        at += len(line) + 1
    return found or set(part.fields)
