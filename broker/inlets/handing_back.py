"""What of a refused form is given back to whoever sent it: everything but the secret (rules)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from broker.credentials import Finding
from broker.inlets import said
from broker.inlets.parts import Part, is_ours
from broker.looking import look

MOST = 40  # fields of a form
LONGEST = 20_000  # characters of one
_WORD = re.compile(r"\S{4,}")
# Values that a form of ours carries for itself: they go back unseen, so that the form can be sent again.
_CARRIED = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[a-z_]{1,30}|\d{1,4}|\d{4}-\d\d-\d\d")


@dataclass(frozen=True, repr=False)
class Given:
    """One field of the form as it goes back; `emptied` where the secret, or a word of it, stood in it."""

    name: str
    value: str
    emptied: bool = False

    @property
    def label(self) -> str:
        """Give the field's name in the reader's words."""
        return said.field(self.name)

    @property
    def is_carried(self) -> bool:
        """Say whether it is a form's own value, of which nobody has to see anything."""
        return not self.emptied and _CARRIED.fullmatch(self.value) is not None

    @property
    def is_long(self) -> bool:
        """Say whether it needs more than a line."""
        return len(self.value) > 80 or "\n" in self.value


def given_back(fields: Sequence[tuple[str, str]], part: Part, finding: Finding) -> list[Given]:
    """Give the fields of a form without the secret that was found in this part; none where that cannot be done.

    A field in which it stands is emptied, and so is one that repeats a word of it. What is left is scanned once more,
    alone and together: whatever is found there empties its field too.
    """
    if not part.fields or len(fields) > MOST or any(len(value) > LONGEST for _name, value in fields):
        return []
    bad = set(part.fields) if len(part.fields) == 1 else _within(part, finding)
    words = {
        word for name, value in fields if name in bad for word in _WORD.findall(value) if not word.strip(".,").isalpha()
    }
    made = [(name, value, name in bad or any(word in value for word in words)) for name, value in fields]
    clean = [
        Given(name, "" if empty or look(f"{name}: {value}", part.inlet) or look(value, part.inlet) else value, empty)
        for name, value, empty in made
        if is_ours(name)
    ]
    left = "\n".join(f"{each.name}: {each.value}" for each in clean if each.value)
    return clean if look(left, part.inlet) is None else []


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
