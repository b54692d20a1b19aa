"""What the verifier demands of the tables beside the tree: anchors, destroyed keys, waiting events, cursors, tiles."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from broker.audit import verifier
from broker.audit.readings import AnchorCheck, Shredding
from tests.memory_log import Fake, filled

KID = b"s" * 16


@pytest.fixture
def log() -> Fake:
    """300 events in two lanes, checkpoints at 0, 100, 200 and 300."""
    return filled()


def judged(log: Fake, **facts: Any) -> verifier.Result:
    return verifier.verify(replace(log.log(), **facts))


def said(log: Fake, **facts: Any) -> tuple[str, int | None]:
    result = judged(log, **facts)
    return result.kind, result.first_bad


# --- anchors ---------------------------------------------------------------------------------------------------------


def of(*anchors: AnchorCheck) -> Callable[[int], list[AnchorCheck]]:
    return lambda _before: list(anchors)


def test_as_many_anchors_are_stored_as_the_log_tells_of(log: Fake) -> None:
    log.add(1, act="log.anchored", cnt=2)
    log.publish()
    assert said(log, anchor_count=2) == ("ok", None)
    assert said(log, anchor_count=None) == ("ok", None)
    assert said(log, anchor_count=1) == ("columns", 300)  # one was taken away
    assert said(log, anchor_count=3) == ("columns", None)  # one was put in
    assert said(log, anchor_count=3, anchored_beyond=lambda: 1) == ("ok", None)
    assert said(log, anchor_count=4, anchored_beyond=lambda: 1) == ("columns", None)
    assert said(log, anchor_count=2, anchors_doubled=lambda: True) == ("columns", None)


def test_an_anchor_is_of_a_checkpoint_that_was_signed_and_proves_something(log: Fake) -> None:
    assert said(log, anchors=of(AnchorCheck(300, "tsa"), AnchorCheck(100, "witness"))) == ("ok", None)
    for wrong, why in (
        (AnchorCheck(250, "tsa"), "an anchor (tsa) of checkpoint 250: no such"),
        (AnchorCheck(400, "tsa"), "an anchor (tsa) of checkpoint 400: no such"),
        (
            AnchorCheck(300, "witness", wrong="a bad signature"),
            "an anchor (witness) of checkpoint 300: a bad signature",
        ),
    ):
        result = judged(log, anchors=of(wrong))
        assert (result.kind, result.first_bad) == ("signature", None)
        assert why in result.notes


def test_anchors_that_could_not_be_judged_are_counted_by_why(log: Fake) -> None:
    dark = AnchorCheck(300, "tsa", unknown="no root is configured")
    result = judged(log, anchors=of(dark, dark, AnchorCheck(200, "witness", unknown="no witness")))
    assert result.ok
    assert set(result.notes) == {"2 anchors not judged: no root is configured", "1 anchors not judged: no witness"}


# --- keys ------------------------------------------------------------------------------------------------------------


def destroyed(log: Fake, **changes: Any) -> Shredding:
    """An event that destroys the key, written beside the tree."""
    head = log.header(2, **{"act": "key.shred", "tk": KID, **changes})
    return Shredding(log.seal(head).header, waits=False)


def test_a_destroyed_key_has_its_event_also_where_that_stands_elsewhere(log: Fake) -> None:
    found = destroyed(log)
    event = log.header(2).event_id
    log.data_keys = [verifier.KeyRow(KID, False, event)]
    assert said(log) == ("key", None)
    assert said(log, beyond=lambda _event: found) == ("ok", None)
    assert said(log, beyond=lambda _event: found._replace(header=b"{}")) == ("key", None)
    assert said(log, beyond=lambda _event: destroyed(log, tk=b"o" * 16)) == ("key", None)
    assert said(log, beyond=lambda _event: destroyed(log, act="data.read", tk=None)) == ("key", None)
    doubtful = judged(log, beyond=lambda _event: found._replace(doubt="a log that nobody verified"))
    assert (doubtful.ok, doubtful.notes) == (True, ("a key was destroyed by a log that nobody verified",))


def test_an_event_that_destroys_and_waits_is_young(log: Fake) -> None:
    found, head = destroyed(log), log.header(2)
    log.data_keys = [verifier.KeyRow(KID, False, head.event_id)]
    for now, kind in (
        (0, "ok"),  # no clock, no judgement
        (head.ts, "ok"),
        (head.ts + verifier.GRACE_US, "ok"),
        (head.ts + verifier.GRACE_US + 1, "missing_leaf"),
        (head.ts - verifier.AHEAD_US, "ok"),
        (head.ts - verifier.AHEAD_US - 1, "header"),
    ):
        waiting = found._replace(waits=True, now_us=now)
        assert said(log, beyond=lambda _event, waiting=waiting: waiting) == (kind, None)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (verifier.KeyRow(KID, True, None), "ok"),
        (verifier.KeyRow(KID, True, 5), "key"),  # wrapped, and destroyed
        (verifier.KeyRow(KID, False, None), "key"),  # gone, and nobody destroyed it
    ],
)
def test_a_key_is_there_or_destroyed(log: Fake, row: verifier.KeyRow, kind: str) -> None:
    log.data_keys = [row]
    assert said(log)[0] == kind


# --- the rest --------------------------------------------------------------------------------------------------------


def test_what_stands_beside_the_tree_and_belongs_to_no_log_is_named(log: Fake) -> None:
    assert said(log, strays=lambda: iter([7])) == ("columns", None)
    assert said(log, keyless=lambda _begun: iter([17])) == ("key", 17)
    assert said(log, strays=lambda: iter([7]), database=False) == ("ok", None)


def test_cursors_stand_where_their_lanes_end(log: Fake) -> None:
    assert said(log, cursors={1: 150, 2: 150}) == ("ok", None)
    assert said(log, cursors=None) == ("ok", None)
    assert said(log, cursors={1: 150, 2: 149}) == ("columns", None)
    assert said(log, cursors={1: 150}) == ("columns", None)
    assert said(log, cursors={1: 150, 2: 150, 3: 0}) == ("columns", None)


def test_a_tile_is_as_wide_as_the_tree_and_there_is_no_other(log: Fake) -> None:
    for key, data, place in (
        ((0, 1), b"", 256),
        ((0, 1), log.stored[0, 1] + bytes(32), 300),
        ((1, 0), bytes(32), 255),
        ((1, 0), b"", 255),
    ):
        other = {**log.stored, key: data}
        found = said(log, tile=lambda level, index, other=other: other.get((level, index), b""))
        assert found == ("tile", place)
    counts = {0: 2, 1: 1}
    assert said(log, tile_counts=counts) == ("ok", None)
    assert said(log, tile_counts=None) == ("ok", None)
    for wrong in ({0: 3, 1: 1}, {0: 2}, {0: 2, 1: 1, 2: 1}):
        assert said(log, tile_counts=wrong) == ("tile", None)
