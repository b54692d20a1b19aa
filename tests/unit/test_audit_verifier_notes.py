"""What the verifier demands of checkpoints, and of a log that it goes on with; which of two it says is wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from broker.audit import checkpoint, entry, merkle, progress, verifier
from broker.audit.chain import read_entry
from broker.audit.checkpoint import Checkpoint
from tests.memory_log import DEK, ORIGIN, SIGNER, Fake, filled


@pytest.fixture
def log() -> Fake:
    """300 events in two lanes, checkpoints at 0, 100, 200 and 300."""
    return filled()


def said(log: Fake, **facts: Any) -> tuple[str, int | None]:
    result = verifier.verify(replace(log.log(), **facts))
    return result.kind, result.first_bad


def note(size: int, root: bytes) -> str:
    return checkpoint.sign(Checkpoint(ORIGIN, size, root).body(), [SIGNER])


# --- checkpoints -----------------------------------------------------------------------------------------------------


def test_checkpoints_grow_and_stand_where_their_rows_say(log: Fake) -> None:
    honest = list(log.notes)
    for wrong in (
        [honest[0], (150, honest[1][1]), *honest[2:]],
        [honest[0], (99, honest[1][1]), *honest[2:]],
        [*honest, honest[3]],
        [honest[0], honest[2], honest[1], honest[3]],
    ):
        log.notes = wrong
        assert said(log) == ("consistency", None)


def test_what_the_signer_remembers_is_the_newest_checkpoint(log: Fake) -> None:
    root = log.tree.root()
    for last, kind in (
        (None, "ok"),
        (Checkpoint(ORIGIN, 300, root), "ok"),
        (Checkpoint(ORIGIN, 200, bytes(32)), "ok"),  # the lock file of an older copy says nothing of what is new
        (Checkpoint(ORIGIN, 300, bytes(32)), "consistency"),
        (Checkpoint(ORIGIN, 301, root), "rollback"),
        (Checkpoint("other.localhost/audit/x", 300, root), "origin"),
    ):
        assert said(log, last_signed=last) == (kind, None)


@pytest.mark.parametrize(("size", "kind"), [(0, "ok"), (1, "rollback")])
def test_without_any_checkpoint_the_signer_may_have_signed_nothing_at_all(size: int, kind: str) -> None:
    log = Fake()
    assert said(log, last_signed=Checkpoint(ORIGIN, size, merkle.EMPTY_ROOT)) == (kind, None)
    assert said(log, signed_before=size) == (kind, None)


@pytest.mark.parametrize(("before", "kind"), [(0, "ok"), (299, "ok"), (300, "ok"), (301, "rollback")])
def test_what_was_signed_once_is_signed_now(log: Fake, before: int, kind: str) -> None:
    assert said(log, signed_before=before) == (kind, None)


def test_the_verdict_says_what_was_signed_and_how_much_was_read(log: Fake) -> None:
    result = verifier.verify(log.log())
    assert (result.ok, result.size, result.root, result.leaves) == (True, 300, log.tree.root(), 300)
    assert result.progress is not None
    assert (result.progress.signed, result.progress.tree.size) == (300, 300)
    log.add(1)
    beyond = verifier.verify(log.log())
    assert (beyond.ok, beyond.size, beyond.leaves) == (True, 300, 301)
    log.leaves[77] = log.leaves[77]._replace(header=None)
    broken = verifier.verify(log.log())
    assert (broken.ok, broken.first_bad, broken.leaves, broken.progress) == (False, 77, 77, None)
    empty = verifier.verify(Fake().log())
    assert (empty.ok, empty.size, empty.root, empty.leaves) == (True, 0, merkle.EMPTY_ROOT, 0)


@pytest.mark.parametrize(("size", "place"), [(256, 255), (100, 99), (1, 0), (257, 256), (300, 299)])
def test_a_signed_root_is_compared_at_its_size(size: int, place: int) -> None:
    log = filled(size, every=1000)
    log.publish()
    assert said(log) == ("ok", None)
    log.notes[-1] = (size, note(size, bytes(32)))
    assert said(log, last_signed=None) == ("root", place)


def test_a_checkpoint_of_more_than_there_is_misses_leaves(log: Fake) -> None:
    log.notes.append((400, note(400, bytes(32))))
    assert said(log) == ("missing_leaf", 300)
    empty = Fake()
    empty.notes = [(5, note(5, bytes(32)))]
    assert said(empty) == ("rollback", 0)


def test_an_event_has_seen_a_checkpoint_that_was_signed(log: Fake) -> None:
    log.notes.pop(1)
    assert said(log) == ("consistency", 100)  # the first that names the checkpoint of 100
    other = filled()
    other.add(1, cp=100)
    assert said(other) == ("header", 300)  # its lane had seen a newer one
    other = filled(150, every=100)
    other.add(1, cp=140)
    assert said(other) == ("consistency", 150)


# --- going on --------------------------------------------------------------------------------------------------------


def kept(log: Fake) -> progress.Progress:
    state = verifier.verify(log.log()).progress
    assert state is not None
    return progress.load(state.dump(ORIGIN), ORIGIN)


def gone_on(log: Fake, state: progress.Progress, **facts: Any) -> tuple[str, int | None]:
    result = verifier.verify(replace(log.log(), **facts), state)
    return result.kind, result.first_bad


def test_what_is_gone_on_with_is_as_long_as_it_was(log: Fake) -> None:
    assert gone_on(log, kept(log), size=300) == ("ok", None)
    assert gone_on(log, kept(log), size=301) == ("ok", None)
    assert gone_on(log, kept(log), size=299) == ("missing_leaf", 299)


def test_what_is_gone_on_with_still_has_its_edge_and_its_newest_checkpoint(log: Fake) -> None:
    state = log.log(), kept(log)
    assert verifier.verify(*state).ok
    for key in ((0, 1), (1, 0)):
        state_now, whole = kept(log), log.stored[key]
        log.stored[key] = bytes(32) + whole[32:]
        assert gone_on(log, state_now) == ("tile", 299)
        log.stored[key] = whole
    state_now = kept(log)
    log.notes.pop()
    assert gone_on(log, state_now, last_signed=None) == ("rollback", None)
    log.publish()
    state_now = kept(log)
    log.notes.pop()
    log.add(1)
    log.publish()
    assert gone_on(log, state_now) == ("rollback", None)  # another took its place


def test_an_event_that_comes_later_may_name_an_old_checkpoint(log: Fake) -> None:
    state = kept(log)
    log.add(3, cp=150)  # whether that was signed was looked at then
    assert gone_on(log, state) == ("ok", None)


def test_events_beyond_the_newest_checkpoint_are_gone_on_with(log: Fake) -> None:
    log.add(1)
    state = kept(log)
    assert (state.signed, state.tree.size) == (300, 301)
    log.add(2)
    log.publish()
    assert gone_on(log, state) == ("ok", None)


# --- which of two is wrong -------------------------------------------------------------------------------------------


def spoil(log: Fake, seq: int) -> None:
    ct = log.leaves[seq].ct
    assert ct is not None
    log.leaves[seq] = log.leaves[seq]._replace(ct=ct[:-1] + bytes([ct[-1] ^ 1]))


@pytest.mark.parametrize("seq", [0, 42, 255, 256, 270, 299])
def test_an_entry_lies_where_its_tile_agrees_with_what_stands_above(log: Fake, seq: int) -> None:
    spoil(log, seq)
    assert said(log) == ("entry", seq)


def lose(*key: int) -> Callable[[Fake], None]:
    return lambda log: log.stored.pop((key[0], key[1])) and None


def cut(index: int, hashes: int) -> Callable[[Fake], None]:
    return lambda log: log.stored.update({(0, index): log.stored[0, index][: hashes * 32]})


@pytest.mark.parametrize(
    ("seq", "damage"),
    [(42, lose(1, 0)), (42, cut(0, 42)), (270, cut(1, 14)), (270, cut(1, 20)), (270, lose(1, 0)), (270, lose(0, 1))],
)
def test_a_tile_lies_where_nothing_above_agrees_with_it(log: Fake, seq: int, damage: Callable[[Fake], None]) -> None:
    spoil(log, seq)
    damage(log)
    found = verifier.verify(log.log())
    assert found.kind == "tile"


# --- lanes, groups and clocks ----------------------------------------------------------------------------------------


def test_a_clock_that_went_back_is_told_and_counts_in_its_lane_alone(log: Fake) -> None:
    ts = log.leaves[-1].ts
    assert ts is not None
    log.add(1, ts=ts)
    assert verifier.verify(log.log()).notes == ()
    log.add(1, ts=ts - 1)
    log.add(3, ts=1)
    result = verifier.verify(log.log())
    assert (result.ok, result.notes) == (True, ("the clock went back 1 times within a lane",))


def test_a_bad_lane_ends_where_the_alarm_says(log: Fake) -> None:
    log.add(3, act="alarm.lane", tw=2, tn=149)
    log.add(3, act="alarm.ack", tw=2, tn=149)
    assert said(log) == ("lane_gap", 300)
    other = filled()
    other.add(3, act="alarm.lane", tw=9, tn=5)  # a lane that has nothing in the tree
    other.add(3, act="alarm.ack", tw=9, tn=5)
    assert said(other) == ("ok", None)


def test_a_lane_ends_once(log: Fake) -> None:
    log.add(3, act="lane.dead", tw=2, tn=150)
    log.add(3, act="lane.dead", tw=2, tn=150)
    assert said(log) == ("lane_gap", 301)
    other = filled()
    other.add(3, act="lane.dead", tw=2, tn=149)
    assert said(other) == ("lane_gap", 300)


def test_an_alarm_is_answered_and_an_anchor_is_told_whatever_the_order(log: Fake) -> None:
    log.add(3, act="log.anchored", cnt=2)
    log.add(3, act="log.anchored", cnt=1)
    assert said(log, anchor_count=1) == ("columns", 300)
    assert said(log, anchor_count=2) == ("ok", None)


# --- what waits ------------------------------------------------------------------------------------------------------


def test_what_waits_in_a_bad_lane_is_left_outside(log: Fake) -> None:
    log.add(3, act="alarm.lane", tw=2, tn=150)
    log.add(3, act="alarm.ack", tw=2, tn=150)
    log.wait(2, 10**12)
    assert said(log) == ("ok", None)
    log.wait(1, 10**12)
    assert said(log) == ("missing_leaf", None)


def test_what_waits_is_of_an_open_lane_that_somebody_has_opened(log: Fake) -> None:
    log.wait(1, 0)
    log.wait(1, 0)
    assert said(log) == ("ok", None)
    assert said(log, lanes=None) == ("ok", None)
    log.lanes.discard(1)
    log.leaves.clear()
    new = Fake()
    new.publish()
    new.wait(7, 0)
    assert said(new) == ("columns", None)
    assert said(new, lanes=frozenset({7})) == ("ok", None)


@pytest.mark.parametrize(
    ("age_us", "kind"),
    [(60_000_000, "ok"), (60_000_001, "missing_leaf"), (-300_000_000, "ok"), (-300_000_001, "header")],
)
def test_what_waits_is_a_minute_old_at_most_and_five_ahead(log: Fake, age_us: int, kind: str) -> None:
    log.wait(1, age_us)
    assert said(log) == (kind, None)


def test_nothing_waits_behind_the_end_of_its_lane(log: Fake) -> None:
    log.add(3, act="lane.dead", tw=2, tn=150)
    log.wait(2, 0)
    assert said(log) == ("lane_gap", None)


def test_what_waits_is_compared_with_its_columns(log: Fake) -> None:
    log.wait(1, 0)
    (good,) = log.waiting
    for wrong in (good._replace(kid=bytes(16)), good._replace(act=good.act + 1)):
        log.waiting = [wrong]
        assert said(log) == ("columns", None)
    log.waiting = [good._replace(ct=good.ct[:-1])]
    assert said(log) == ("entry", None)


def test_each_full_tile_is_told_as_it_is_done() -> None:
    log = filled(520, every=100)
    ticks: list[int] = []
    assert said(log, tick=ticks.append) == ("ok", None)
    assert ticks == [256, 512]


def test_ordinary_events_are_read_quickly_and_only_others_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a log of millions takes hours; what is read in either way comes to the same."""
    log = filled()
    log.add(1, grp=b"g" * 16, cnt=1)
    log.add(1, grp=b"g" * 16)
    log.publish()
    log.add(2, ts=5, cp=302)
    log.add(2, act="key.shred", tk=b"t" * 16)
    log.add(2)
    strictly: list[int] = []

    def counted(header: bytes, ct: bytes) -> tuple[entry.Header, bytes]:
        head, leaf = read_entry(header, ct)
        strictly.append(head.event_id)
        return head, leaf

    monkeypatch.setattr(verifier, "read_entry", counted)
    assert said(log) == ("ok", None)
    firsts = [entry.event_id(lane, 1) for lane in (1, 2)]
    assert strictly == [*firsts, log.leaves[303].event_id]


def test_the_first_events_of_lanes_share_no_key_commitment_either(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Fake()
    monkeypatch.setattr(log, "seal", lambda head: entry.seal(head, {}, dek=DEK, salt=bytes(16)))
    log.add(1)
    assert said(log) == ("ok", None)
    log.add(2)
    assert said(log) == ("entry", 1)
