"""One event, opened for an officer under an event of its own (interface)."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit import log, opening, store, timeline
from broker.audit.encoding import b64url
from broker.audit.timeline import Entry
from broker.console import subjects
from broker.console.fact_words import words
from broker.console.groups import LOG_READERS, PACKED, READS
from broker.console.officers import actor_of
from broker.console.rows import Row
from broker.parties.models import User

RESULTS = {"ok": "It was done.", "denied": "It was refused.", "error": "It failed."}
LISTING = ("admin.viewed", "disposal.listed", "hold.listed", "log.listed")
DISCLOSING = tuple(act for act in READS if act not in (*LOG_READERS, *PACKED))
BEFORE, AFTER = ("before", "old"), ("after", "new")


@dataclass(frozen=True)
class Opened:
    """An event with its body; `body` is None where its key was destroyed."""

    entry: Entry
    subject: uuid.UUID | None
    body: Mapping[str, Any] | None

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """What it changed, where the body says both what was before and after: name, old, new."""
        if not self._changed:
            return []
        before, after = (self._part(names) for names in (BEFORE, AFTER))
        return [(words(name), before.get(name), after.get(name)) for name in sorted(set(before) | set(after))]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The rest of the body, name by name, in words."""
        apart = {"rules", *self._changed}
        shown = {words(name): value for name, value in (self.body or {}).items() if name not in apart}
        return [(name, text_of(value)) for name, value in sorted(shown.items())]

    @property
    def raw(self) -> str:
        """Header and body as JSON, indented for reading."""
        header = {
            name: b64url(value) if isinstance(value, bytes) else value
            for name, value in self.entry.head._asdict().items()
        }
        return json.dumps({"header": header, "body": self.body}, indent=2, ensure_ascii=False)

    @property
    def _changed(self) -> tuple[str, ...]:
        """The names of both parts; a word like "before" alone may be anything, a place in a list for example."""
        found = [
            name for names in zip(BEFORE, AFTER, strict=True) if set(names) <= set(self.body or {}) for name in names
        ]
        return tuple(found)

    def _part(self, names: tuple[str, ...]) -> Mapping[str, Any]:
        body = self.body or {}
        found: Any = next((body[name] for name in names if name in body), {})
        return found if isinstance(found, dict) else {"": found}


def open_event(user: User, entry: Entry) -> Opened:
    """Log the reading under the event's own subject, then open its body; a destroyed key opens nothing."""
    whose = subjects.of_kid(entry.head.kid)
    subject = whose if isinstance(whose, uuid.UUID) else None
    under = log.append_read(
        "log.read",
        actor=actor_of(user),
        subject=subject,
        purpose="compliance",
        obj="event",
        cnt=1,
        body={"page": "event", "event": entry.id},
    )
    if whose is None:
        return Opened(entry, None, None)
    try:
        key = opening.event_keys(subject, [entry.id], under=under)[entry.id]
    except opening.NotOfSubject:
        return Opened(entry, subject, None)
    return Opened(entry, subject, opening.open_with(entry.id, key))


def leaf_of(event_id: int) -> str:
    """Give the hash of an event's entry, as the tree and the next event of its lane hold it (hexadecimal)."""
    from broker.audit import entry as entries

    header, ct = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event_id])[0]
    return entries.leaf_hash(entries.entry_bytes(header, ct)).hex()


def sentence(row: Row) -> str:
    """Say in one sentence what happened."""
    role = f" ({row.role})" if row.role else ""
    about = f", about {row.subject}" if row.subject not in ("–", "destroyed") else ""
    why = f", for {row.purpose.replace('_', ' ')}" if row.purpose else ""
    return f"{row.meaning}: by {row.who}{role}{about}{why}. {RESULTS[row.res]}{_counted(row.act, row.cnt)}"


def _counted(act: str, number: int) -> str:
    """Say what an act's number counts: records that somebody got to see, or lines of a list; else nothing."""
    if not number:
        return ""
    one = number == 1
    if act in DISCLOSING:
        return f" {number} record{' was' if one else 's were'} disclosed."
    if act in LISTING:
        return f" {number} line{' was' if one else 's were'} shown."
    return f" {number} entr{'y' if one else 'ies'} left with it." if act == "log.exported" else ""


def subject_of(event_id: int) -> uuid.UUID | None:
    """Give the subject of an event, None where it is about no single one or not known any more."""
    found = timeline.one(event_id)
    whose = subjects.of_kid(found.head.kid) if found else None
    return whose if isinstance(whose, uuid.UUID) else None


def text_of(value: Any) -> str:
    """Write a value of a body or of a rule's input for reading."""
    if isinstance(value, dict):
        return "; ".join(f"{words(str(name))}: {text_of(each)}" for name, each in sorted(value.items())) or "–"
    if isinstance(value, list):
        return ", ".join(text_of(each) for each in value) or "–"
    return {True: "yes", False: "no", None: "–"}[value] if value is None or isinstance(value, bool) else str(value)
