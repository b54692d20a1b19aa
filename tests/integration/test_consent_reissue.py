"""A major version of the template lists the letters in force, and changes none of them."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from consents.lifecycle import State
from consents.models import Consent, LetterFile, LetterOfAuthorization
from tests import clock, requests_world
from tests.requests_world import ACTOR, World, world


def another(w: World, **facts: object) -> Consent:
    """A further consent, with its letter."""
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        return requests_world.grant(w.customer, w.organisation, [w.account], ref=ref, now=timezone.now(), **facts)


def signed_with(consent: Consent, version: str) -> None:
    """Let its letter be of this version."""
    with transaction.atomic():
        ref = log.append("consent.changed", actor=ACTOR, subject=consent.customer_id, body={})
        rows = LetterOfAuthorization.objects.filter(consent=consent)
        rows.update(template_version=version, audit_event_id=ref.id)


def listed(template: str) -> list[str]:
    """What the command prints: numbers of consents."""
    out = StringIO()
    call_command("list_reissue", template=template, stdout=out)
    return [json.loads(line)["consent"] for line in out.getvalue().splitlines()]


def test_a_major_version_lists_what_is_in_force(committing: str) -> None:
    """Not what ended, not what is of that version, and the first to end first."""
    w = world()
    first = another(w, ends=clock.today() + timedelta(days=20))
    paused = another(w, state=State.PAUSED_DORMANT, ends=clock.today() + timedelta(days=40))
    newer, ended = another(w), another(w, state=State.REVOKED)
    for row in (w.consent, first, paused, ended):
        signed_with(row, "loa 1.1.0")
    signed_with(newer, "loa 2.0.0")
    before = list(LetterFile.objects.order_by("id").values_list("sha256", flat=True))
    assert listed("loa 2.0.0") == [first.number, paused.number, w.consent.number]
    assert listed("loa 1.2.0") == [newer.number]  # a step back affects what is ahead: somebody looks
    assert list(LetterFile.objects.order_by("id").values_list("sha256", flat=True)) == before


def test_a_letter_with_a_successor_is_not_asked_for_again(committing: str) -> None:
    """Its customer has signed the new one already."""
    w = world()
    signed_with(w.consent, "loa 1.1.0")
    newer = another(w, state=State.SIGNED, supersedes=w.consent)
    signed_with(newer, "loa 2.0.0")
    assert listed("loa 2.0.0") == []


def test_an_odd_version_is_refused(committing: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(CommandError):
        call_command("list_reissue", template="2.0.0")
