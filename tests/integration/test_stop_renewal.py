"""A stop ends what waits to take the place of the consent, and says what of hers goes on (both engines)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from broker.terms import Actor
from consents import actions
from consents.actions import revoke, stop_token
from consents.lifecycle import State
from consents.models import Consent
from consents.stopping import seen
from consents.stopping.models import Stop
from requests_app.grants import not_in_force
from tests.integration.consent_support import Life, at, granted, life, world_on
from tests.integration.test_consent_renewal import renewed, seal
from tests.requests_world import World, events

__all__ = ["life"]

START = date(2026, 1, 1)
DAY = START + timedelta(days=30)
LATER = DAY + timedelta(days=1)


def stop(w: World, consent: Consent, how: str = "receipt_link") -> bool:
    return revoke(consent, actor=Actor("c", w.customer.id), how=how, now=at(DAY))


def page(consent: Consent, language: str = "en") -> str:
    """Give the page behind the receipt's link."""
    with time_machine.travel(at(DAY), tick=False), translation.override(language):
        path = f"/stop/{stop_token(consent.id)}/"
        return Client().get(path, headers={"accept-language": language}).content.decode()


def test_a_stop_ends_the_renewal_that_waits(life: Life) -> None:
    """She meant both: nothing comes into force afterwards, and each end has an event of its own."""
    w = world_on(START)
    newer = renewed(w, w.consent, DAY)
    assert stop(w, w.consent)
    assert not seal(w, newer, LATER)
    assert newer.state == State.REVOKED
    assert not_in_force(newer, at(LATER)) == "consent.revoked"
    w.consent.refresh_from_db()
    assert w.consent.state == State.REVOKED
    ends = events("consent.revoked")
    assert len(ends) == 2
    assert {each.id for each in ends} == {w.consent.audit_event_id, newer.audit_event_id}
    assert Stop.objects.count() == 2
    told = seen.of(newer)
    assert told is not None
    assert told.by_her


def test_a_chain_that_waits_ends_whole(life: Life) -> None:
    w = world_on(START)
    second = renewed(w, w.consent, DAY)
    third = renewed(w, second, DAY)
    assert stop(w, w.consent)
    assert set(Consent.objects.values_list("state", flat=True)) == {State.REVOKED}
    assert not seal(w, third, LATER)


def test_what_is_stopped_at_this_very_moment_takes_nobodys_place(life: Life) -> None:
    """The seal read the renewal before the stop was committed: it must not end the old one for nothing."""
    w = world_on(START)
    newer = renewed(w, w.consent, DAY)
    stale = Consent.objects.get(id=newer.id)
    assert stop(w, newer)
    assert not seal(w, stale, DAY)
    w.consent.refresh_from_db()
    assert w.consent.state == State.ACTIVE


def test_a_stop_of_the_renewal_alone_leaves_the_old_one_and_the_page_says_so(life: Life) -> None:
    w = world_on(START)
    newer = renewed(w, w.consent, DAY)
    assert stop(w, newer)
    text = page(newer)
    assert "gets nothing more" not in text
    assert w.consent.number in text
    assert f"/my/{w.consent.id}/stop/" in text


@pytest.mark.parametrize(("language", "nothing"), [("en", "gets nothing more"), ("es", "no recibe nada más")])
def test_the_page_names_what_ended_with_it(life: Life, language: str, nothing: str) -> None:
    w = world_on(START)
    newer = renewed(w, w.consent, DAY)
    before = page(w.consent, language)
    assert newer.number in before
    assert stop(w, w.consent)
    text = page(w.consent, language)
    assert newer.number in text
    assert nothing in text


def test_the_page_names_what_goes_on_and_does_not_say_that_nothing_is_given(life: Life) -> None:
    """A second permission for the same company over the same account, and its link."""
    w = world_on(START)
    other = granted(w, at(DAY), starts=DAY, ends=DAY + timedelta(days=20))
    text = page(w.consent)
    assert other.number in text
    assert stop(w, w.consent)
    text = page(w.consent)
    assert "gets nothing more" not in text
    assert other.number in text
    assert f"/my/{other.id}/stop/" in text
    assert actions.revoke(other, actor=Actor("c", w.customer.id), how="dashboard", now=at(DAY))
    assert "gets nothing more" in page(w.consent)


def test_the_page_of_a_replaced_permission_names_the_one_in_force(life: Life) -> None:
    w = world_on(START)
    newer = renewed(w, w.consent, DAY)
    assert seal(w, newer, DAY)
    text = page(w.consent)
    assert "gets nothing more" not in text
    assert newer.number in text
