"""The jobs of a consent's life, run once each, leave exactly the declared events."""

import uuid
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.parties import links
from broker.parties.models import EmailLink
from broker.terms import SERVICE
from consents import actions, life_work, reminders
from consents.lifecycle import State
from consents.models import Consent
from tests import clock, requests_world
from tests.completeness.test_every_job import runs, watching
from tests.requests_world import World, world

ACTOR = SERVICE("tests")


def _enqueue(kind: str, subject: uuid.UUID) -> None:
    with transaction.atomic():
        jobs.enqueue(kind, subject)


def test_a_consent_that_is_reminded_of_and_runs_out(committing: str) -> None:
    watch, today = watching("consent.day", "consent.notices", "consent.expire", "consent.ran_out"), clock.today()
    w = world(starts=today - timedelta(days=100), ends=today + timedelta(days=100))
    watch.know("her", w.customer.id)
    watch.names["consent"] = str(w.consent.id)
    _enqueue(life_work.DAY, life_work.CLOCK)
    watch.step("consent.day", runs(life_work.DAY, life_work.CLOCK))
    _enqueue(reminders.TELL, w.consent.id)
    watch.step("consent.notices", runs(reminders.TELL, w.consent.id, now=timezone.now() + timedelta(days=1)))
    over = _over(w, today)
    watch.names["consent"] = str(over.id)
    _enqueue("consent.expire", over.id)
    watch.step("consent.expire", runs("consent.expire", over.id))
    watch.step("consent.ran_out", runs("consent.ran_out", over.id))
    watch.finish()


def _over(w: World, today: date) -> Consent:
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        facts = {"starts": today - timedelta(days=40), "ends": today - timedelta(days=3)}
        return requests_world.grant(w.customer, w.organisation, [w.account], ref=ref, now=timezone.now(), **facts)


def test_a_consent_that_is_replaced_and_one_that_is_paused(committing: str) -> None:
    watch, w = watching("consent.replaced", "consent.paused"), world()
    watch.know("her", w.customer.id)
    reminders.pause(w.consent, now=timezone.now())
    watch.step("consent.paused", runs("consent.paused", w.consent.id))
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        facts = {"supersedes": w.consent, "state": State.SIGNED}
        newer = requests_world.grant(w.customer, w.organisation, [w.account], ref=ref, now=timezone.now(), **facts)
        assert actions.move(newer, State.ACTIVE, ref=ref, now=timezone.now())
    watch.step("consent.replaced", runs("consent.replaced", w.consent.id))
    watch.finish()


def test_the_receipt_of_a_no(committing: str) -> None:
    watch, w, now = watching("consent.declined"), world(), timezone.now()
    share = EmailLink.Purpose.SHARE
    link = links.begin("pat@member.example", share, organisation=w.organisation, language="en", now=now)
    assert link is not None
    watch.know("link", link.id)
    actions.decline(w.organisation, link, None, now=now)
    watch.step("consent.declined", runs("consent.declined", link.id))
    watch.finish()
