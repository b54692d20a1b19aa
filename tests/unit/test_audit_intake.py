"""The integrator's quick look at an event accepts exactly what the strict reader accepts."""

import hashlib
import hmac
import re
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import entry
from broker.audit.chain import Chain, read_entry
from broker.audit.entry import Invalid
from broker.audit.intake import Intake, Row, Taken
from broker.audit.words import ACTS

ORIGIN = "broker.localhost/audit/tests"
SECRET = b"m" * 32
LANE = 5
DEK, KID = b"d" * 32, b"k" * 16
ACTOR = "s:" + "A" * 22


def event(number: int, before: bytes, **changes: Any) -> Row:
    """A sealed event of the lane, as the database would hold it."""
    facts: dict[str, Any] = {
        "act": "data.read", "actor": ACTOR, "app": None, "cnt": 1, "cp": 0, "grp": None, "kc": bytes(32), "kid": KID,
        "log": ORIGIN, "n": number, "obj": "customer", "p": before, "purpose": None, "res": "ok", "role": "staff",
        "sch": 1, "ts": 1_795_000_000_000_000 + number, "w": LANE, **changes,
    }  # fmt: skip
    head = entry.Header(**facts)
    sealed = entry.seal(head, {"a": number}, dek=DEK, salt=bytes([number]) * 16)
    mac = entry.lane_mac(entry.lane_key(SECRET, LANE), sealed.leaf)
    return Row(head.event_id, sealed.header, sealed.ct, mac, head.kid, ACTS[head.act].number)


def leaf(row: Row) -> bytes:
    return entry.leaf_hash(entry.entry_bytes(row.header, row.ct))


def taken(row: Row, *, quick: bool, chain: Chain, index: int = 10) -> Taken | str:
    """What an intake says of the row, one that knows its words or one that has never seen any."""
    intake = Intake(ORIGIN, lambda _generation: SECRET)
    if quick:
        first = event(1, entry.FIRST_PREVIOUS)
        intake.take(first, LANE, 1, Chain(), 10)
    try:
        return intake.take(row, LANE, 1, chain, index)
    except Invalid as wrong:
        return wrong.kind


def with_header(row: Row, header: bytes) -> Row:
    """The row with another header, by somebody who has the lane's key; of whatever length it then is."""
    whole = hashlib.sha256(b"\0\1" + len(header).to_bytes(2, "big") + header + row.ct).digest()
    return row._replace(header=header, mac=hmac.digest(entry.lane_key(SECRET, LANE), whole, "sha256"))


FIRST = event(1, entry.FIRST_PREVIOUS)


def after_first() -> Chain:
    return Chain(n=1, leaf=leaf(FIRST), cp=3, ts=7)


def both(row: Row, *, index: int = 10) -> Taken | str:
    """Demand one answer of the quick and the strict look, and one lane after it."""
    quick, strict = after_first(), after_first()
    answers = taken(row, quick=True, chain=quick, index=index), taken(row, quick=False, chain=strict, index=index)
    assert answers[0] == answers[1]
    assert astuple(quick) == astuple(strict)
    return answers[0]


def test_the_next_event_is_taken_and_the_lane_goes_on() -> None:
    row = event(2, leaf(FIRST), cp=4)
    found = both(row)
    assert isinstance(found, Taken)
    assert found.leaf == leaf(row)
    assert found.good.event_id == row.event_id
    assert (found.good.actor, found.good.res, found.good.obj) == (ACTOR, "ok", "customer")


def test_known_words_need_no_strict_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    intake, chain = Intake(ORIGIN, lambda _generation: SECRET), Chain()
    intake.take(FIRST, LANE, 1, chain, 10)
    monkeypatch.setattr(Intake, "_strictly", None)
    other = event(2, leaf(FIRST), kid=b"o" * 16, actor="c:" + "B" * 22, app="a:" + "C" * 22)
    assert intake.take(other, LANE, 1, chain, 10).good.event_id == other.event_id


def test_a_version_of_the_body_that_was_not_met_before_is_read_strictly() -> None:
    assert isinstance(both(event(2, leaf(FIRST), cp=4, sch=2)), Taken)
    row = event(2, leaf(FIRST), cp=4)
    assert both(row._replace(header=row.header.replace(b'"sch":1,', b'"sch":0,'))) == "header"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"cp": 2}, "header"),  # less than the lane has seen
        ({"cp": 11}, "header"),  # more than can have been signed
        ({"log": "broker.localhost/audit/other"}, "origin"),
        ({"p": b"x" * 32}, "lane_link"),
        ({"n": 3}, "lane_gap"),
    ],
)
def test_what_cannot_be_next_is_named(changes: dict[str, Any], kind: str) -> None:
    assert both(event(2, leaf(FIRST), **{"cp": 4, **changes})) == kind


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"mac": b"m" * 32}, "entry"),
        ({"kid": b"x" * 16}, "columns"),
        ({"act": ACTS["data.viewed"].number}, "columns"),
        ({"event_id": (LANE << 32) + 3}, "columns"),
        ({"ct": b"c" * 95}, "entry"),
    ],
)
def test_a_row_that_differs_from_its_header_is_named(changes: dict[str, Any], kind: str) -> None:
    assert both(event(2, leaf(FIRST), cp=4)._replace(**changes)) == kind


def test_nothing_follows_a_lane_that_has_ended() -> None:
    chain = after_first()
    chain.ended = True
    assert taken(event(2, leaf(FIRST), cp=4), quick=True, chain=chain) == "lane_gap"


def test_a_dead_lane_is_named() -> None:
    found = both(event(2, leaf(FIRST), act="lane.dead", obj="lane", cp=4, tw=9, tn=0))
    assert isinstance(found, Taken)
    assert found.dead == 9


@given(place=st.integers(0, 2000), byte=st.integers(0, 255), again=st.booleans())
def test_any_changed_byte_of_a_header_gets_the_same_answer(place: int, byte: int, again: bool) -> None:
    row = event(2, leaf(FIRST), cp=4)
    header = bytearray(row.header)
    header[place % len(header)] = byte
    data = bytes(header)
    both(with_header(row, data) if again else row._replace(header=data))


@pytest.mark.parametrize("ct", [b"", FIRST.ct[:-1], FIRST.ct + b"x"])
def test_a_sealed_body_has_one_of_the_lengths_that_bodies_have(ct: bytes) -> None:
    assert read_entry(FIRST.header, FIRST.ct)[1] == leaf(FIRST)
    with pytest.raises(Invalid, match="impossible length"):
        read_entry(FIRST.header, ct)


def test_an_event_may_have_seen_the_checkpoint_of_everything_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    intake, chain = Intake(ORIGIN, lambda _generation: SECRET), Chain()
    intake.take(FIRST, LANE, 1, chain, 0)
    monkeypatch.setattr(Intake, "_strictly", None)
    assert isinstance(intake.take(event(2, leaf(FIRST), cp=10), LANE, 1, chain, 10), Taken)


@pytest.mark.parametrize("name", ["cnt", "ts"])
def test_a_number_that_a_reader_in_another_language_could_round_is_refused(name: str) -> None:
    """RFC 8785 writes numbers as doubles: from 2**53 on two of them would be one."""
    largest = event(2, leaf(FIRST), cp=4, **{name: 2**53 - 1})
    assert isinstance(both(largest), Taken)
    assert both(with_header(largest, largest.header.replace(b"%d" % (2**53 - 1), b"%d" % 2**53))) == "header"


def test_an_entry_of_65535_bytes_is_taken_and_one_of_a_byte_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = (event(2, leaf(FIRST), app="a:" + "C" * 22, grp=bytes(16), cp=4, cnt=10**digits) for digits in range(15))
    head = next(each for each in heads if (65_535 - 3 - len(each.header)) % 64 == 32)  # as a sealed body has it
    largest = head._replace(ct=bytes(65_535 - 3 - len(head.header)))
    longer = largest.header.replace(b'"cnt":1', b'"cnt":10')
    assert both(with_header(largest, longer)) == "entry"
    largest = with_header(largest, largest.header)
    assert isinstance(both(largest), Taken)
    intake = Intake(ORIGIN, lambda _generation: SECRET)
    intake.take(FIRST, LANE, 1, Chain(), 10)
    monkeypatch.setattr(Intake, "_strictly", None)
    assert isinstance(intake.take(largest, LANE, 1, after_first(), 10), Taken)


@pytest.mark.parametrize("act", sorted(entry.SHRED_ACTS | entry.TAIL_ACTS))
def test_an_act_about_a_key_or_a_lane_says_which_each_time(act: str) -> None:
    """What names it is left out where the same words were read before: the strict reader's refusal still comes."""
    about = {"tk": b"t" * 16} if act in entry.SHRED_ACTS else {"tw": LANE, "tn": 2}
    row = event(2, leaf(FIRST), act=act, obj="lane", **about)
    intake = Intake(ORIGIN, lambda _generation: SECRET)
    intake.take(row, LANE, 1, Chain(n=1, leaf=leaf(FIRST)), 10)
    bare = re.sub(rb'"t[knw]":(?:"[^"]*"|[0-9]+),', b"", row.header)
    assert bare != row.header
    with pytest.raises(Invalid, match="out of its range"):
        intake.take(with_header(row, bare), LANE, 1, Chain(n=1, leaf=leaf(FIRST)), 10)


def test_what_is_remembered_has_a_bound_and_is_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words come from whoever writes a lane: without a bound they would fill the integrator's memory."""
    read: list[int] = []
    strictly = Intake._strictly

    def counted(self: Intake, row: Row, *rest: Any) -> Taken:
        read.append(row.act)
        return strictly(self, row, *rest)

    monkeypatch.setattr(Intake, "_strictly", counted)
    monkeypatch.setattr("broker.audit.intake._REMEMBERED", 2)
    intake, chain = Intake(ORIGIN, lambda _generation: SECRET), Chain()
    first, second, third = "data.read", "data.viewed", "consent.granted"
    for number, act in enumerate([first, second, first, second, third, third, first, third, first], 1):
        intake.take(event(number, chain.leaf, act=act), LANE, 1, chain, 10)
    assert read == [ACTS[act].number for act in (first, second, third, first)]
