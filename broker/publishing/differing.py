"""What differs between two versions of a profile, line by line, each with its source and how sure it is (rules)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from typing import Any

from broker.utilities.profile import Contacts, Evidence, Offer

_NO_LINES = {"version", "rehearsal", "documents"}
# Lines of the profile whose evidence stands under another name than theirs.
_SOURCES = {"open_order": "routing_evidence", "may_prefer": "routing_evidence"}
_CONTACTS = "contacts."
# What decisions of the past were made by, and what a household knows the co-op by: another file, never a version.
FIXED = ("id", "name", "short_name", "zone")


@dataclass(frozen=True)
class Line:
    """One line of a profile: its value, and the sentence that it rests on."""

    value: str
    source: str
    document: str
    certainty: str
    dated: date | None


@dataclass(frozen=True)
class Change:
    """A line that is another one, is new, or is gone."""

    path: str
    before: Line | None
    after: Line | None

    @property
    def rests_on_the_old_sentence(self) -> bool:
        """Say whether the value is another one while the sentence that it rests on stayed as it was."""
        if self.before is None or self.after is None or not self.after.source:
            return False
        return self.before.value != self.after.value and self.before.source == self.after.source


def changes(old: Offer, new: Offer) -> tuple[Change, ...]:
    """Give every line that differs in value, source, document, certainty or day, in the order of the profile."""
    before, after = dict(_lines(old)), dict(_lines(new))
    paths = dict.fromkeys([*before, *after])
    return tuple(
        Change(each, before.get(each), after.get(each)) for each in paths if before.get(each) != after.get(each)
    )


def change_contacts(found: tuple[Change, ...]) -> bool:
    """Say whether any of the changes is about where letters and calls go."""
    return any(each.path.startswith(_CONTACTS) for each in found)


def fixed(old: Offer, new: Offer) -> list[str]:
    """Name the lines that no version may change, though it may fill one that was unknown."""
    return [name for name in FIXED if getattr(old, name) not in (None, getattr(new, name))]


def _lines(profile: Offer) -> Iterator[tuple[str, Line]]:
    for each in profile.documents.values():
        yield f"documents.{each.name}", Line(f"{each.title} {each.url or ''}".strip(), "", each.name, "", each.dated)
    yield from _of(profile, "", None)


def _of(value: Any, path: str, outer: Evidence | None) -> Iterator[tuple[str, Line]]:
    """Give the lines of a value; the nearest evidence counts."""
    if is_dataclass(value):
        # Each contact has its own sentence; what stands beside them does not rest on the utility's.
        whole = getattr(value, "evidence", None if isinstance(value, Contacts) else outer)
        for each in fields(value):
            inner = getattr(value, each.name)
            if isinstance(inner, Evidence) or each.name in _NO_LINES or inner is None:
                continue
            source = getattr(value, _SOURCES.get(each.name, f"{each.name}_evidence"), whole)
            yield from _of(inner, f"{path}.{each.name}" if path else each.name, source)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _of(inner, f"{path}.{key}", outer)
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for inner in value:
            yield from _of(inner, f"{path}.{_name(inner)}", outer)
    else:
        yield path, _line(value, outer)


def _name(row: Any) -> str:
    day = getattr(row, "date", None)
    return str(day) if day else str(row.name)


def _line(value: object, evidence: Evidence | None) -> Line:
    if evidence is None:
        return Line(_text(value), "", "", "", None)
    return Line(_text(value), evidence.source, evidence.document, evidence.certainty, evidence.dated)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return value.isoformat() if isinstance(value, date | time) else str(value)
