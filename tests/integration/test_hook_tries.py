"""Webhooks: tried until they arrive or are given up, each try counted before it is made."""

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.jobs.models import Job
from broker.parties import keys
from broker.parties.models import Application
from broker.terms import Actor, Refusal
from broker.transport import outward
from consents.lifecycle import State
from requests_app.hooks import actions, query, sending
from requests_app.hooks.models import Delivery
from requests_app.hooks.outbox import SEND, tell
from requests_app.hooks.schedule import GIVE_UP, LONGEST, PAUSES, DeliveryState
from tests.clock import travel
from tests.hook_receivers import receiving
from tests.hooks_world import endpoint, enter, hooked, later, rested
from tests.integration.test_share import share, usage
from tests.requests_world import ACCOUNT, ACTOR, events, run_job, world

STAFF = Actor("s", uuid.uuid4(), role="staff")


# --- tries ---------------------------------------------------------------------------------------------------------


def test_a_try_is_counted_and_logged_before_a_byte_leaves(committing: str, settings: Any, monkeypatch: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        seen = []

        def post(*_: Any, **__: Any) -> outward.Answer:
            row = made.delivery("consent.granted")
            seen.append((row.state, row.attempts, len(events("hook.tried"))))
            return outward.Answer(200)

        monkeypatch.setattr(outward, "post", post)
        assert made.send("consent.granted") == "delivered"
        assert seen == [("sending", 1, 1)]
        assert made.send("consent.granted") == "delivered"  # a second run of the job finds it done
        assert len(seen) == 1


def test_killed_between_sending_and_recording_it_is_sent_again_with_the_same_id(
    committing: str, settings: Any, monkeypatch: Any
) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        with monkeypatch.context() as patched:

            def dies(*_: Any, **__: Any) -> None:
                raise KeyboardInterrupt

            patched.setattr(sending, "record", dies)
            with pytest.raises(KeyboardInterrupt):
                run_job(SEND, made.delivery("consent.granted").id)
        row = made.delivery("consent.granted")
        assert (row.state, row.attempts, len(made.receiver.got)) == ("sending", 1, 1)
        # The lease of the one that died runs out; another takes the job over.
        assert made.send("consent.granted", now=later(minutes=2)) == "delivered"
        first, second = made.receiver.got
        assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
        assert made.delivery("consent.granted").attempts == 2


def test_a_try_that_another_has_overtaken_records_nothing(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made:
        enter(made.world.consent)
        row = made.delivery("consent.granted")
        slow, fast = (sending.begin(row.id, now=timezone.now()) for _ in range(2))
        assert slow is not None
        assert fast is not None
        sending.record(slow, sending.Outcome("http_200", taken=True), now=timezone.now())
        assert made.delivery("consent.granted").state == "sending"
        sending.record(fast, sending.Outcome("http_500"), now=timezone.now())
        assert made.delivery("consent.granted").state == "waiting"


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])
def test_only_a_2xx_is_a_yes(committing: str, settings: Any, status: int) -> None:
    with hooked(settings, status, headers={"Location": "http://127.0.0.1:1/"}) as made:
        enter(made.world.consent)
        assert made.send("consent.granted") == "waiting"
        row = made.delivery("consent.granted")
        assert (row.code, row.attempts) == (f"http_{status}", 1)
        assert len(made.receiver.got) == 1


def test_a_message_is_tried_for_three_days_and_then_given_up(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made:
        enter(made.world.consent)
        began = now = timezone.now()
        tries = 0
        while made.delivery("consent.granted").state != "dead":
            with travel(now):
                made.send("consent.granted", now=now)
            row = made.delivery("consent.granted")
            tries += 1
            now = max(row.next_at or now, rested(made)) + timedelta(seconds=1)
        assert tries == len(PAUSES) + 1
        assert GIVE_UP * 0.75 < now - began <= GIVE_UP + timedelta(minutes=5)
        assert row.ended_at is not None
        assert list(query.dead_letters(application=made.world.application.id)) == [row]
        assert len(set(made.ids())) == 1


def test_a_stop_is_told_for_ever_at_a_capped_interval(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made:
        enter(made.world.consent)
        made.send_all()
        made.revoke()
        now, gaps = timezone.now(), []
        for _ in range(40):
            with travel(now):
                made.send("consent.revoked", now=now)
            row = made.delivery("consent.revoked")
            assert row.next_at is not None
            gaps.append(row.next_at - now)
            now = max(row.next_at, rested(made)) + timedelta(seconds=1)
        assert row.state == "waiting"
        assert now - timezone.now() > 3 * GIVE_UP
        assert max(gaps) <= LONGEST
        made.receiver.statuses = [204]
        with travel(now):
            assert made.send("consent.revoked", now=now) == "delivered"
        assert set(made.ids()[-3:]) == {made.ids()[-1]}


def test_what_came_before_the_end_is_moot_after_it(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made:
        w = made.world
        enter(w.consent)
        w.requested(channel="customer_upload")
        share(w, "usage.csv", usage(ACCOUNT).encode())
        made.send_all()
        assert {row.state for row in Delivery.objects.all()} == {"waiting", "queued"}  # what follows was not tried
        made.revoke()
        made.receiver.statuses, made.receiver.got = [204], []
        with travel(later(hours=1)):
            made.send_all()
        assert {each for each, _ids in made.got()} == {"consent.revoked", "data.withdrawn", "request.state_changed"}
        dropped = Delivery.objects.filter(state="dropped")
        assert {row.type for row in dropped} == {"consent.granted", "data.ready"}
        assert {row.code for row in dropped} == {"consent_ended"}
        for row in dropped:
            assert actions.resend(row, actor=STAFF, now=timezone.now()) == Refusal("state.conflict")


def test_410_disables_the_endpoint_and_everything_that_waits_is_dropped(committing: str, settings: Any) -> None:
    with hooked(settings, 500, 410) as made:
        enter(made.world.consent)
        made.send("consent.granted")
        made.revoke()
        assert made.send("consent.revoked") == "dropped"
        made.endpoint.refresh_from_db()
        assert (made.endpoint.disabled_because, len(events("hook.disabled"))) == ("gone", 1)
        with travel(later(hours=1)):
            made.send_all()
        assert {row.state for row in Delivery.objects.all()} == {"dropped"}
        assert len(made.receiver.got) == 2


def test_an_application_whose_key_was_revoked_gets_nothing_more(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        keys.revoke_key(made.world.application, actor=STAFF, now=timezone.now())
        assert made.send("consent.granted") == "dropped"
        made.revoke()
        assert made.types() == ["consent.granted"]
        assert made.receiver.got == []


def test_an_application_whose_key_is_over_gets_nothing_more(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        row = made.delivery("consent.granted")
        key = made.world.application
        over = key.created_at + timedelta(microseconds=1)
        with transaction.atomic():
            ref = log.append("parties.changed", actor=STAFF, subject=None, body={"expires_at": over})
            Application.objects.filter(id=key.id).update(expires_at=over, audit_event_id=ref.id)
        assert made.send("consent.granted") == "dropped"
        row.refresh_from_db()
        assert (row.code, query.can_resend(row)) == ("application_ended", False)
        made.revoke()
        assert made.types() == ["consent.granted"]
        assert made.receiver.got == []


def test_an_endpoint_that_hangs_is_left_alone_and_costs_the_others_nothing(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made, receiving() as good:
        settings.WEBHOOK_EGRESS = [*settings.WEBHOOK_EGRESS, f"127.0.0.1:{good.port}"]
        endpoint(made.world, good.url)
        w = made.world
        enter(w.consent)
        for number in range(30):
            with transaction.atomic():
                ref = log.append("consent.resumed", actor=ACTOR, subject=w.customer.id, body={"n": number})
                tell("consent.resumed", {"consent": w.consent.id}, organisation=w.organisation.id, ref=ref, now=later())
        made.send_all()
        assert len(good.got) == 31
        assert len(made.receiver.got) == 2  # a second failure in a row begins the rest
        resting = Delivery.objects.filter(endpoint=made.endpoint, state=DeliveryState.QUEUED)
        assert (resting.count(), {row.attempts for row in resting}) == (29, {0})
        made.receiver.statuses = [204]
        with travel(later(minutes=10)):
            made.send_all()
        assert Delivery.objects.exclude(state="delivered").count() == 0


def test_an_endpoint_may_ask_for_patience_within_reason(committing: str, settings: Any) -> None:
    with hooked(settings, 429, headers={"Retry-After": "600"}) as made:
        enter(made.world.consent)
        made.send("consent.granted")
        row = made.delivery("consent.granted")
        assert row.next_at is not None
        assert timedelta(minutes=9) < row.next_at - timezone.now() < timedelta(minutes=11)


def test_whatever_lost_its_job_gets_another(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        Job.objects.filter(kind=SEND).update(state="dead", finished_at=timezone.now())
        assert sending.enqueue_lost(timezone.now()) == 0  # not yet late
        assert sending.enqueue_lost(later(minutes=11)) == 1
        assert sending.enqueue_lost(later(minutes=11)) == 0  # it has one now
        made.send_all()
        assert made.delivery("consent.granted").state == "delivered"


def test_a_name_that_leads_inside_is_a_failed_try_that_says_so(
    committing: str, settings: Any, monkeypatch: Any
) -> None:
    w = world(state=State.SIGNED)
    endpoint(w, "https://hooks.recipient.example/in")
    monkeypatch.setattr(outward, "resolve", lambda *_: ["169.254.169.254"])
    enter(w.consent)
    row = Delivery.objects.get()
    run_job(SEND, row.id)
    row.refresh_from_db()
    assert (row.state, row.code) == ("waiting", "refused_inside")


def test_every_outcome_of_a_try_has_words_for_people() -> None:
    codes = {*outward._REFUSED, *query._SAID}
    raised = set(re.findall(r'NoAnswer\("(\w+)"\)', Path(str(outward.__file__)).read_text()))
    refused = {each for each in outward._REFUSED if query.said(f"refused_{each}") == outward.words(each)}
    assert raised <= codes
    assert refused == set(outward._REFUSED)
    assert query.said("http_500") == "it answered 500"
