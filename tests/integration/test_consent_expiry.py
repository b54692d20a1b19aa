"""The end date: the decision refuses by itself at midnight Central, and the clock writes the end."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.dispatch import receiver

from broker.jobs.models import Job
from consents import expiry, suspending
from consents.lifecycle import State
from consents.models import Consent, ConsentEvent
from consents.rules import last_day_of_term
from consents.signals import consent_ended
from requests_app.grants import not_in_force
from tests.integration.consent_support import Life, at, granted, life, mails, world_on
from tests.requests_world import ACTOR, events

__all__ = ["life"]

# Ends (exclusive) in the weeks in which clocks change, on leap days, and at the turn of a year.
ENDS = [
    date(2026, 3, 8),
    date(2026, 3, 9),
    date(2026, 11, 1),
    date(2026, 11, 2),
    date(2028, 2, 29),
    date(2028, 3, 1),
    date(2027, 1, 1),
    date(2026, 7, 1),
]


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_it_ends_at_midnight_central_and_not_an_instant_before(life: Life, end: date) -> None:
    """With no scheduler the decision refuses from midnight on; the job records the end at that very moment."""
    w = world_on(end - timedelta(days=100), ends=end)
    last, first = at(end) - timedelta(hours=12), expiry.midnight(end)
    assert first.astimezone(last.tzinfo).strftime("%H:%M") == "00:00"
    before = first - timedelta(seconds=1)
    assert not_in_force(w.consent, before) is None
    assert not_in_force(w.consent, first) == "consent.expired"
    life.work(before)
    assert Consent.objects.get().state == State.ACTIVE
    life.work(first)
    row = Consent.objects.get()
    assert (row.state, row.ended_at) == (State.EXPIRED, first)
    assert len(events("consent.expired")) == 1


def test_a_leap_day_as_start_gives_a_year_to_28_february(life: Life) -> None:
    """Whatever end date is stored, twelve months is the most."""
    w = world_on(date(2028, 2, 29), ends=date(2029, 3, 1))
    end = date(2029, 2, 28)
    assert expiry.end_of(w.consent) == end == last_day_of_term(w.consent.starts)
    assert not_in_force(w.consent, expiry.midnight(end)) == "consent.expired"
    life.work(expiry.midnight(end))
    assert Consent.objects.get().state == State.EXPIRED


def test_the_next_turn_of_the_day_is_midnight_central(life: Life) -> None:
    """Also across the change of clocks, where a day has 23 or 25 hours."""
    world_on(date(2026, 1, 1))
    for day in (date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)):
        life.work(at(day))
        job = Job.objects.get(key=f"consent.day:begins:{day + timedelta(days=1)}")
        assert job.due_at == expiry.midnight(day + timedelta(days=1))


@pytest.mark.parametrize("state", ["signed", "suspended", "paused_dormant"])
def test_what_is_not_in_force_runs_out_too(life: Life, state: str) -> None:
    """No suspension outlives the end date."""
    w = world_on(date(2026, 1, 1), ends=date(2026, 2, 1), state=state)
    life.work(at(date(2026, 2, 1)))
    assert Consent.objects.get().state == State.EXPIRED
    assert not suspending.resume(w.consent, actor=ACTOR, now=at(date(2026, 2, 1)))


def test_an_end_is_recorded_once_and_told_once(life: Life) -> None:
    """Twice, late, or by two workers: one event, one row, one mail; everybody who listens hears it once."""
    heard: list[Any] = []

    @receiver(consent_ended)
    def listen(consent: Consent, how: str, **_signal: Any) -> None:
        heard.append((consent.id, how))

    w = world_on(date(2026, 1, 1), ends=date(2026, 2, 1))
    other = granted(w, at(date(2026, 1, 1)), starts=date(2026, 1, 1), ends=date(2026, 3, 1))
    for day in (date(2026, 2, 4), date(2026, 2, 4), date(2026, 2, 9)):
        life.work(at(day))
    assert heard == [(w.consent.id, "clock")]
    assert len(events("consent.expired")) == 1
    assert list(ConsentEvent.objects.values_list("state", flat=True)) == ["expired"]
    assert mails().count("ran_out") == 1
    other.refresh_from_db()
    assert other.state == State.ACTIVE


def test_an_ended_consent_does_not_run_out(life: Life) -> None:
    """What she stopped stays stopped."""
    w = world_on(date(2026, 1, 1), ends=date(2026, 2, 1), state="revoked")
    with time_machine.travel(at(date(2026, 2, 2)), tick=False):
        assert not expiry.expire(w.consent, now=datetime.now().astimezone())
    life.work(at(date(2026, 2, 2)))
    assert Consent.objects.get().state == State.REVOKED
    assert mails() == []
