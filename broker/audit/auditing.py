"""Verification of this database's log: what `verify_log`, the integrator and the console's banner rely on."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from broker.audit import (
    anchors,
    announced,
    cosignature,
    kept,
    log,
    older,
    opened,
    reading,
    store,
    told,
    verdict_file,
    verifier,
)
from broker.audit.encoding import b64
from broker.audit.readings import Wrong
from broker.terms import Actor

journal = logging.getLogger(__name__)
FULL_EVERY = timedelta(days=1)  # in between, a verification goes on from the one before
PUBLISHED_WITHIN = 1.0  # seconds from a signature to its row
UNSEEN = "WARNING: what the signer signed last could not be seen: a rollback{} would not show"

FOLLOWS = "{0} was declared lost before this log was opened; verify_log --origin {0} verifies it as far as it goes"

type Tick = Callable[[int], None]


def verify_database(
    *, incremental: bool = False, tick: Tick | None = None, opener: Actor | None = None
) -> verifier.Result:
    """Verify this database's log and remember the verdict for the banner.

    `incremental` goes on from the kept state of the last verification that held, and reads only what is new; without
    a usable state, where its last full verification is a day old, or where the last verdict was bad, everything is
    read: what is wrong with an old entry is not healed by reading the new ones. `tick` is told now and then
    how many places of the tree are done. With an `opener` every body is opened too, and aliases and anchors are
    compared with what the events say; that is logged before as this actor's reading. Needs a login that
    may read wrapped keys.
    """
    now = datetime.now(UTC)
    seen = kept.load(state_path(), settings.LOG_ORIGIN)
    known = 0 if seen is None else seen.progress.signed
    state = seen if incremental else None
    if state is not None and not (timedelta(0) <= now - state.full_at < FULL_EVERY and _was_good()):
        state = None
    found = replace(database_log(), signed_before=known)
    if before := store.origins()[:-1]:
        found = replace(found, remarks=(*found.remarks, FOLLOWS.format(before[-1].name)))
    if found.last_signed is None:
        where = f" behind size {known}" if known else ""
        found = replace(found, remarks=(*found.remarks, UNSEEN.format(where)))
    result = _with_announcements(
        verifier.verify(replace(found, tick=tick) if tick else found, state and state.progress)
    )
    bodies = None
    if opener is not None and result.ok:
        result, bodies = with_bodies(result, opener, tick)
    _keep(result, bodies, full=state is None)
    if result.progress is not None:
        kept.save(state_path(), settings.LOG_ORIGIN, result.progress, full_at=state.full_at if state else now)
    return result


def _keep(result: verifier.Result, bodies: verdict_file.Finding | None, *, full: bool) -> None:
    """Keep the verdict, and tell the log of it: each one with keys, and each that differs from the one before.

    A verification without keys takes nobody's place whose verdict is not there any more: what was wrong with a body
    stays wrong until one with keys has looked.
    """
    at, newest, before = datetime.now(UTC), told.newest(), verdict_file.last()
    if before is not None and before.told_us < newest.at_us:
        before = None  # an older file was put in its place
    known = bodies or (before.bodies if before else None)
    line = verdict_file.with_bodies(verdict_line(result), known)
    if bodies is None and before is None and not newest.ok and line["ok"]:
        journal.warning("the verdict before this one is gone; verify with keys")
        return
    line = {"why": bodies.why if bodies else "", **line}
    was = (before.kind, before.first_bad) if before else ("ok", None)
    told_us = newest.at_us
    if bodies is not None or (line["kind"], line["first_bad"]) != was:
        facts = {name: line[name] for name in ("kind", "first_bad", "size", "root")}
        told_us = max(told_us, told.tell(facts, ok=line["ok"], at=at, keys_used=bodies is not None, size=result.size))
    verdict_file.keep(line, at=at, full=full, bodies=known, told_us=told_us)


def _was_good() -> bool:
    """Say whether nothing was wrong at the last verification, by its file and by what the log tells of it."""
    last = verdict_file.last()
    return (last is None or last.ok) and told.newest().ok


def bodies_are_due(now: datetime) -> bool:
    """Say whether bodies and names were not checked for a day, or did not fit."""
    last = verdict_file.last()
    return last is None or last.bodies is None or last.bodies.kind != "ok" or now - last.bodies.at >= FULL_EVERY


def with_bodies(
    result: verifier.Result, opener: Actor, tick: Tick | None
) -> tuple[verifier.Result, verdict_file.Finding]:
    """Open every body; that this is done is logged before."""
    log.append_read(
        "log.verified",
        actor=opener,
        subject=None,
        purpose="verification",
        obj="log",
        body={"opened": "every body"},
    )
    now = datetime.now(UTC)
    try:
        number = opened.check(tick or (lambda _done: None))
    except Wrong as wrong:
        notes = (*result.notes, wrong.why) if wrong.why else result.notes
        found = result._replace(ok=False, kind=wrong.kind, first_bad=wrong.seq, notes=notes)
        return found, verdict_file.Finding(now, wrong.kind, wrong.seq, wrong.why)
    note = f"{number} bodies opened; the aliases are what their events say"
    return result._replace(notes=(*result.notes, note)), verdict_file.Finding(now, "ok", None)


def _with_announcements(result: verifier.Result) -> verifier.Result:
    """Demand that no key has signed before the log itself had announced it; asked where a key was ever rotated."""
    if not result.ok or len(store.verifier_keys()) < 2:
        return result
    origin = log.origin_id()
    size = announced.unannounced(store.notes(origin), store.places(origin, "admin.log_key"), settings.LOG_ORIGIN)
    if size is None:
        return result
    why = f"checkpoint {size} bears a key that the log had not announced before"
    return result._replace(ok=False, kind="signature", notes=(*result.notes, why), progress=None)


def database_log(*, copy: bool = False) -> verifier.Log:
    """This database's log, as the verifier reads it: everything up to its size of this moment.

    In a `copy` the minute within which each event gets its place is long over, and no signer is asked.
    """
    number = log.origin_id()
    origin = _origin(number, settings.LOG_ORIGIN)
    last, tables = None if copy else older.last_signed(), reading.Tables(reading.database_rows, origin)
    end = time.monotonic() + PUBLISHED_WITHIN
    while last is not None and last.size > tables.published and time.monotonic() < end:
        time.sleep(0.05)  # signed just now: its row is on the way
        tables = reading.Tables(reading.database_rows, origin)
    clock = None if copy else _database_clock
    return tables.log(clock_us=clock, last_signed=last, anchors=lambda size: _anchors(origin.id, size))


def _origin(number: int, name: str) -> reading.Origin:
    others = [key for each in store.origins() if each.name != name for key in store.verifier_keys(each.name)]
    return reading.Origin(number, name, store.verifier_keys(name), *store.lane_range(number), neighbours=others)


def verify_lost(name: str) -> verifier.Result:
    """Verify a log of this database that was declared lost, as far as it goes. Raises LookupError: no such log.

    Its events without a place are named in the first event of the log that followed, and are not judged here.
    """
    number = next((each.id for each in store.origins()[:-1] if each.name == name), None)
    if number is None:
        raise LookupError(name)
    origin = _origin(number, name)
    lost = reading.Tables(reading.database_rows, origin).log(clock_us=None)
    found = verifier.verify(replace(lost, waiting=lambda: iter(())))
    return found._replace(notes=(*found.notes, f"{name} was declared lost; it ends here"), progress=None)


def _database_clock() -> int:
    if connection.vendor == "postgresql":
        return int(store.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")[0][0])
    return time.time_ns() // 1000


_ANCHORS = """SELECT a.id, a.size, a.kind, a.proof, c.note FROM audit_anchor a
    LEFT JOIN audit_checkpoint c ON c.origin = a.origin AND c.size = a.size
    WHERE a.origin = %s AND a.size >= %s AND a.id > %s ORDER BY a.id LIMIT %s"""


def _anchors(origin: int, begin: int) -> Iterator[verifier.AnchorCheck]:
    """Each stored anchor, checked with the configured witnesses and authorities; those of unknown ones are listed."""
    known, at = _witnesses(), 0
    while rows := reading.database_rows(_ANCHORS, [origin, begin, at, reading.STEP]):
        for _, size, kind, proof, note in rows:
            yield verifier.AnchorCheck(size, kind, *_judge(kind, bytes(proof), note, known))
        at = rows[-1][0]


def _witnesses() -> set[tuple[str, int]]:
    policy = anchors.policy()
    return {(each.name, each.key_id) for each in policy.witnesses.values()} if policy else set()


def _judge(kind: str, proof: bytes, note: str | None, known: set[tuple[str, int]]) -> tuple[str, str]:
    """What is wrong with this anchor, and why it could not be judged."""
    if note is None:
        return "its checkpoint is gone", ""
    try:
        if kind == "witness" and cosignature.whose(proof.decode()) not in known:
            return "", "a witness that is not configured"
        if kind == "tsa" and not anchors.timestamp_roots():
            return "", "no timestamp authority is configured"
        if kind == "file":
            return "", "handed over as a file"
        anchors.check(kind, proof, note)
    except ValueError as bad:
        return str(bad) or "malformed", ""
    return "", ""


def verdict_line(result: verifier.Result) -> dict[str, Any]:
    """The last line of `verify_log`."""
    return {
        "ok": result.ok,
        "size": result.size,
        "root": b64(result.root),
        "first_bad": result.first_bad,
        "kind": result.kind,
    }


def state_path() -> Path:
    """Where the state is kept from which an incremental verification goes on."""
    return verdict_file.path().with_suffix(".state")
