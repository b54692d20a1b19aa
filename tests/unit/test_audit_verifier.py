"""The verifier finds every single change of a small log and names its place."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from broker.audit import checkpoint, entry, verifier
from broker.audit.words import ACTS
from tests.memory_log import DEK, ORIGIN, SIGNER, Fake, filled


@pytest.fixture
def log() -> Fake:
    """300 events in two lanes, checkpoints at 0, 100, 200 and 300."""
    return filled()


def test_an_honest_log_holds(log: Fake) -> None:
    result = verifier.verify(log.log())
    assert (result.ok, result.kind, result.first_bad) == (True, "ok", None)
    assert (result.size, result.root) == (300, log.tree.root())


def test_an_empty_log_holds() -> None:
    made = Fake()
    assert made.verdict() == ("ok", None)
    made.publish()
    assert made.verdict() == ("ok", None)


def flip(data: bytes, at: int) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("seq", [0, 1, 137, 255, 256, 298, 299])
def test_any_byte_of_any_header_or_body_is_missed_at_its_place(log: Fake, seq: int) -> None:
    leaf = log.leaves[seq]
    assert leaf.header is not None
    assert leaf.ct is not None
    for at in range(0, len(leaf.header), 7):
        log.leaves[seq] = leaf._replace(header=flip(leaf.header, at))
        assert verifier.verify(log.log()).first_bad == seq
    for at in (0, 15, 16, len(leaf.ct) - 1):
        log.leaves[seq] = leaf._replace(ct=flip(leaf.ct, at))
        assert log.verdict() == ("entry", seq)


def change(place: int, **changes: object) -> Callable[[Fake], None]:
    """Change one row of the leaves."""

    def apply(log: Fake) -> None:
        log.leaves[place] = log.leaves[place]._replace(**changes)  # type: ignore[arg-type]

    return apply


def swap(log: Fake) -> None:
    """Let two events change places."""
    a, b = log.leaves[10], log.leaves[20]
    log.leaves[10], log.leaves[20] = b._replace(seq=10), a._replace(seq=20)


def tile(level: int, index: int, at: int) -> Callable[[Fake], None]:
    """Change one byte of a tile."""

    def apply(log: Fake) -> None:
        log.stored[level, index] = flip(log.stored[level, index], at)

    return apply


def bad_signature(log: Fake) -> None:
    """Change one signature."""
    size, note = log.notes[1]
    log.notes[1] = (size, note[:-10] + ("A" if note[-10] != "A" else "B") + note[-9:])


def other_root(log: Fake) -> None:
    """Let the signer have signed something else."""
    log.notes[2] = (200, checkpoint.sign(checkpoint.Checkpoint(ORIGIN, 200, bytes(32)).body(), [SIGNER]))


def other_log(log: Fake) -> None:
    """Slip in the checkpoint of another log."""
    body = checkpoint.Checkpoint("other.localhost/audit/x", 200, bytes(32)).body()
    log.notes[2] = (200, checkpoint.sign(body, [SIGNER]))


def roll_back(log: Fake) -> None:
    """Take the last checkpoint and its leaves away."""
    del log.notes[-1]


def cut_tail(log: Fake) -> None:
    """Take the last leaf away."""
    del log.leaves[-1]


def cut_middle(log: Fake) -> None:
    """Take a leaf away."""
    del log.leaves[150]


def lose_old_note(log: Fake) -> None:
    """Take an earlier checkpoint away, which events name."""
    del log.notes[1]


def unknown_key_row(log: Fake) -> None:
    """Shred a key without an event."""
    log.data_keys.append(verifier.KeyRow(b"k" * 16, False, log.leaves[5].event_id))


@pytest.mark.parametrize(
    ("damage", "kind", "seq"),
    [
        (change(42, header=None, ct=None), "entry", 42),
        (change(42, event_id=99), "columns", 42),
        (change(42, kid=bytes(16)), "columns", 42),
        (change(42, act=1), "columns", 42),
        (change(42, filed=None, ts=None), "columns", 42),
        (change(42, seq=43), "missing_leaf", 42),
        (swap, "entry", 10),
        (cut_middle, "missing_leaf", 150),
        (cut_tail, "missing_leaf", 299),
        (tile(0, 0, 32 * 77), "tile", 77),
        (tile(0, 1, 32 * 3), "tile", 259),
        (tile(1, 0, 0), "tile", 255),
        (bad_signature, "signature", None),
        (other_root, "root", 199),
        (other_log, "origin", None),
        (roll_back, "rollback", None),
        (lose_old_note, "consistency", 100),
        (unknown_key_row, "key", None),
        (lambda log: log.stored.update({(0, 9): bytes(32)}), "tile", None),
        (lambda log: log.cursors.update({1: 149}), "columns", None),
        (lambda log: log.lanes.discard(2), "columns", 1),
    ],
)
def test_every_other_change_is_named(log: Fake, damage: Callable[[Fake], None], kind: str, seq: int | None) -> None:
    damage(log)
    assert log.verdict() == (kind, seq)


def test_a_note_that_nobody_known_has_signed_is_refused(log: Fake) -> None:
    stranger = checkpoint.Signer.new(ORIGIN, bytes(32))
    assert verifier.verify(replace(log.log(), keys=[stranger.verifier()])).kind == "signature"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"n": 152}, "lane_gap"),
        ({"n": 150}, "lane_gap"),
        ({"p": bytes(32)}, "lane_link"),
        ({"cp": 301}, "header"),
        ({"cp": 100}, "header"),
        ({"log": "other.localhost/audit/x"}, "origin"),
        ({"grp": b"g" * 16, "cnt": 1}, "ok"),
    ],
)
def test_a_lane_has_rules_that_even_its_writer_cannot_break(log: Fake, changes: dict[str, Any], kind: str) -> None:
    log.add(1, **changes)
    assert log.verdict() == (kind, None if kind == "ok" else 300)


def test_nothing_follows_the_end_of_a_lane(log: Fake) -> None:
    log.add(1, act="lane.close", tw=1, tn=151)
    assert log.verdict() == ("ok", None)
    log.add(1)
    assert log.verdict() == ("lane_gap", 301)


def test_a_dead_lane_ends_where_it_was_said(log: Fake) -> None:
    log.add(3, act="lane.dead", tw=2, tn=150)
    assert log.verdict() == ("ok", None)
    log.add(2)
    assert log.verdict() == ("lane_gap", 301)


def test_a_dead_lane_that_lacks_its_last_events_is_named(log: Fake) -> None:
    log.add(3, act="lane.dead", tw=2, tn=151)
    assert log.verdict() == ("lane_gap", 300)


def test_a_bad_lane_fails_the_log_until_somebody_answers_for_it(log: Fake) -> None:
    log.add(3, act="alarm.lane", tw=2, tn=150)
    assert log.verdict() == ("lane_quarantined", 300)
    log.add(3, act="alarm.ack", tw=2, tn=149)
    assert log.verdict() == ("lane_quarantined", 300)
    log.add(3, act="alarm.ack", tw=2, tn=150)
    assert log.verdict() == ("ok", None)
    assert verifier.verify(log.log()).notes == ("lane 2 was bad after 150",)


def test_the_parts_of_one_act_stand_side_by_side(log: Fake) -> None:
    name = b"g" * 16
    log.add(1, grp=name, cnt=2)
    log.add(2)
    log.add(1, grp=name)
    log.add(1, grp=name)
    log.add(1)
    assert log.verdict() == ("ok", None)
    log.add(1, grp=name, cnt=0)
    log.add(1, grp=name)
    assert log.verdict() == ("header", 306)


def test_a_group_with_a_part_missing_is_named(log: Fake) -> None:
    log.add(1, grp=b"g" * 16, cnt=2)
    log.add(1, grp=b"g" * 16)
    log.add(1)
    assert log.verdict() == ("header", 302)


def test_two_entries_never_share_a_key_commitment(log: Fake) -> None:
    first = log.header(1)
    log.seal = lambda head: entry.seal(head, {}, dek=DEK, salt=bytes(16))  # type: ignore[method-assign]
    log.add(1)
    assert log.verdict() == ("ok", None)
    log.add(2)
    assert first.n == 151
    assert log.verdict() == ("entry", 301)


def test_young_events_may_wait_and_old_ones_may_not(log: Fake) -> None:
    log.wait(1, 59_000_000)
    assert log.verdict() == ("ok", None)
    log.wait(2, 61_000_000)
    assert log.verdict() == ("missing_leaf", None)


def test_a_waiting_event_must_be_next_in_its_lane(log: Fake) -> None:
    log.wait(1, 0, n=160)
    assert log.verdict() == ("lane_gap", None)


def test_shredding_leaves_a_log_that_holds(log: Fake) -> None:
    log.add(1, act="key.shred", tk=b"s" * 16)
    log.data_keys += [
        verifier.KeyRow(b"s" * 16, False, log.leaves[-1].event_id),
        verifier.KeyRow(b"k" * 16, True, None),
    ]
    assert log.verdict() == ("ok", None)


def test_an_export_is_verified_without_the_tables(log: Fake) -> None:
    exported = replace(log.log(), database=False, remarks=("an export",))
    log.leaves[:] = [leaf._replace(kid=None, act=None, filed=None) for leaf in log.leaves]
    result = verifier.verify(exported)
    assert result.ok
    assert result.notes == ("an export",)


def test_an_entry_longer_than_one_may_be_is_none_however_well_it_fits(log: Fake) -> None:
    sealed = log.seal(log.header(1))
    for longest in (entry.MAX_ENTRY - 3 - len(sealed.header), entry.MAX_ENTRY):
        length = longest - (longest - 32) % 64  # as a sealed body has it
        made, ct = filled(), bytes(length)
        head = made.header(1)
        header = made.seal(head).header
        leaf = sha256(b"\x00\x01" + len(header).to_bytes(2, "big") + header + ct).digest()
        index = (head.event_id, head.ts, head.actor, head.app, ACTS[head.act].number, head.res, head.obj)
        number = ACTS[head.act].number
        made.leaves.append(verifier.Leaf(300, head.event_id, header, ct, head.kid, number, *index))
        made.cursors[1] = head.n
        made.tree.append(leaf)
        made.stored.update({(tile.level, tile.number): tile.data for tile in made.tree.take_changed()})
        made.publish()
        fits = 3 + len(header) + length <= entry.MAX_ENTRY
        assert made.verdict() == (("ok", None) if fits else ("entry", 300))
