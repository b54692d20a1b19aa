"""The table of states: every pair and every actor, the printed diagram, and what the dates make of a state."""

import itertools
from datetime import date
from pathlib import Path

import pytest

from broker.audit.words import ACTS
from broker.db import evidence_consents
from consents import lifecycle
from consents.lifecycle import ENDED, LIVE, STORED, TABLE, UNSIGNED, State, Who

DOCUMENT = Path(__file__).parents[2] / "docs" / "consent-states.md"
# Written out once more on purpose, by hand from section 6.1 of the e-signing reference: who may do what.
EXPECTED = {
    ("draft", "sent"): "c",
    ("draft", "declined"): "c",
    ("draft", "lapsed"): "v",
    ("sent", "viewed"): "c",
    ("sent", "declined"): "c",
    ("sent", "lapsed"): "v",
    ("viewed", "signed"): "c",
    ("viewed", "declined"): "c",
    ("viewed", "lapsed"): "v",
    ("signed", "active"): "v",
    ("signed", "suspended"): "v",
    ("signed", "revoked"): "cs",
    ("signed", "expired"): "v",
    ("signed", "superseded"): "v",
    ("active", "suspended"): "csvx",
    ("active", "paused_dormant"): "v",
    ("active", "revoked"): "cs",
    ("active", "expired"): "v",
    ("active", "superseded"): "v",
    ("suspended", "active"): "csvo",
    ("suspended", "paused_dormant"): "csvo",
    ("suspended", "revoked"): "cs",
    ("suspended", "expired"): "v",
    ("suspended", "superseded"): "v",
    ("paused_dormant", "active"): "c",
    ("paused_dormant", "suspended"): "csvx",
    ("paused_dormant", "revoked"): "cs",
    ("paused_dormant", "expired"): "v",
    ("paused_dormant", "superseded"): "v",
}


@pytest.mark.parametrize(("old", "new", "who"), list(itertools.product(State, State, Who)))
def test_every_pair_and_every_actor(old: State, new: State, who: Who) -> None:
    """What the table does not have cannot happen; an application moves nothing."""
    allowed = EXPECTED.get((old.value, new.value), "")
    assert lifecycle.may_move(old, new, who.value) is (who.value in allowed)
    assert lifecycle.can_move(old, new) is bool(allowed)


def test_no_way_leads_back() -> None:
    """From an end nothing leads anywhere; from a signature nothing leads back to a draft."""
    assert not [each for each in TABLE if each.old in ENDED | {State.DECLINED, State.LAPSED}]
    assert not [each for each in TABLE if each.old in LIVE and each.new in UNSIGNED]
    assert not [each for each in TABLE if each.new == State.DRAFT]


def test_every_state_is_of_one_kind() -> None:
    """A new state has to be placed."""
    assert set(State) == UNSIGNED | LIVE | ENDED | {State.EXPIRING}
    assert set(STORED) == LIVE | ENDED


def test_each_move_names_an_act_of_the_log() -> None:
    """So that the words of a move exist."""
    assert all(each.event in ACTS for each in TABLE if each.new != State.EXPIRING)
    assert len({(each.old, each.new) for each in TABLE}) == len(TABLE)


def test_the_database_has_the_same_moves() -> None:
    """The layers keep the database from importing the table, so it has it in its own words."""
    table = {(each.old.value, each.new.value) for each in TABLE if each.old in LIVE and each.new != State.EXPIRING}
    assert {(old, new) for old, news in evidence_consents.NEXT.items() for new in news} == table


def test_the_document_is_printed_from_the_table() -> None:
    """`print(consents.lifecycle.diagram())` prints it anew."""
    document = DOCUMENT.read_text()
    assert lifecycle.diagram() in document
    assert document.count("\n| ") == len(TABLE) + 1 == lifecycle.diagram().count("\n| ")  # every move, and the head


@pytest.mark.parametrize(
    ("reasons", "state"),
    [
        ([], State.ACTIVE),
        (["dormant"], State.PAUSED_DORMANT),
        (["objection"], State.SUSPENDED),
        (["dormant", "objection"], State.SUSPENDED),
    ],
)
def test_a_sealed_consent_stands_as_its_reasons_say(reasons: list[str], state: State) -> None:
    assert lifecycle.under(reasons) is state


@pytest.mark.parametrize(
    ("state", "today", "shown"),
    [
        ("active", date(2026, 5, 31), "active"),
        ("active", date(2026, 6, 1), "expiring"),
        ("active", date(2026, 6, 30), "expiring"),
        ("active", date(2026, 7, 1), "expired"),
        ("suspended", date(2026, 6, 15), "suspended"),
        ("suspended", date(2026, 7, 1), "expired"),
        ("paused_dormant", date(2026, 7, 2), "expired"),
        ("signed", date(2026, 7, 1), "expired"),
        ("revoked", date(2026, 7, 1), "revoked"),
        ("superseded", date(2026, 6, 15), "superseded"),
    ],
)
def test_the_dates_decide_what_is_shown(state: str, today: date, shown: str) -> None:
    """Expiring and expired are read off the calendar, whatever is stored."""
    assert lifecycle.shown(State(state), date(2026, 7, 1), today) == shown
