"""A customer who makes papers up to learn which numbers are accounts of somebody whom we know."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.limits.counting import DAY, Limit
from broker.parties.directory import AccountFacts, ensure_account
from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app import share
from requests_app.brought import rules
from requests_app.models import ReceivedFile
from requests_app.share_words import said
from tests.brought_world import answers, bookkeeper, dropped, states
from tests.clock import travel
from tests.integration.test_own_data import her
from tests.requests_world import ACCOUNT, World, world

KNOWN, NOBODYS = "40900033", "40700001"


@pytest.fixture
def w(committing: str, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(onward_recipients=[])
    monkeypatch.setattr(share, "STRANGERS", Limit("share-strangers", 2, DAY))
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", made.customer.id), subject=made.customer.id, body={})
        facts = AccountFacts(KNOWN, "Lee Member", "3 Example Road")
        ensure_account(made.customer, "obec", facts, ref=ref, now=timezone.now())
    return made


def made_up(number: str, month: int = 1, *, label: str = "Reference") -> bytes:
    lines = [f"Account number: {ACCOUNT}", f"Bill date: 2025-{month + 1:02}-03"]
    days = f"Service from 2025-{month:02}-01 to 2025-{month:02}-28"
    return paper.pdf([[*lines, days, f"{label} {number}"]])


def handed_over(w: World, data: bytes, *, days: int = 0) -> str:
    """Hand a file over; give the code of its refusal."""
    now = timezone.now() + timedelta(days=days)
    me = Actor("c", w.customer.id)
    found = share.receive_share(w.consent, None, "bill.pdf", data, to_nectar=False, actor=me, now=now)
    return found.code if isinstance(found, Refusal) else ""


def test_few_answers_a_day_say_that_a_number_is_somebodys(w: World) -> None:
    for month in (1, 2):
        assert handed_over(w, made_up(KNOWN, month)) == "share.other_account"
    for number in (KNOWN, NOBODYS):  # now they are one answer
        assert handed_over(w, made_up(number, 3)) == share.ENOUGH
    assert "go on tomorrow" in said(share.ENOUGH)
    assert handed_over(w, made_up(NOBODYS, 3), days=1) == ""
    assert ReceivedFile.objects.count() == 1


def test_what_a_bill_itself_calls_an_account_is_not_counted(w: World) -> None:
    for number in (KNOWN, NOBODYS):
        for month in (1, 2, 3):
            assert handed_over(w, made_up(number, month, label="Account number:")) == "share.other_account"
    assert handed_over(w, made_up(NOBODYS, 4)) == ""


def test_what_she_confirmed_waits_for_the_next_day_and_is_not_lost(w: World) -> None:
    one = dropped(bookkeeper(w), {"bill.pdf": made_up(NOBODYS, 4)})
    for month in (1, 2):
        handed_over(w, made_up(KNOWN, month))
    answers(her(w), "yes")
    jobs.run_due(timezone.now() + timedelta(seconds=1))
    assert states(one) == [(rules.CONFIRMED, "")]
    tomorrow = timezone.now() + timedelta(days=1)
    with travel(tomorrow), patch.object(log, "reads_are_open", return_value=True):
        jobs.run_due(tomorrow)
    assert states(one) == [(rules.TAKEN, "")]
