"""Webhooks: written with the act, signed, sent until they arrive, and never more than ids."""

import json
import re
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError
from svix.webhooks import Webhook as Svix

from broker.audit import log
from broker.jobs.models import Job
from broker.terms import Actor
from consents import suspending
from consents.lifecycle import State
from consents.models import Consent, Suspension
from requests_app.hooks import actions, query, signing
from requests_app.hooks import events as types
from requests_app.hooks.actions import Made
from requests_app.hooks.models import Delivery, SigningKey
from requests_app.hooks.outbox import SEND, tell
from tests.clock import travel
from tests.hooks_world import HooksWorld, endpoint, enter, hooked, later
from tests.integration.test_share import share, usage
from tests.requests_world import ACCOUNT, ACTOR, coop, events, organisation, run_job

STAFF = Actor("s", uuid.uuid4(), role="staff")


# --- what is told --------------------------------------------------------------------------------------------------


def test_a_life_of_a_consent_is_told_by_ids_alone(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        w = made.world
        enter(w.consent)
        asked = w.requested(channel="customer_upload")
        share(w, "usage.csv", usage(ACCOUNT).encode())
        suspending.suspend(w.consent, because=Suspension.Because.OFFICER, actor=STAFF, now=timezone.now())
        suspending.resume(w.consent, actor=STAFF, now=timezone.now())
        made.send_all()
        made.revoke()
        made.send_all()
        consent, both = {"consent": str(w.consent.id)}, {"consent": str(w.consent.id), "request": str(asked.id)}
        assert sorted(made.got(), key=str) == sorted(
            [
                ("consent.granted", consent),
                ("request.state_changed", both),
                ("data.ready", both),
                ("consent.suspended", consent),
                ("consent.resumed", consent),
                ("consent.revoked", consent),
                ("data.withdrawn", consent),
                ("request.state_changed", both),
            ],
            key=str,
        )
        assert len(set(made.ids())) == 8
        for request in made.receiver.got:
            said = json.loads(request.body)
            assert set(said) == {"type", "timestamp", "data"}
            assert len(request.body) < types.MOST_BYTES
            assert request.headers["Content-Type"] == "application/json"
            # Neither her address, her account, its last digits, nor a number that stands in a letter.
            assert not re.search(rb"pat|40900017|0017|OB-2", request.body, re.I)


def test_a_request_that_moves_is_told_to_the_application_that_asked(
    committing: str, settings: Any, tmp_path: Any
) -> None:
    with coop(tmp_path, settings), hooked(settings, types=["request.state_changed"]) as made:
        enter(made.world.consent)
        manual = made.world.manual()
        run_job("manual.send", manual.id)
        count = Delivery.objects.count()
        assert count == len({row.message for row in Delivery.objects.all()})
        assert count >= 2
        made.send_all()
        ids = {"consent": str(made.world.consent.id), "request": str(manual.request_id)}
        assert made.got() == [("request.state_changed", ids)] * count


def test_a_consent_that_never_came_into_force_is_nobodys_business(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        made.revoke()
        assert made.types() == []


def test_a_newer_consent_is_named_where_it_takes_the_place_of_an_older_one(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        old = made.world.consent
        enter(old)
        newer = _renewal(made)
        enter(newer)
        made.send_all()
        assert ("consent.amended", {"consent": str(old.id), "by": str(newer.id)}) in made.got()
        assert ("consent.granted", {"consent": str(newer.id)}) in made.got()
        assert "consent.revoked" not in made.types()


def _renewal(made: HooksWorld) -> Consent:
    from tests.requests_world import grant

    w, now = made.world, timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        return grant(
            w.customer, w.organisation, [w.account], ref=ref, now=now, state=State.SIGNED, supersedes=w.consent
        )


def test_another_recipient_another_type_and_a_disabled_endpoint_get_nothing(committing: str, settings: Any) -> None:
    with hooked(settings, types=["consent.granted"]) as made:
        _other, application, _key = organisation("other", timezone.now())
        foreign = actions.create_endpoint(
            application, made.receiver.url, ["consent.granted"], actor=STAFF, now=timezone.now()
        )
        assert isinstance(foreign, Made)
        ended = endpoint(made.world, made.receiver.url)
        assert actions.disable(ended.endpoint, because="person", actor=STAFF)
        enter(made.world.consent)
        made.revoke()
        assert [(row.type, row.endpoint) for row in Delivery.objects.all()] == [("consent.granted", made.endpoint)]


def test_a_message_is_there_if_and_only_if_its_act_was_committed(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        before = (Delivery.objects.count(), Job.objects.filter(kind=SEND).count())

        class Undone(Exception):
            pass

        def undone() -> None:
            with transaction.atomic():
                made.revoke()
                assert Delivery.objects.count() == before[0] + 1
                raise Undone

        with pytest.raises(Undone):
            undone()
        assert (Delivery.objects.count(), Job.objects.filter(kind=SEND).count()) == before
        assert not events("hook.failed")


def test_the_same_act_told_twice_is_one_message(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        data, who = {"consent": made.world.consent.id}, made.world.organisation.id
        with transaction.atomic():
            ref = log.append("consent.resumed", actor=ACTOR, subject=made.world.customer.id, body={})
            for _ in range(2):
                tell("consent.resumed", data, organisation=who, ref=ref, now=timezone.now())
        assert made.types() == ["consent.resumed"]


@pytest.mark.parametrize("data", [{"name": uuid.uuid4()}, {"consent": "Pat Member"}])
def test_more_than_ids_cannot_be_said(committing: str, settings: Any, data: Any) -> None:
    with hooked(settings) as made, transaction.atomic():
        ref = log.append("consent.resumed", actor=ACTOR, subject=made.world.customer.id, body={})
        with pytest.raises(ValueError, match=r"no such message|badly formed"):
            tell("consent.resumed", data, organisation=made.world.organisation.id, ref=ref, now=timezone.now())


# --- how it is signed ----------------------------------------------------------------------------------------------


def test_both_libraries_verify_by_both_families_of_headers_and_nothing_else(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        made.send_all()
        (request,) = made.receiver.got
        sent = {name.lower(): value for name, value in request.headers.items()}
        Standard(made.secret).verify(request.body, sent)
        Svix(made.secret).verify(request.body, sent)
        renamed = {name.replace("webhook-", "svix-"): value for name, value in sent.items()}
        Svix(made.secret).verify(request.body, renamed)
        for verify in (Standard(made.secret).verify, Svix(made.secret).verify):
            for wrong in (
                {**sent, "webhook-id": "msg_other"},
                {**sent, "webhook-timestamp": str(int(sent["webhook-timestamp"]) + 1)},
                {**sent, "webhook-signature": "v1,AAAA"},
            ):
                with pytest.raises(WebhookVerificationError):
                    verify(request.body, wrong)
            with pytest.raises(WebhookVerificationError):
                verify(request.body.replace(b"consent.granted", b"consent.revoked"), sent)
        with pytest.raises(WebhookVerificationError):
            Standard(signing.new_secret()).verify(request.body, sent)


def test_for_a_day_after_a_rotation_both_keys_sign_and_then_the_newer_alone(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        newer = actions.rotate(made.endpoint, actor=made.actor, now=timezone.now())
        assert isinstance(newer, Made)
        made.send("consent.granted")
        (request,) = made.receiver.got
        assert len(request.headers["webhook-signature"].split(" ")) == 2
        for secret in (made.secret, newer.secret):
            Standard(secret).verify(request.body, dict(request.headers.items()))
        SigningKeys = SigningKey.objects.filter(endpoint=made.endpoint)
        assert SigningKeys.filter(ends_at=None).count() == 1
        with travel(later(hours=25)):
            assert len(actions.active_keys(made.endpoint, timezone.now())) == 1


def test_never_do_three_keys_sign_and_one_that_leaked_ends_at_once(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        for _ in range(3):
            assert isinstance(actions.rotate(made.endpoint, actor=made.actor, now=timezone.now()), Made)
            assert len(actions.active_keys(made.endpoint, timezone.now())) == 2
        last = actions.rotate(made.endpoint, actor=made.actor, now=timezone.now(), at_once=True)
        assert isinstance(last, Made)
        (only,) = actions.active_keys(made.endpoint, timezone.now())
        enter(made.world.consent)
        made.send("consent.granted")
        assert made.got(last.secret) == [("consent.granted", {"consent": str(made.world.consent.id)})]
        assert only.ends_at is None


def test_a_secret_is_shown_once_and_lies_sealed(committing: str, settings: Any) -> None:
    from django.db import connection

    with hooked(settings) as made:
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
        assert made.secret not in repr(actions.rotate(made.endpoint, actor=made.actor, now=timezone.now()))
        with connection.cursor() as cursor:
            for table in ("hooks_signingkey", "hooks_endpoint", "hooks_delivery", "audit_event"):
                cursor.execute(f"SELECT * FROM {table}")
                assert made.secret[6:30] not in str(cursor.fetchall())
        assert made.secret not in json.dumps(query.endpoint_as_json(made.endpoint, timezone.now()), default=str)
