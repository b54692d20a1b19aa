"""What a decision costs the database: so few statements, each of which reads what stands at its own moment."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from broker.audit import log
from broker.parties.keys import revoke_key
from broker.terms import SERVICE
from tests import clock
from tests.integration.test_check_decision import check
from tests.integration.test_release import revoke
from tests.requests_world import ACCOUNT, World, world
from tests.statements import captured

ACTOR = SERVICE("tests")
KEY, WATCHED, BAR, EVENT = "parties_application", "inlets_watched", "duties_bar", "audit_event"
PROFILE, CONSENT = "publishing_publishedprofile", "consents_consent"
COUNTED = {"sqlite": ["limits_tries", "limits_tries"], "postgresql": ["limits_tries"]}  # in one statement there
TURNS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def w(committing: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose minute does not end, and whose log looks for a checkpoint once."""
    made = world()
    with clock.travel(timezone.now()):
        monkeypatch.setattr(log, "CHECKPOINT_AGE", float("inf"))
        check(made)  # the first of a minute makes the rows of its limits
        yield made


def asked(ask: Any) -> list[str]:
    """Give the table that each statement of an ask is about, those of transactions as they are."""
    with captured() as seen:
        ask()
    tables = (KEY, WATCHED, BAR, "limits_tries", PROFILE, CONSENT, EVENT)
    words = [query["sql"] for query in seen.captured_queries]
    return [next((name for name in tables if name in text.replace(f'"{EVENT}_id"', "")), text) for text in words]


def test_a_decision_asks_the_database_once_for_each_thing(w: World, committing: str) -> None:
    found = asked(lambda: check(w))
    of_it = [each for each in found if not each.startswith(TURNS)]
    assert of_it == [KEY, WATCHED, *COUNTED[committing], BAR, PROFILE, CONSENT, EVENT]
    if committing == "postgresql":
        assert found == of_it, "each is a transaction of its own, and waits for no BEGIN and no COMMIT"


def test_a_named_consent_costs_no_more(w: World, committing: str) -> None:
    found = [each for each in asked(lambda: check(w, consent=str(w.consent.id))) if not each.startswith(TURNS)]
    assert found == [KEY, WATCHED, *COUNTED[committing], BAR, PROFILE, CONSENT, EVENT]


def test_more_accounts_cost_their_own_count_and_no_more(w: World, committing: str) -> None:
    found = asked(lambda: check(w, accounts=[ACCOUNT, "40900099", "40900098", "40900097"]))
    of_it = [each for each in found if not each.startswith(TURNS)]
    assert of_it == [KEY, WATCHED, *COUNTED[committing], BAR, *COUNTED[committing], PROFILE, CONSENT, EVENT]


def test_what_is_kept_is_the_question_and_never_the_answer(w: World) -> None:
    for _ in range(7):  # PostgreSQL has a plan by now
        assert check(w).json()["outcome"] == "route"
    revoke(w)
    assert check(w).json()["codes"] == ["consent.revoked"]
    revoke_key(w.application, actor=ACTOR, now=timezone.now())
    assert check(w).status_code == 401
