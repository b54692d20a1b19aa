"""The last verdict on the log, and the officer's acknowledgement of it: two files that only this installation marks."""

import hashlib
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from broker.audit import marked
from broker.audit.verdicts import MEANING
from broker.vault import VaultError

VERDICT, ACKNOWLEDGED = "verify-verdict/1", "verify-acknowledged/1"  # names of secrets

journal = logging.getLogger(__name__)


class Finding(NamedTuple):
    """What a verification of every body and name ended with."""

    at: datetime
    kind: str
    first_bad: int | None
    why: str = ""


class Verdict(NamedTuple):
    """The verdict of one verification: of what size and root, when, and what was wrong where."""

    ok: bool
    size: int
    root: str
    first_bad: int | None
    kind: str
    at: datetime
    full: bool
    bodies: Finding | None = None  # the last time that bodies and names were checked; None: never
    why: str = ""  # a sentence of what is wrong, where more is known than the kind
    told_us: int = 0  # the newest verdict that the log itself told then (microseconds)


class Acknowledgement(NamedTuple):
    """Which verdict an officer has seen, and the event that says so."""

    at: datetime
    kind: str
    first_bad: int | None
    size: int
    root: str
    event: int


def path() -> Path:
    """Where the last verdict on this database's log is kept; one on a copy has a place of its own."""
    return Path(settings.DATA_DIR) / "run" / f"verified-{_database()}.json"


def acknowledgement_path() -> Path:
    """Where the last acknowledgement is kept: readable without opening any event's body."""
    return path().with_name(f"acknowledged-{_database()}.json")


def _database() -> str:
    """Tell this database from another by its name and its log's origin; by whom it is reached does not matter."""
    name = str(connection.settings_dict["NAME"])
    place = str(Path(name).resolve()) if connection.vendor == "sqlite" else name
    return hashlib.sha256(f"{connection.vendor}\n{place}\n{settings.LOG_ORIGIN}".encode()).hexdigest()[:16]


def with_bodies(line: dict[str, Any], found: Finding | None) -> dict[str, Any]:
    """A verdict without keys beside the last one with keys.

    What is wrong with a body or a name is not healed by a verification that opens none: it stays until one does.
    """
    if line["ok"] and found is not None and found.kind != "ok":
        return {**line, "ok": False, "kind": found.kind, "first_bad": found.first_bad, "why": found.why}
    return line


def keep(
    line: dict[str, Any], *, at: datetime, full: bool, bodies: Finding | None = None, told_us: int | None = None
) -> None:
    """Keep a verdict in place of the one before; without `told_us` what is not given stays as that one had it."""
    before = last() if told_us is None else None
    found = bodies or (before.bodies if before else None)
    said = None if found is None else [found.at.isoformat(), found.kind, found.first_bad, found.why]
    told = told_us if told_us is not None else before.told_us if before else 0
    facts = {**with_bodies(line, found), "at": at.isoformat(), "full": full, "bodies": said, "told_us": told}
    text = json.dumps(facts)
    try:
        marked.save(path(), VERDICT, text)
    except (OSError, VaultError):
        journal.warning("the verdict could not be kept: the banner goes on showing the one before")


def last() -> Verdict | None:
    """The last verdict; None where there is none, or where the file is not as it was left."""
    found = _load(path(), VERDICT)
    try:
        return None if found is None else _verdict(found)
    except (KeyError, TypeError, ValueError):
        journal.warning("%s is malformed: the log counts as not verified", path().name)
        return None


def _verdict(found: dict[str, Any]) -> Verdict:
    bodies = found["bodies"]
    verdict = Verdict(
        ok=found["ok"] is True,
        size=int(found["size"]),
        root=str(found["root"]),
        first_bad=_place(found["first_bad"]),
        kind=_kind(found["kind"]),
        at=_moment(found["at"]),
        full=found["full"] is True,
        bodies=None if bodies is None else Finding(_moment(bodies[0]), _kind(bodies[1]), _place(bodies[2]), bodies[3]),
        why=str(found.get("why", "")),
        told_us=int(found["told_us"]),
    )
    if verdict.ok != (verdict.kind == "ok"):
        raise ValueError("says two things")
    return verdict


def acknowledge(verdict: Verdict, event: int) -> None:
    """Keep which verdict this event acknowledges. Raises OSError, `VaultError`."""
    facts = {
        "at": verdict.at.isoformat(),
        "kind": verdict.kind,
        "seq": verdict.first_bad,
        "size": verdict.size,
        "root": verdict.root,
        "event": event,
    }
    marked.save(acknowledgement_path(), ACKNOWLEDGED, json.dumps(facts))


def acknowledgement() -> Acknowledgement | None:
    """The last acknowledgement; None where there is none, or where the file is not as it was left."""
    found = _load(acknowledgement_path(), ACKNOWLEDGED)
    try:
        return None if found is None else Acknowledgement(
            at=_moment(found["at"]),
            kind=_kind(found["kind"]),
            first_bad=_place(found["seq"]),
            size=int(found["size"]),
            root=str(found["root"]),
            event=int(found["event"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _load(place: Path, secret: str) -> dict[str, Any] | None:
    try:
        found = json.loads(marked.load(place, secret))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, VaultError, RecursionError):
        journal.warning("%s was refused: it is not as it was left", place.name)
        return None
    return found if isinstance(found, dict) else None


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _kind(text: object) -> str:
    if text not in MEANING:
        raise ValueError("no kind of verdict")
    return str(text)


def _place(seq: object) -> int | None:
    if seq is None or isinstance(seq, int):
        return seq
    raise ValueError("no place")
