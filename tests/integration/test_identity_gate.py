"""Nothing is released below what the profile allows; hourly data waits 48 hours after a notice that was delivered."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.terms import Actor, Refusal
from consents import actions
from consents.identity import levels, notice
from consents.identity.models import How, IntervalNotice
from consents.joint import members
from consents.joint.models import JointMember
from consents.lifecycle import State
from consents.models import Consent
from requests_app import release
from tests.requests_world import ACTOR, World, coop, events, run_job, world

HOURLY = {"data_types": ["bill", "usage_daily", "usage_hourly"]}


def prove_by_bill(w: World) -> None:
    with transaction.atomic():
        levels.prove([w.account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())


def read(w: World, request, *, now: datetime | None = None) -> str:
    """Read as the application; a code, or "ready" when nothing but the data itself is missing."""
    answer = release.release_readings(w.application, request.id, now=now or timezone.now())
    assert isinstance(answer, Refusal)
    return "ready" if answer.code == "data.not_ready" else answer.code


def test_the_letter_goes_out_at_the_lowest_level_and_nothing_comes_back_out(committing):
    w = world(assurance="L1")
    request = w.requested()  # routed: the co-op checks identity itself
    assert read(w, request) == "assurance.too_low"
    refused = w.get(f"data-requests/{request.id}/readings")
    assert refused.status_code == 403
    document = refused.json()
    rule = next(each for each in document["rules"] if "assurance.too_low" in each["codes"])
    assert document["code"] == "assurance.too_low"
    assert rule["input"]["raise_by"] == ["own_bill", "confirmed_by_utility"]
    assert "with a recent bill" in document["instead"]
    assert len(events("data.read_refused")) == 2
    prove_by_bill(w)
    assert read(w, request) == "ready"


def test_hourly_data_needs_more_than_a_bill(committing):
    w = world(assurance="L1", **HOURLY)
    daily, hourly = w.requested(), w.requested(data_types=["usage_hourly"])
    prove_by_bill(w)
    assert (read(w, daily), read(w, hourly)) == ("ready", "assurance.too_low")
    assert levels.confirm_by_utility(w.consent, how="clerk_button", actor=ACTOR, now=timezone.now())
    assert read(w, hourly) == "ready"


def test_hourly_data_opens_48_hours_after_a_notice_that_was_delivered(committing, settings, tmp_path):
    w = world(assurance="L1", **HOURLY)
    hourly = w.requested(data_types=["usage_hourly"])
    prove_by_bill(w)
    with coop(tmp_path, settings) as mailbox:
        assert run_job(levels.NOTICE, w.consent.id) == "done"
        mail = Notice.objects.get(template="hourly_notice")
        assert run_job(notice.SENT, w.consent.id) == "queued"  # not handed over yet: no time passes
        assert Consent.objects.get(id=w.consent.id).notice_at is None
        assert run_job("notices.send", mail.id) == "done"
        (sent,) = [each for each in mailbox.mails.search() if "hourly data" in each["subject"]]
    assert sent["to"] == ["pat@member.example"]
    assert any("/stop/" in link for link in sent["links"])
    assert run_job(notice.SENT, w.consent.id, now=timezone.now() + timedelta(hours=1)) == "done"
    mail.refresh_from_db()
    told = Consent.objects.get(id=w.consent.id).notice_at
    assert told == IntervalNotice.objects.get().at == mail.sent_at
    assert read(w, hourly, now=told + timedelta(hours=47, minutes=59)) == "assurance.too_low"
    assert read(w, hourly, now=told + timedelta(hours=48)) == "ready"
    assert len(events("identity.noticed")) == 1


def test_a_stop_within_the_48_hours_is_an_objection(sqlite_db):
    w = world(assurance="L1", **HOURLY)
    hourly = w.requested(data_types=["usage_hourly"])
    prove_by_bill(w)
    now, mail = timezone.now(), Consent.objects.get(id=w.consent.id).id
    assert notice.record(w.consent, notice=mail, at=now)
    assert actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="receipt_link", now=now)
    assert read(w, hourly, now=now + timedelta(hours=49)) == "consent.revoked"


def test_a_notice_that_nobody_took_opens_nothing(sqlite_db):
    w = world(assurance="L1", **HOURLY)
    prove_by_bill(w)
    run_job(levels.NOTICE, w.consent.id)
    Notice.objects.filter(template="hourly_notice").update(state="refused")
    assert run_job(notice.SENT, w.consent.id) == "dead"
    assert Consent.objects.get(id=w.consent.id).notice_at is None


@pytest.mark.parametrize("changes", [{"data_types": ["bill"]}, {**HOURLY, "state": State.REVOKED}])
def test_no_notice_where_none_is_needed(sqlite_db, changes):
    w = world(assurance="L1", **changes)
    prove_by_bill(w)
    for job in Job.objects.filter(kind=levels.NOTICE):
        jobs.run(job.id)
    assert not Notice.objects.exists()


def test_the_notice_is_recorded_once(sqlite_db):
    w = world(assurance="L1", **HOURLY)
    prove_by_bill(w)
    now = timezone.now()
    assert notice.record(w.consent, notice=w.consent.id, at=now)
    assert not notice.record(w.consent, notice=w.consent.id, at=now + timedelta(hours=1))
    assert Consent.objects.get(id=w.consent.id).notice_at == now


def test_a_new_consent_over_a_proven_account_gets_its_own_notice(sqlite_db):
    """What another consent was told of does not let this one's time run."""
    w = world(assurance="L2", **HOURLY)
    assert Job.objects.filter(kind=levels.NOTICE, subject_id=w.consent.id).exists()


def with_second_holder() -> tuple[World, JointMember]:
    w = world(assurance="L1", **HOURLY)
    with transaction.atomic():
        line = "PAT OR KIM MEMBER"
        made = members.record(w.consent, w.account, line=line, signer="Pat Member", now=timezone.now())
    assert made is not None
    prove_by_bill(w)
    return w, made


def test_a_second_holder_is_told_as_well_with_a_stop_of_their_own(committing, settings, tmp_path):
    w, member = with_second_holder()
    assert members.name_address(member, "kim@member.example", actor=ACTOR)
    with coop(tmp_path, settings) as mailbox:
        assert run_job(levels.NOTICE, w.consent.id) == "done"
        hers, theirs = Notice.objects.filter(template="hourly_notice").order_by("subject")
        assert run_job("notices.send", hers.id) == "done"
        assert run_job(notice.SENT, w.consent.id) == "queued"  # the other mail is still here
        assert run_job("notices.send", theirs.id) == "done"
        mails = [each for each in mailbox.mails.search() if "hourly data" in each["subject"]]
    assert sorted(each["to"] for each in mails) == [["kim@member.example"], ["pat@member.example"]]
    kims = next(each for each in mails if each["to"] == ["kim@member.example"])
    assert any(members.token(member.id) in link for link in kims["links"])
    assert run_job(notice.SENT, w.consent.id, now=timezone.now() + timedelta(hours=1)) == "done"
    theirs.refresh_from_db()
    assert Consent.objects.get(id=w.consent.id).notice_at == theirs.sent_at


def test_no_time_passes_while_a_second_holder_has_no_address(sqlite_db):
    w, _member = with_second_holder()
    assert run_job(levels.NOTICE, w.consent.id) == "queued"
    assert not Notice.objects.filter(template="hourly_notice").exists()
