"""Brought files where something breaks, comes late or stands still: nothing is lost, and everybody hears of it."""

import io
import uuid
import zipfile
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, log
from broker.jobs import runner
from broker.parties.directory import AccountFacts, ensure_account
from broker.parties.models import User
from broker.terms import Actor, Refusal
from consents.actions import revoke
from consents.models import Consent
from requests_app import share
from requests_app.brought import answering, asking, dropping, matching, taking
from requests_app.brought.models import Answer, BroughtFile, Drop
from tests.brought_world import HERS, PAGE, answers, asked_her, bookkeeper, dropped, mails, states
from tests.clock import travel
from tests.integration.test_brought import bill
from tests.integration.test_own_data import her
from tests.requests_world import ACCOUNT, World, events, grant, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


@pytest.fixture
def ana(w: World) -> Client:
    return bookkeeper(w)


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()


def archives() -> dict[str, bytes]:
    """Give archives whose one file is none, a web page, a program, an archive."""
    return {
        "none.zip": zipped("u.csv", b""),
        "page.zip": zipped("u.xml", b"<html><body>use, of a day</body></html>"),
        "program.zip": zipped("u.csv", b"MZ\x90\x00 a, b"),
        "archive.zip": zipped("u.csv", zipped("u.csv", b"a,b\n1,2\n")),
    }


def test_what_an_archive_hides_is_refused_in_words_at_both_doors(w: World, ana: Client) -> None:
    one = dropped(ana, archives())
    assert states(one) == [("refused", code) for code in ("file.unreadable", *["file.type"] * 3)]
    assert ana.get(f"{PAGE}{one.id}/").status_code == 200
    me = Actor("c", w.customer.id)
    for name, data in archives().items():
        answer = share.take(w.consent, name, data, me, timezone.now())
        assert (answer.ok, bool(answer.text)) == (False, True), name


def added(one: Drop, month: int) -> None:
    """Add a bill to a drop that is still open."""
    dropping.add(one, [dropping.Given("later.pdf", bill(month))], User.objects.get(username="ana"))


def test_what_is_added_after_the_mail_is_asked_about_by_the_next_one(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    asked_her()
    assert mails("brought_asked") == 1
    added(one, 2)
    asked_her()
    assert mails("brought_asked") == 1
    tomorrow = timezone.now() + timedelta(days=1, minutes=20)
    with travel(tomorrow), patch.object(log, "reads_are_open", return_value=True):
        jobs.run_due(timezone.now())
        assert mails("brought_asked") == 2


def test_what_is_looked_into_while_the_mail_goes_out_is_not_counted_as_asked_about(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    match = matching.match

    def slow(*args: Any, **more: Any) -> Any:
        asking.ask_job(jobs.JobView(uuid.uuid4(), asking.ASKS, w.customer.id, 1, 0, timezone.now()))
        return match(*args, **more)

    with patch.object(matching, "match", slow):
        added(one, 2)
    asked = asking.last_asked(w.customer)
    assert asked is not None
    assert BroughtFile.objects.get(number=2).at > asked


def to_state(w: World, state: str) -> None:
    with transaction.atomic():
        ref = log.append("consent.step", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        Consent.objects.filter(id=w.consent.id).update(state=state, audit_event_id=ref.id)


def said_yes(w: World, ana: Client) -> Drop:
    one = dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "yes")
    assert states(one) == [("confirmed", "")]
    return one


@pytest.mark.parametrize("state", ["suspended", "paused_dormant"])
def test_after_her_yes_a_file_waits_through_a_hold_and_is_taken_when_it_is_lifted(
    w: World, ana: Client, state: str
) -> None:
    one, at = said_yes(w, ana), timezone.now()
    to_state(w, state)
    with patch.object(runner, "MAX_WAITS", 1):
        for day in range(1, 4):
            jobs.run_due(at + timedelta(days=day))
    assert states(one) == [("confirmed", "")]
    assert len(events("brought.read")) == 1  # for her page; what waits is not opened to be taken
    to_state(w, "active")
    jobs.run_due(at + timedelta(days=5))
    assert states(one) == [("taken", "")]
    assert not events("share.rejected")


def test_a_hold_that_comes_while_a_file_is_taken_lets_it_wait(w: World, ana: Client) -> None:
    one, at, looked = said_yes(w, ana), timezone.now(), taking._looked

    def meanwhile(*args: Any) -> Any:
        found = looked(*args)
        to_state(w, "suspended")
        return found

    with patch.object(taking, "_looked", meanwhile):
        jobs.run_due(at + timedelta(minutes=1))
    assert states(one) == [("confirmed", "")]
    assert not events("share.rejected")
    revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    jobs.run_due(at + timedelta(days=5))
    assert states(one) == [("ended", "consent.revoked")]
    assert BroughtFile.objects.get().emptied_at is not None


@pytest.mark.parametrize(
    "fault",
    [
        Refusal("file.scanner_down"),
        Refusal("file.too_heavy"),
        Refusal("file.unreadable", "TookTooLong"),
        Refusal("file.unreadable", "Died"),
    ],
    ids=str,
)
def test_a_fault_that_passes_destroys_nothing_that_she_said_yes_to(w: World, ana: Client, fault: Refusal) -> None:
    one, at = said_yes(w, ana), timezone.now()
    with patch.object(share, "look", return_value=fault):
        jobs.run_due(at + timedelta(minutes=1))
    assert states(one) == [("confirmed", "")]
    jobs.run_due(at + timedelta(days=1))
    assert states(one) == [("taken", "")]


def test_what_stands_against_a_file_for_good_ends_it(w: World, ana: Client) -> None:
    one = said_yes(w, ana)
    with patch.object(share, "look", return_value=Refusal("file.virus")):
        jobs.run_due(timezone.now() + timedelta(minutes=1))
    assert states(one) == [("not_taken", "file.virus")]


def test_no_answer_of_no_stands_without_its_alarm(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1), "b.pdf": bill(2)})
    said, now = dict.fromkeys(BroughtFile.objects.values_list("id", flat=True), False), timezone.now()
    with patch.object(answering, "_alarm", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        answering.answer(w.customer, said, now=now)
    assert states(one) == [("waiting", "")] * 2
    assert not Answer.objects.exists()
    assert answering.answer(w.customer, said, now=now) == 2
    assert states(one) == [("declined", "")] * 2
    assert len(events("alarm.brought")) == 1


def test_the_numbers_of_a_file_are_indexed_once_however_many_accounts_there_are(w: World) -> None:
    data, index, counted = bill(1, "40900018"), vault.blind_index, []
    for many in (1, 30):
        with (
            patch.object(vault, "blind_index", side_effect=index) as counting,
            patch.object(matching, "_in_force", return_value=[w.consent] * many),
        ):
            found = matching.match(w.organisation, "a.pdf", data, now=timezone.now())
        assert found == Refusal("brought.unmatched")
        counted.append(counting.call_count)
    assert counted[0] == counted[1] > 0


def test_she_is_not_asked_again_about_the_same_file_under_another_permission(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "no")
    revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        grant(w.customer, w.organisation, [w.account], ref=ref, now=timezone.now())
    assert states(dropped(ana, {"a.pdf": bill(1)})) == [("refused", "brought.said_no")]
    assert states(dropped(ana, {"b.pdf": bill(2)})) == [("waiting", "")]


def test_a_legal_hold_of_years_is_outlasted(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "no")
    at = timezone.now()
    with patch.object(keeper, "is_held", return_value=True), patch.object(runner, "MAX_WAITS", 1):
        for day in range(1, 5):
            jobs.run_due(at + timedelta(days=2 * day))
        assert BroughtFile.objects.get().emptied_at is None
    jobs.run_due(at + timedelta(days=10))
    assert BroughtFile.objects.get().emptied_at is not None


def test_two_accounts_that_end_alike_are_read_and_shown_apart(w: World, ana: Client) -> None:
    twin = "51" + "000017"
    assert twin[-4:] == ACCOUNT[-4:]
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        facts = AccountFacts(twin, "Pat Member", "1 Example Road")
        row = ensure_account(w.customer, "obec", facts, ref=ref, now=timezone.now())
        grant(w.customer, w.organisation, [w.account, row], ref=ref, now=timezone.now(), onward_recipients=[])
    mixed = [(1, ACCOUNT), (4, twin), (2, ACCOUNT), (5, twin)]
    one = dropped(ana, {f"{n}.pdf": bill(*each) for n, each in enumerate(mixed)})
    page = her(w).get(HERS).context["brought"]
    shown = [each.file.account for group in page for each in group.lines]
    assert [each.id for each in shown] == sorted([each.id for each in shown], key=str), "an account's files together"
    assert [len(kind.bills) for group in page for part in group.parts for kind in part.kinds] == [2, 2]
    answers(her(w), "yes")
    jobs.run_due(timezone.now())
    outcome = ana.get(f"{PAGE}{one.id}/").content.decode()
    assert outcome.count("We read 2 months") == 2
    assert "We read 4 months" not in outcome
