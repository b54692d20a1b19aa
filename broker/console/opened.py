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
from broker.console.officers import actor_of
from broker.console.rows import Row
from broker.parties.models import User

RESULTS = {"ok": "It was done.", "denied": "It was refused.", "error": "It failed."}
BEFORE, AFTER = ("before", "old"), ("after", "new")


@dataclass(frozen=True)
class Opened:
    """An event with its body; `body` is None where its key was destroyed."""

    entry: Entry
    subject: uuid.UUID | None
    body: Mapping[str, Any] | None

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """What it changed, where the body says what was before and after: name, old, new."""
        before, after = (self._part(names) for names in (BEFORE, AFTER))
        return [(name, before.get(name), after.get(name)) for name in sorted(set(before) | set(after))]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The rest of the body, name by name."""
        shown = {name: value for name, value in (self.body or {}).items() if name not in (*BEFORE, *AFTER, "rules")}
        return [(name, text_of(value)) for name, value in sorted(shown.items())]

    @property
    def raw(self) -> str:
        """Header and body as JSON, indented for reading."""
        header = {
            name: b64url(value) if isinstance(value, bytes) else value
            for name, value in self.entry.head._asdict().items()
        }
        return json.dumps({"header": header, "body": self.body}, indent=2, ensure_ascii=False)

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
    count = f" {row.cnt} records were disclosed." if row.cnt else ""
    return f"{row.meaning}: by {row.who}{role}{about}{why}. {RESULTS[row.res]}{count}"


def subject_of(event_id: int) -> uuid.UUID | None:
    """Give the subject of an event, None where it is about no single one or not known any more."""
    found = timeline.one(event_id)
    whose = subjects.of_kid(found.head.kid) if found else None
    return whose if isinstance(whose, uuid.UUID) else None


def text_of(value: Any) -> str:
    """Write a value of a body or of a rule's input for reading."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text_of(each)}" for name, each in sorted(value.items())) or "–"
    if isinstance(value, list):
        return ", ".join(text_of(each) for each in value) or "–"
    return {True: "yes", False: "no", None: "–"}[value] if value is None or isinstance(value, bool) else str(value)
