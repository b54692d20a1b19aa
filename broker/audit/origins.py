"""A new origin of the log after a declared loss: what can still be known of the old one stands in its first event.

The loss itself is a decision of two people; the caller brings it. Afterwards the old log is closed for ever: it stays
verifiable as far as it goes, and what had no place in its tree is named in the new one and never sealed again.
"""

import time
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction

from broker.audit import checkpoint, entry, lanes, log, store
from broker.audit.store import Origin
from broker.terms import Actor, EventRef

type Ranges = list[list[int]]


class CannotOpen(Exception):
    """The new log must not be opened, or not yet; the message says why."""


def open_new(*, actor: Actor, body: Mapping[str, object], last_note: str | None = None) -> EventRef:
    """Open the log that LOG_ORIGIN names, in the caller's transaction; its first event is `admin.log_opened`.

    `last_note` is the last checkpoint of the old log that is known anywhere (a witness, a mail); without it, or where
    the database has a larger one, the database's own newest counts. `body` names the decision. Raises `CannotOpen`.
    """
    old = store.origins()[-1]
    _demand_ready(old)
    newest = _last_known(old, last_note)
    missing = store.without_leaf(old.id)
    facts = {
        **body,
        "old": old.name,
        "note": None if newest is None else newest[1],
        "size": None if newest is None else newest[0],
        "placed": store.tree_size(old.id),
        "without_leaf": ranges(missing),
        "without_leaf_count": len(missing),
    }
    with transaction.atomic():
        log.reset()  # what this process remembers belongs to the old log
        store.add_origin(Origin(old.id + 1, settings.LOG_ORIGIN), time.time_ns() // 1000)
        try:
            return log.append_first("admin.log_opened", body=facts, actor=actor)
        except entry.EntryTooLarge:
            raise CannotOpen("more events without a place than one entry can name") from None


def ranges(ids: Iterable[int]) -> Ranges:
    """Write ascending ids as [first, last] of each run: a lane's events follow each other."""
    found: Ranges = []
    for each in ids:
        if found and found[-1][1] == each - 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found


def _demand_ready(old: Origin) -> None:
    if not entry.is_origin(settings.LOG_ORIGIN):
        raise CannotOpen("LOG_ORIGIN is not of the form <host>/audit/<id>")
    if settings.LOG_ORIGIN in [each.name for each in store.origins()]:
        raise CannotOpen("this log is open already; a new one has a new name in LOG_ORIGIN")
    if not store.verifier_keys():
        raise CannotOpen("the new log has no key yet: make_log_key makes it in a new SIGNER_DIR")
    if store.newest_note(old.id) is not None and not store.verifier_keys(old.name):
        raise CannotOpen("log.vkey does not hold the old log's keys: make_log_key --former takes them over")
    if any(lanes.is_here(lane.boot) and not lanes.is_dead(lane.boot) for lane in store.lanes_of(old.id)):
        raise CannotOpen("a process still writes into the old log: stop all of them first")


def _last_known(old: Origin, given: str | None) -> tuple[int, str] | None:
    """The largest checkpoint of the old log that one of its keys has signed: size and note."""
    published = store.newest_note(old.id)
    found = [] if published is None else [published.note]
    if given is not None:
        found.append(given)
    try:
        keys = store.verifier_keys(old.name)
        sizes = [(checkpoint.open_checkpoint(note, keys, origin=old.name).size, note) for note in found]
    except checkpoint.BadNote as wrong:
        raise CannotOpen(f"not a checkpoint of the old log: {wrong}") from None
    return max(sizes, default=None)
