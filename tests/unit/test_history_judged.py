"""The judge of histories finds each wrong one, and nothing in a right one."""

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.history.judging import (
    ASK,
    GRANT,
    LINK,
    READ,
    STOP,
    Call,
    Facts,
    after_stops,
    stale,
    too_few,
    violations,
)

RIGHT = (
    Call(GRANT, "a1", 0.0, 0.5, 200, "c9"),
    Call(LINK, "c1", 0.0, 0.1, 201),
    Call(READ, "c1", 0.0, 1.0, 200),
    Call(READ, "c1", 1.5),  # the connection broke
    Call(STOP, "c1", 2.0),  # so did this one's; she pressed again
    Call(STOP, "c1", 3.0, 4.0, 302),
    Call(READ, "c1", 3.5, 4.5, 200),  # it began before the answer: either is right
    Call(READ, "c1", 4.1, 4.2, 403),
    Call(ASK, "k1", 0.0),
    Call(ASK, "k1", 1.0, 2.0, 202, "r1"),
    Call(ASK, "k1", 3.0, 4.0, 202, "r1"),
    Call(ASK, "k2", 3.0, 4.0, 403),
    Call(ASK, "k3", 3.0),
)
FACTS = Facts(
    stops={"c1": 1},
    ended=frozenset({"c1"}),
    releases={"c1": 2},
    requests={"k1": ("r1",)},
    grants={"a1": ("c9",)},
)


def test_a_right_history_is_right() -> None:
    assert violations(RIGHT, FACTS) == []
    # What was not answered may have had its effect, or not.
    assert violations(RIGHT, replace(FACTS, requests={"k1": ("r1",), "k3": ("r3",)})) == []
    assert violations(RIGHT, replace(FACTS, releases={"c1": 3})) == []
    assert violations([], Facts()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (Call(READ, "c1", 4.1, 4.2, 200), "after the stop was answered"),
        (Call(READ, "c1", 99.0, 100.0, 200), "after the stop was answered"),
        (Call(STOP, "c2", 1.0, 2.0, 302), "a stop that was answered is lost"),
        (Call(READ, "c2", 1.0, 2.0, 200), "1 reads were answered, 0 are in the log"),
        (Call(ASK, "k4", 1.0, 2.0, 202, "r4"), "the request r4 was answered, and is lost"),
        (Call(ASK, "k1", 1.0, 2.0, 202, "r2"), "answered with 2 requests"),
        (Call(GRANT, "a2", 1.0, 2.0, 200, "c3"), "the consent c3 was answered, and is lost"),
        (Call(READ, "c1", 1.0, 2.0, 500), "read was answered with 500"),
        (Call(STOP, "c9", 1.0, 2.0, 502), "stop was answered with 502"),
        (Call(LINK, "c1", 1.0, 2.0, 500), "link was answered with 500"),
    ],
)
def test_a_wrong_answer_is_found(more: Call, said: str) -> None:
    assert any(said in each for each in violations([*RIGHT, more], FACTS))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stops": {"c1": 2}}, "2 entries of its end"),
        ({"stops": {}}, "0 entries of its end"),
        ({"stops": {"c1": 1, "c2": 1}}, "an end that the row does not know"),
        ({"ended": frozenset({"c1", "c2"}), "stops": {"c1": 1, "c2": 1}}, "nobody had stopped it"),
        ({"ended": frozenset()}, "a stop that was answered is lost"),
        ({"releases": {"c1": 1}}, "2 reads were answered, 1 are in the log"),
        ({"releases": {"c1": 5}}, "5 reads are in the log, 4 were made"),
        ({"requests": {"k1": ("r1", "r2")}}, "2 requests of one"),
        ({"requests": {}}, "is lost"),
        ({"requests": {"k1": ("r1",), "k9": ("r9",)}}, "nobody asked for"),
        ({"grants": {"a1": ("c9", "c10")}}, "2 consents of one"),
        ({"wrong": ("a gap",)}, "the log: a gap"),
    ],
)
def test_a_wrong_end_is_found(changed: dict[str, Any], said: str) -> None:
    assert any(said in each for each in violations(RIGHT, replace(FACTS, **changed)))


def test_only_the_first_answer_to_a_stop_counts() -> None:
    again = [*RIGHT, Call(STOP, "c1", 5.0, 9.0, 302), Call(READ, "c1", 5.5, 6.0, 200)]
    assert [call.begun for call in stale(again)] == [5.5]


def test_a_service_that_says_to_come_back_is_honest() -> None:
    away = [Call(READ, "c1", 1.0, 2.0, 503), Call(STOP, "c9", 1.0, 2.0, 503), Call(ASK, "k9", 1.0, 2.0, 503)]
    assert violations([*RIGHT, *away], FACTS) == []


def test_a_history_in_which_hardly_anything_happened_proves_nothing() -> None:
    assert too_few(RIGHT, 1) == []
    assert too_few(RIGHT, 2) == [GRANT, STOP, LINK]


@pytest.mark.parametrize("way", ["key", "link", "page"])
def test_a_read_is_stale_by_whatever_way_it_went(way: str) -> None:
    late = Call(READ, "c1", 5.0, 6.0, 200, way=way)
    assert stale([*RIGHT, late]) == [late]
    assert len(violations([*RIGHT, late], replace(FACTS, releases={"c1": 3}))) == 1


def test_what_is_judged_are_the_reads_that_were_answered_after_a_stop() -> None:
    assert [call.begun for call in after_stops(RIGHT)] == [4.1]
    assert after_stops([*RIGHT, Call(READ, "c1", 5.0)]) == after_stops(RIGHT)  # nothing was answered
    assert after_stops([Call(READ, "c2", 5.0, 6.0, 403), *RIGHT]) == after_stops(RIGHT)  # nobody stopped that one
