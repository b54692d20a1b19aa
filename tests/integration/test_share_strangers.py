"""A customer who makes papers up to learn which numbers are accounts of somebody whom we know."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs.models import Job
from broker.limits.counting import DAY, Limit
from broker.parties.directory import AccountFacts, ensure_account
from broker.reasons import reason
from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app import share
from requests_app.brought import rules
from requests_app.brought.answering import TAKES
from requests_app.models import ReceivedFile
from requests_app.share_words import said
from requests_app.upload.models import DraftFile
from tests.brought_world import answers, bookkeeper, dropped, states
from tests.clock import travel
from tests.integration.test_own_data import her
from tests.integration.test_upload_preview import previewed
from tests.requests_world import ACCOUNT, World, events, world

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
    assert said(share.ENOUGH) == "Several files named accounts of other people. Please go on tomorrow."
    assert reason(share.ENOUGH).title == "Enough files for today"
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
    before, now = len(events("brought.read")), timezone.now()
    for _ in range(3):
        jobs.run_due(now + timedelta(seconds=1))
    assert states(one) == [(rules.CONFIRMED, "")]
    assert len(events("brought.read")) == before  # nobody opens it while nothing may be told of it
    job = Job.objects.get(kind=TAKES)
    assert (job.state, job.last_error_code) == ("queued", share.ENOUGH)
    assert abs(job.due_at - share.next_look(w.consent, now)) < timedelta(minutes=1)
    tomorrow = timezone.now() + timedelta(days=1)
    with travel(tomorrow), patch.object(log, "reads_are_open", return_value=True):
        jobs.run_due(tomorrow)
    assert states(one) == [(rules.TAKEN, "")]


def test_a_preview_that_was_good_is_saved_though_other_files_of_it_used_the_day_up(w: World) -> None:
    client = her(w)
    files = {"good.pdf": made_up(NOBODYS, 1), "one.pdf": made_up(KNOWN, 2), "two.pdf": made_up(KNOWN, 3)}
    where, _page = previewed(w, files, client)
    client.post(where, {"act": "save"})
    assert [each.code for each in DraftFile.objects.order_by("number")] == [""] + ["share.other_account"] * 2
    assert ReceivedFile.objects.count() == 1
    assert handed_over(w, made_up(NOBODYS, 4)) == share.ENOUGH


def test_of_many_looks_at_once_no_more_tell_than_of_one_after_the_other(w: World) -> None:
    barrier = threading.Barrier(6)

    def together(*given: Any, **more: Any) -> Any:
        barrier.wait(timeout=60)  # each has asked before any was counted
        return judged(*given, **more)

    judged = share.judged
    with patch.object(share, "judged", together), ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda month: _in_thread(w, made_up(KNOWN, month)), range(1, 7)))
    assert sorted(codes) == ["share.enough"] * 4 + ["share.other_account"] * 2


def _in_thread(w: World, data: bytes) -> str:
    try:
        found = share.look(w.consent, None, "bill.pdf", data, to_nectar=False, now=timezone.now())
        return found.code if isinstance(found, Refusal) else ""
    finally:
        connection.close()
