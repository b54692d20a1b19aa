"""The jobs around a letter's file: sealing that must wait, the alarm, the archive's copy, the list of certificates."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker.notices.models import Notice
from consents import copy_returned
from consents.models import Consent
from consents.sealing import ALARM_AFTER, THE_LIST
from tests.completeness.test_every_job import runs, watching
from tests.integration.audit_support import integrate
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]


def test_a_letter_that_waits_for_its_timestamp_and_is_archived(desk: Desk) -> None:
    watch = watching("letter.seal waits", "letter.overdue", "letter.seal", "letter.archive", "seal.list")
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    consent: Any = Consent.objects.get()
    watch.know("her", consent.customer_id)
    watch.names["consent"] = str(consent.id)
    integrate(desk.signer.answer)
    desk.stamps.fault = "down"
    watch.step("letter.seal waits", runs("letter.seal", consent.id, ends="queued"))
    late = timezone.now() + ALARM_AFTER
    watch.step("letter.overdue", runs("letter.overdue", consent.id, now=late))
    desk.stamps.fault = ""
    watch.step("letter.seal", runs("letter.seal", consent.id, now=timezone.now() + timedelta(minutes=2)))
    watch.step("letter.archive", runs("letter.archive", consent.id))
    watch.step("seal.list", runs("seal.list", THE_LIST, now=timezone.now() + timedelta(days=1, seconds=1)))
    watch.finish()


def test_a_copy_that_comes_back_and_goes_by_post(desk: Desk) -> None:
    watch = watching("receipt.returned", "receipt.arrived")
    desk.grant()
    consent: Any = Consent.objects.get()
    watch.know("her", consent.customer_id)
    watch.names["consent"] = str(consent.id)
    now = timezone.now()
    with transaction.atomic():
        assert copy_returned.came_back(Notice.objects.get(template="receipt").message_id)
        copy_returned.went_by_post(consent, "receipt", now=now)
    watch.step("receipt.returned", runs("receipt.returned", consent.id))
    arrived = now + copy_returned.POST_DAYS + timedelta(minutes=1)
    watch.step("receipt.arrived", runs("receipt.arrived", consent.id, now=arrived))
    watch.finish()
