"""Scenarios of the field guide on the life of a consent: S11, S13, S14, S19, S20."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.admin import site as plain_admin
from django.db import DatabaseError, connection, transaction

from broker.notices.models import Notice
from consents.lifecycle import State
from consents.models import Consent
from tests.integration.consent_support import Life, at, granted, life, mails, world_on

__all__ = ["life"]

START = date(2026, 4, 1)


def test_s11_still_sharing(life: Life) -> None:
    """Given an ongoing consent, when 90 days passed, then one note says so; by mail, and by nothing else."""
    w = world_on(START)
    for day in (89, 90, 91):
        with time_machine.travel(at(START + timedelta(days=day - 40)), tick=False):
            w.post(w.ask())
        life.work(at(START + timedelta(days=day)))
    assert mails() == ["still_sharing"]
    assert Notice.objects.get(template="still_sharing").subject == w.customer.id


def test_s13_the_last_minute_of_the_last_day(life: Life) -> None:
    """Given an end of June 30, then 23:59 Central is allowed and 00:00 is not, with the scheduler stopped."""
    w = world_on(date(2026, 5, 1), ends=date(2026, 7, 1))
    life.sign()
    with time_machine.travel(at(date(2026, 6, 30), "23:59"), tick=False):
        assert w.post(w.ask()).status_code in (201, 202)
    with time_machine.travel(at(date(2026, 7, 1), "00:00"), tick=False):
        assert w.post(w.ask()).json()["code"] == "consent.expired"
    assert Consent.objects.get().state == State.ACTIVE  # nobody had written the end yet


def test_s14_reminders_once_and_renewal_beside_the_old(life: Life) -> None:
    """Given 30, 7 and 1 days, when the job runs twice or late, then each comes once; the old one stays valid."""
    w = world_on(START, ends=START + timedelta(days=50))
    for left in (30, 30, 28, 7, 5, 1, 1):
        life.work(at(START + timedelta(days=50 - left)))
    assert mails() == ["ends_soon", "ends_soon", "ends_soon"]
    newer = granted(w, at(START + timedelta(days=49)), state=State.SIGNED, supersedes=w.consent)
    assert (Consent.objects.get(id=w.consent.id).state, newer.state) == (State.ACTIVE, State.SIGNED)


def test_s19_nobody_brings_a_revoked_consent_back(committing: str) -> None:
    """Not in the admin, where no consent can be changed, and not through the database."""
    world_on(START, state=State.REVOKED)
    assert not plain_admin.is_registered(Consent)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consents_consent SET state = 'active', ended_at = NULL")


def test_s20_unused_for_sixty_days(life: Life) -> None:
    """Given no use, then she is told, and after the notice the application gets a code of its own."""
    w = world_on(START)
    life.work(at(START + timedelta(days=60)))
    assert mails() == ["not_used"]
    life.work(at(START + timedelta(days=74)))
    with time_machine.travel(at(START + timedelta(days=74)), tick=False):
        assert w.post(w.ask()).json()["code"] == "consent.paused_dormant"
