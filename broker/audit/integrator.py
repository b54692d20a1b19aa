"""Merges the lanes into the tree: check, append, commit, have it signed, publish."""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from broker.audit import (
    checkpoint,
    delay,
    keys,
    lanes,
    log,
    merkle,
    quarantine,
    signer,
    skew,
    store,
    strays,
    tail,
    tiles,
)
from broker.audit.chain import Chain
from broker.audit.encoding import b64
from broker.audit.entry import Invalid
from broker.audit.intake import Intake, Row, Taken

BATCH = {"sqlite": 2048, "postgresql": 5000}  # at SQLite's one write lock a turn of some tens of milliseconds
DEATH_CHECK = 5.0  # seconds between looks for lanes whose process died
STRAYS_CHECK = 60.0  # seconds between looks for events that belong to no lane
SKEW_AGAIN = 3600.0  # seconds until a clock that is still wrong is told again

type Asker = Callable[[signer.Message], signer.Message]

journal = logging.getLogger(__name__)


class Diverged(Exception):
    """The signer knows a longer or another history: a restore or a rollback, which a person must declare."""


class AlreadyRunning(Exception):
    """Another integrator has the lock."""


def ask_signer(request: signer.Message) -> signer.Message:
    """Ask the signer at the configured socket."""
    return signer.ask(Path(settings.SIGNER_SOCKET), request)


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the integrator's lock (a file, and on PostgreSQL an advisory lock), or raise `AlreadyRunning`."""
    folder = Path(settings.DATA_DIR) / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(folder / "integrator.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        if connection.vendor == "postgresql" and not store.try_advisory_lock():
            raise AlreadyRunning
        try:
            yield
        finally:
            if connection.vendor == "postgresql":
                store.advisory_unlock()
    finally:
        os.close(fd)


class Integrator:
    """One runner; everything it remembers can be read again from the database."""

    def __init__(self, ask: Asker = ask_signer) -> None:
        self._ask = ask
        self._forget()
        self._looked = self._looked_for_strays = 0.0
        self._strayed = False
        self._skewed: tuple[int, skew.Skew] | None = None  # the first event whose time cannot be right, to be told
        self._skew_told = float("-inf")
        self._signed: int | None = None  # the size up to which the signer is known to be in step
        self._dying: dict[bytes, int] = {}
        self._unsigned = delay.Watch(delay.MERGE_DELAY_US)

    def _forget(self) -> None:
        self._tree: tiles.TileTree | None = None
        self._chains: dict[int, Chain] = {}
        self._intake = Intake(settings.LOG_ORIGIN, keys.lane_secret)
        self._bad: set[int] = set()
        self._alarmed = False
        self._published: tuple[int, int] | None = None  # size and time of the newest checkpoint of this run

    # --- lanes into the tree

    def integrate(self) -> int:
        """Take one batch of waiting events into the tree; return how many."""
        try:
            return self._integrate()
        except BaseException:
            self._forget()
            raise

    def integrate_for(self, seconds: float) -> bool:
        """Take full batches for about so long; say whether the last one was still full."""
        end = time.monotonic() + seconds
        while self.integrate() >= BATCH[connection.vendor]:
            if time.monotonic() > end:
                return True
        return False

    def _integrate(self) -> int:
        if self._tree is None:
            self._load()
        waiting = [lane for lane in store.waiting_lanes(log.origin_id()) if lane.id not in self._bad]
        if not waiting:
            return 0
        alarms: list[tuple[int, int, str]] = []
        taken: list[Taken] = []
        while waiting and (room := BATCH[connection.vendor] - len(taken)):
            more = []
            for turn, lane in enumerate(waiting):
                # Equal shares, so that a busy lane delays no other; what one leaves over is for the others.
                share = -(-room // (len(waiting) - turn))
                before = len(taken)
                trouble = self._take(lane, share, taken) if share else None
                if trouble is not None:
                    alarms.append((lane.id, self._chains[lane.id].n, trouble))
                elif share and len(taken) - before == share:
                    more.append(lane)
                room -= len(taken) - before
            waiting = more
        if taken:
            self._write(taken)
        for number, last, trouble in alarms:
            self._bad.add(number)
            quarantine.leave({number})  # should it be our own: its alarm stands where it is integrated
            journal.critical("lane %d is bad after %d: %s", number, last, trouble)
            log.append_tail("alarm.lane", lane=number, last=last, body={"kind": trouble})
        return len(taken)

    def _load(self) -> None:
        origin = log.origin_id()
        newest = store.newest_note(origin)
        changed = tail.altered(origin, 0 if newest is None else newest.size)
        if changed is not None:
            found = Diverged(f"entry {changed} was changed before it was signed")
            self._tell(found)
            raise found
        self._tree = store.load_tree(origin)
        self._bad = set(quarantine.alarms(origin))
        self._alarmed = delay.is_alarmed(origin)
        ended = {head.tw for act in ("lane.close", "lane.dead") for head in store.headers_by_act(act, origin)}
        for lane, n in store.cursors(origin).items():
            # Of an ended lane only this is asked: that nothing follows.
            self._chains[lane] = Chain(n=n, ended=True) if lane in ended else store.load_chain(lane, n)

    def _take(self, lane: store.Lane, most: int, taken: list[Taken]) -> str | None:
        """Check the lane's next events; return what is wrong with the first bad one. Events never change, so this is
        done before the turn to write is asked for."""
        assert self._tree is not None
        chain = self._chains.setdefault(lane.id, Chain())
        first, before_us = len(taken), chain.ts
        for row in map(Row._make, store.next_events(lane.id, chain.n, most)):
            try:
                good = self._intake.take(row, lane.id, lane.mac_key, chain, self._tree.size + len(taken))
            except Invalid as wrong:
                return wrong.kind
            taken.append(good)
            if good.dead is not None:
                self._chains.setdefault(good.dead, Chain()).ended = True
        if len(taken) > first:
            self._compare_clocks(chain, before_us, taken[first:])
        return None

    def _compare_clocks(self, chain: Chain, before_us: int, taken: Sequence[Taken]) -> None:
        signed = self._published
        found = skew.in_lane(before_us, [each.good.ts for each in taken]) or skew.of_last(
            chain.ts,
            now_us=time.time_ns() // 1000,
            seen_signed_us=signed[1] if signed is not None and chain.cp >= signed[0] else None,
        )
        if found is not None and self._skewed is None:
            self._skewed = (taken[-1].good.event_id, found)

    def _write(self, taken: Sequence[Taken]) -> None:
        assert self._tree is not None
        origin, first = log.origin_id(), self._tree.size
        self._tree.extend(b"".join([each.leaf for each in taken]))
        good = [each.good for each in taken]
        reached = {each.event_id >> 32: each.event_id & 0xFFFFFFFF for each in good}
        with transaction.atomic():
            store.add_leaves(origin, first, [each.event_id for each in good])
            store.add_index(good)
            store.save_tiles(origin, self._tree.take_changed())
            store.save_cursors(origin, reached)

    # --- lanes whose process died

    def bury(self, *, now: float, at_once: bool = False) -> int:
        """End the lanes of dead processes once all their events are in the tree; return how many."""
        if now - self._looked < DEATH_CHECK and not at_once:
            return 0
        self._looked = now
        return sum(self._bury_one(lane) for lane in self._open_lanes())

    def _open_lanes(self) -> list[store.Lane]:
        own = lanes.pool().boot
        return [
            lane
            for lane in store.lanes_of(log.origin_id())
            if lane.boot != own and lane.id not in self._bad and not self._chains.get(lane.id, Chain()).ended
        ]

    def open_elsewhere(self) -> int:
        """How many lanes of living other processes are not yet closed."""
        return sum(not lanes.is_dead(lane.boot) and lanes.is_here(lane.boot) for lane in self._open_lanes())

    def _bury_one(self, lane: store.Lane) -> bool:
        if not lanes.is_dead(lane.boot):
            return False
        # A commit may still be on its way to PostgreSQL: wait until every transaction of that moment is over.
        since = self._dying.setdefault(lane.boot, store.horizon())
        chain = self._chains.get(lane.id)
        if not store.all_over(since) or chain is None or store.next_events(lane.id, chain.n, 1):
            return False
        log.append_tail("lane.dead", lane=lane.id, last=chain.n, body={})
        chain.ended = True
        if all(other.boot != lane.boot for other in self._open_lanes()):
            lanes.forget(lane.boot)
        return True

    # --- what nobody of ours has written

    def look_for_strays(self, *, now: float, at_once: bool = False) -> bool:
        """Log once that an event stands in a lane that nobody has opened; return whether that was logged now."""
        if self._strayed or (now - self._looked_for_strays < STRAYS_CHECK and not at_once):
            return False
        self._looked_for_strays = now
        event = strays.event_in_no_lane(store.rows)
        if event is None:
            return False
        self._strayed = True  # verify_log fails from now on; one alarm says why
        if any(head.obj == "lane" for head in quarantine.events_of(log.origin_id(), "alarm.log")):
            return False
        facts = {"why": "an event stands in a lane that nobody has opened", "event": event}
        journal.critical("event %d stands in a lane that nobody has opened", event)
        log.append("alarm.log", actor=log.WRITER, subject=None, body=facts, obj="lane", res="error")
        return True

    # --- clocks

    def tell_skew(self, *, now: float) -> bool:
        """Log once an hour at most that a clock behind the log is wrong; return whether that was logged now."""
        if self._skewed is None or now - self._skew_told < SKEW_AGAIN:
            return False
        (event, found), self._skewed, self._skew_told = self._skewed, None, now
        facts = {"why": found.kind, "by_s": found.by_us // 10**6, "event": event}
        journal.critical("the time of event %d cannot be right: %s by %d s", event, found.kind, facts["by_s"])
        log.append("alarm.clock", actor=log.WRITER, subject=None, body=facts, obj="event", res="error")
        return True

    # --- the maximum merge delay

    def watch(self, *, now_us: int) -> bool:
        """Log once when events begin to wait too long for their signature, and once when they no longer do.

        Called before signing: a delay that a restart ends was one all the same. Returns whether something was logged.
        """
        if self._tree is None:
            self._load()
        late = self._unsigned.is_over(log.origin_id(), now_us)
        if late == self._alarmed:
            return False
        oldest = delay.oldest_unsigned(log.origin_id()) if late else None
        facts = {
            "state": "late" if late else "in_time",
            "waited_s": None if oldest is None else (now_us - oldest) // 10**6,
        }
        journal.log(logging.CRITICAL if late else logging.INFO, "the log is signed %s", "late" if late else "in time")
        log.append(
            "alarm.delay", actor=log.WRITER, subject=None, body=facts, obj="checkpoint", res="error" if late else "ok"
        )
        self._alarmed = late
        return True

    # --- signing

    def sign(self) -> int:
        """Have the tree signed and publish the note; return the newest published size. OSError: no signer.

        Raises `Diverged`, once logged as `alarm.log`, where signer and database tell two histories.
        """
        try:
            return self._sign()
        except Diverged as found:
            self._tell(found)
            raise

    def _tell(self, found: Diverged) -> None:
        """Log that two histories were seen, unless that is known and nothing has been signed since."""
        journal.critical("the log has two histories: %s", found)
        origin = log.origin_id()
        newest = store.newest_note(origin)
        if not quarantine.events_since(origin, "alarm.log", 0 if newest is None else newest.size):
            facts = {"why": str(found), "signed": None if newest is None else newest.size}
            log.append("alarm.log", actor=log.WRITER, subject=None, body=facts, obj="checkpoint", res="error")

    def _sign(self) -> int:
        if self._tree is None:
            self._load()
        assert self._tree is not None
        origin, tree = log.origin_id(), self._tree
        newest = store.newest_note(origin)
        if newest is None or self._signed != newest.size:
            # Also where nothing is to be signed: an older copy that was put back must not look well until it grows.
            newest = self._catch_up(origin, tree.size, newest)
            self._signed = newest.size
        if newest.size < tree.size:
            proof = merkle.consistency_proof(newest.size, tree.size, self._reader(origin))
            request: signer.Message = {
                "size": tree.size,
                "root": b64(tree.root()),
                "proof": [b64(each) for each in proof],
                "note": newest.note,
            }
            self._publish(origin, self._ask(request), tree.size, tree.root())
        return tree.size

    def _catch_up(self, origin: int, size: int, newest: store.Published | None) -> store.Published:
        """Publish what the signer signed last if that was lost on the way; refuse a signer that is ahead of us."""
        reply = self._ask({"get": 1})
        last = self._opened(reply)
        if last.size > size or (newest is not None and last.size < newest.size):
            raise Diverged("the signer's lock file and the database tell different histories")
        if last.root != merkle.root_at(last.size, self._reader(origin)):
            raise Diverged("the signer has signed another tree of this size")
        if newest is None or last.size > newest.size:
            return self._publish(origin, reply, last.size, last.root)
        return newest

    def _reader(self, origin: int) -> merkle.NodeReader:
        return tiles.reader(lambda level, index: store.read_tile(origin, level, index))

    def _opened(self, reply: signer.Message) -> checkpoint.Checkpoint:
        note = reply.get("note")
        if not isinstance(note, str):
            raise Diverged(f"the signer refused: {reply.get('error')}")
        try:
            return checkpoint.open_checkpoint(note, store.verifier_keys(), origin=settings.LOG_ORIGIN)
        except checkpoint.BadNote:
            raise Diverged("the signer's note is not by a key of this log") from None

    def _publish(self, origin: int, reply: signer.Message, size: int, root: bytes) -> store.Published:
        if self._opened(reply)[1:] != (size, root):
            raise Diverged("the signer signed something else")
        published = store.Published(size, str(reply["note"]))
        with transaction.atomic():
            store.add_checkpoint(origin, published, now_us := time.time_ns() // 1000)
        self._signed, self._published = size, (size, now_us)
        if self._alarmed:
            self._unsigned.look_again()
        return published


def drain(runner: Integrator) -> int:
    """Integrate all that waits, with what the integrator itself adds, and have it signed; return the signed size."""
    runner.watch(now_us=time.time_ns() // 1000)
    runner.look_for_strays(now=time.monotonic(), at_once=True)
    size = _drain(runner)
    return _drain(runner) if runner.watch(now_us=time.time_ns() // 1000) else size


def _drain(runner: Integrator) -> int:
    for _ in range(5):  # where others go on writing there is no end to wait for
        runner.integrate_for(float("inf"))
        if not runner.bury(now=time.monotonic(), at_once=True) and not runner.integrate():
            break
    return runner.sign()
