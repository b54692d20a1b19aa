"""Objections: what they pause, who ends them, and what nobody learns."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.jobs.models import Job
from broker.parties.models import Role, UtilityAccount
from broker.terms import SERVICE
from consents.joint import account_facts, dismissing, objecting
from consents.joint.models import AccountFact, Objection, ObjectionReach
from consents.lifecycle import State
from consents.models import Consent
from requests_app import grants
from requests_app.models import DataRequest
from tests import clock
from tests.integration.audit_support import acts
from tests.joint_world import BETTY, JAMES, objection, person
from tests.requests_world import ACCOUNT, World, events, world

NOW = timezone.now


@pytest.fixture
def w(committing: str) -> World:
    return world()


def state(w: World) -> str:
    return str(Consent.objects.get(id=w.consent.id).state)


def codes(w: World) -> list[str]:
    """Ask through the API; give the codes of the answer."""
    answer = w.post(w.ask())
    return [] if answer.status_code == 202 else [answer.json()["code"]]


def test_an_objection_pauses_every_consent_over_the_account(w: World) -> None:
    assert codes(w) == []
    made = objection(number=ACCOUNT)
    assert state(w) == State.SUSPENDED
    assert codes(w) == ["consent.suspended"]
    assert made.reach.get().consent_id == w.consent.id
    assert len(events("consent.disputed")) == 1


def test_from_its_commit_on_the_decision_refuses_even_before_the_comparison(w: World) -> None:
    assert w.post(w.ask()).status_code == 202
    objection(number=ACCOUNT, checks=False)
    assert state(w) == State.ACTIVE
    assert codes(w) == ["consent.objection"]
    first = DataRequest.objects.order_by("made_at")[0]
    again = grants.decide_again(first, channel=None, step="release", now=NOW())
    assert "consent.objection" in again.codes


def test_a_stranger_with_a_number_pauses_nothing_once_the_name_is_checked(w: World) -> None:
    assert w.consent.assurance == "L2"
    objection(number=ACCOUNT, name="Somebody Else")
    assert state(w) == State.ACTIVE
    assert codes(w) == []


def test_at_l1_the_word_of_the_objector_weighs_as_much_as_the_signers(committing: str) -> None:
    w = world(assurance="L1")
    objection(number=ACCOUNT, name="Somebody Else")
    assert state(w) == State.SUSPENDED


def test_the_signer_does_not_object_to_herself(w: World) -> None:
    objection(number=ACCOUNT, email="pat@member.example")
    assert state(w) == State.ACTIVE


def test_an_unknown_account_leaves_the_same_rows_events_and_jobs(w: World) -> None:
    def made(number: str, email: str) -> tuple[list[str], list[str]]:
        before, jobs = len(acts()), set(Job.objects.values_list("id", flat=True))
        objection(number=number, email=email, checks=False)
        kinds = sorted(Job.objects.exclude(id__in=jobs).exclude(kind="limits.forget").values_list("kind", flat=True))
        return acts()[before:], kinds

    assert made(ACCOUNT, BETTY) == made("99999999", JAMES)


def test_the_same_objection_twice_is_one(w: World) -> None:
    first, second = objection(number=ACCOUNT), objection(number=ACCOUNT, name="Pat Member")
    assert first.id == second.id
    assert Objection.objects.count() == 1


def test_too_many_from_one_mailbox_wait_for_a_person_and_pause_nothing(w: World, settings: Any) -> None:
    settings.OBJECTIONS_PER_DAY = 2
    for number in ("11110001", "11110002"):
        assert objection(number=number).state == Objection.State.STANDING
    late = objection(number=ACCOUNT)
    assert late.state == Objection.State.REVIEW
    assert state(w) == State.ACTIVE
    assert codes(w) == []


def test_a_mailbox_with_dismissed_objections_pauses_nothing_by_itself(w: World, settings: Any) -> None:
    settings.OBJECTIONS_DISMISSED = 1
    first = objection(number="11110001")
    _dismiss(first)
    assert objection(number=ACCOUNT).state == Objection.State.REVIEW
    assert state(w) == State.ACTIVE


def _dismiss(row: Objection) -> None:
    _user, staff = person(Role.STAFF)
    _other, officer = person(Role.OFFICER)
    row.refresh_from_db()
    asked = dismissing.request(row, requester=staff, reason="asked the co-op", now=NOW())
    decide.approve(asked.id, approver=officer, now=NOW())


def test_two_people_let_go_what_it_paused(w: World) -> None:
    made = objection(number=ACCOUNT)
    _dismiss(made)
    made.refresh_from_db()
    assert made.state == Objection.State.DISMISSED
    assert state(w) == State.ACTIVE
    assert codes(w) == []


def test_one_person_cannot_let_go(w: World) -> None:
    made = objection(number=ACCOUNT)
    _user, officer = person(Role.OFFICER)
    made.refresh_from_db()
    asked = dismissing.request(made, requester=officer, reason="x", now=NOW())
    with pytest.raises(decide.NotAllowed):
        decide.approve(asked.id, approver=officer, now=NOW())
    assert state(w) == State.SUSPENDED


def test_it_stays_paused_while_a_second_objection_stands(w: World) -> None:
    first, _second = objection(number=ACCOUNT), objection(number=ACCOUNT, email=JAMES)
    _dismiss(first)
    assert state(w) == State.SUSPENDED


def test_one_person_ends_what_a_right_objection_paused(w: World) -> None:
    made = objection(number=ACCOUNT)
    made.refresh_from_db()
    _user, staff = person(Role.STAFF)
    assert objecting.uphold(made, actor=staff, now=NOW())
    assert state(w) == State.REVOKED
    assert not objecting.uphold(made, actor=staff, now=NOW())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE joint_objection SET state = 'dismissed', resolved_at = made_at, approval = id",
        "UPDATE joint_objection SET number_index = email_index",
        "UPDATE joint_objection SET state = 'received'",
        "DELETE FROM joint_objection",
        "DELETE FROM joint_objectionreach",
        "UPDATE consents_consent SET state = 'active' WHERE state = 'suspended'",
    ],
)
def test_the_database_itself_keeps_an_objection(w: World, statement: str) -> None:
    objection(number=ACCOUNT)
    with pytest.raises(DatabaseError):
        _by_sql(statement)
    assert state(w) == State.SUSPENDED
    assert ObjectionReach.objects.filter(lifted_at=None).count() == 1


# --- facts of an account ------------------------------------------------------------------------------------------


def record(w: World, kind: str, value: str, **more: Any) -> None:
    account_facts.record(w.account, kind, value, day=more.get("day"), source="co_op", actor=SERVICE("tests"), now=NOW())


def test_s21_after_the_end_of_an_account_nothing_is_asked_for_and_before_it_everything(w: World) -> None:
    end = clock.today().replace(year=2025, month=10, day=15)
    record(w, "ended", "moved_out", day=end)
    assert codes(w) == ["account.ended"]
    before = w.ask(to="2025-10-15")
    assert w.post(before).status_code == 202
    record(w, "ended", "unknown")
    assert codes(w) == []


def test_without_an_hourly_meter_no_daily_data_is_asked_for(w: World) -> None:
    record(w, "ami", "no")
    assert codes(w) == ["channel.not_available"]
    assert w.post(w.ask(data_types=["bill"])).status_code == 202
    record(w, "ami", "yes")
    assert codes(w) == []


def test_prepaid_changes_nothing(w: World) -> None:
    record(w, "prepaid", "yes")
    assert codes(w) == []


def test_a_fact_that_was_recorded_since_refuses_the_next_release(w: World) -> None:
    assert w.post(w.ask()).status_code == 202
    record(w, "ended", "closed", day=clock.today() - timedelta(days=700))
    again = grants.decide_again(DataRequest.objects.get(), channel=None, step="release", now=NOW())
    assert again.codes[0] == "account.ended"


@pytest.mark.parametrize(
    ("kind", "value", "day"),
    [("ended", "closed", None), ("ami", "closed", None), ("prepaid", "moved_out", None), ("ami", "no", "2025-01-01")],
)
def test_a_fact_that_does_not_fit_its_kind_is_refused(w: World, kind: str, value: str, day: Any) -> None:
    with pytest.raises(ValueError, match="no fact"):
        record(w, kind, value, day=day)


def test_the_database_keeps_facts_and_refuses_odd_ones(w: World) -> None:
    record(w, "prepaid", "yes")
    account = UtilityAccount.objects.get()
    with pytest.raises(DatabaseError):
        _odd_fact(account)
    with pytest.raises(DatabaseError):
        _by_sql("UPDATE joint_accountfact SET value = 'no'")


def _odd_fact(account: UtilityAccount) -> None:
    with transaction.atomic():
        ref = log.append("account.fact", actor=SERVICE("tests"), subject=account.customer_id, body={})
        AccountFact.objects.create(
            account=account, kind="ended", value="closed", source="staff", at=NOW(), audit_event_id=ref.id
        )


def _by_sql(statement: str) -> None:
    """Change rows past the product, but with an event of the same transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        ref = log.append("admin.setting", actor=SERVICE("tests"), subject=None, body={})
        cursor.execute(statement.replace(" SET ", f" SET audit_event_id = {ref.id}, ", 1))
