"""A recipient's person brings bills that a customer gave her; nothing of them counts until that customer says yes."""

import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, log
from broker.inlets.models import Refused
from broker.limits.counting import HOUR, Limit
from broker.parties.directory import AccountFacts, ensure_account
from broker.parties.models import User
from broker.rehearsal import paper
from broker.terms import Actor
from broker.vault.models import SealedFile
from consents import actions
from consents.models import Consent
from requests_app.brought import dropping, rules, taking
from requests_app.brought.models import Answer, BroughtFile
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.release import channel_of
from requests_app.share import receive_share
from tests.bills import joined, of_months
from tests.brought_world import HERS, PAGE, answers, asked_her, bookkeeper, drop, dropped, mails, states
from tests.clock import today, travel
from tests.integration.console_support import officer
from tests.integration.holds_support import keep
from tests.integration.test_own_data import her
from tests.joint_world import stranger
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, organisation, usage, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


@pytest.fixture
def ana(w: World) -> Client:
    return bookkeeper(w)


def opening(w: World) -> dict[str, Any]:
    return {
        "actor": ACTOR, "subject": w.customer.id, "purpose": "fulfilment", "obj": "share", "body": {}, "cnt": 1,
    }  # fmt: skip


def year_of_bills() -> dict[str, bytes]:
    """Ten bills of a year, and a usage file: March and June are missing."""
    bills = of_months(date(2025, 1, 1), date(2026, 1, 1))
    return {f"b{n}.pdf": data for n, data in enumerate(bills, 1) if n not in (3, 6)} | {
        "use.csv": usage(ACCOUNT).encode()
    }


def asked_on_the_page(ana: Client, outcome: str, kinds: list[str], last: date) -> tuple[str | None, int]:
    """Ask as a person who follows the link of a drop's page; give the way, and how many files the request shows."""
    (there,) = re.findall(r'href="(/recipient/requests/many/[^"]*)"', outcome)
    once = ana.get(there).context["form"].initial
    ask = {"once": once["once"], "channel": once["channel"], "pasted": ACCOUNT, "data_types": kinds}
    days = {"first": last.replace(day=1), "last": last, "purpose": "rate_comparison"}
    (found,) = ana.post("/recipient/requests/many/", ask | days).context["answers"]
    assert not ManualRequest.objects.filter(request=found.request).exists()
    page = ana.get(f"/recipient/requests/{found.request.id}/").content.decode()
    assert f'<th scope="row">Account ending {ACCOUNT[-4:]}</th>' in page
    return channel_of(found.request), page.count("/files/")


@pytest.mark.promise("brought-waits-for-yes")
def test_from_the_drop_to_her_yes_and_the_data(w: World, ana: Client, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        one = dropped(ana, year_of_bills() | {"other.pdf": bill(1, "40900018")})
        page = ana.get(f"{PAGE}{one.id}/").content.decode()
        assert states(one) == [("waiting", "")] * 11 + [("refused", "brought.unmatched")]
        assert "11 wait for the customer" in page
        assert "40900018" not in page
        assert "PAT MEMBER" not in page
        assert not ReceivedFile.objects.exists()
        assert w.post(w.ask(channel="customer_upload")).json()["state"] == "waiting_on_customer"
        asked_her()
        assert mails("brought_asked") == 1
        jobs.run_due(timezone.now() + timedelta(minutes=10))
        sent = [mailbox.mails.message(number) for number in mailbox.mails.numbers()]
        (mail,) = [
            each for each in sent if "Did you give files of your co-op to Acme Advisors?" in str(each["Subject"])
        ]
        text = mail.get_body(("plain",)).get_content()
        assert mail["To"] == "pat@member.example"
        assert HERS in text
        assert "How many: 11" in text
        assert ACCOUNT not in text
        hers = her(w)
        asked = hers.get(HERS).content.decode()
        assert "Acme Advisors" in asked
        assert "We read 10 months. 2 are missing: March 2025 and June 2025." in asked
        assert "<svg" in asked
        assert ACCOUNT not in asked
        assert "Yes, these are mine and I gave them to Acme Advisors" in asked
        answers(hers, "yes")
        assert not ReceivedFile.objects.exists()  # her yes is one act, what follows from it another
        jobs.run_due(timezone.now() + timedelta(seconds=1))
        assert ReceivedFile.objects.filter(state="accepted").count() == 11
        assert states(one)[:11] == [("taken", "")] * 11
        outcome = ana.get(f"{PAGE}{one.id}/").content.decode()
        assert "11 taken" in outcome
        assert "We read 10 months. 2 are missing: March 2025 and June 2025." in outcome
        assert asked_on_the_page(ana, outcome, ["bill"], date(2025, 1, 31)) == ("customer_upload", 1)
        answer = w.post(w.ask(channel="customer_upload")).json()
        assert (answer["state"], len(answer["files"])) == ("ready", 1)
        readings = w.get(f"data-requests/{answer['id']}/readings").json()
        (source, *_) = [each for one in readings["series"] for each in one["sources"]]
        assert (source["channel"], source["came_by"]) == ("customer_upload", "brought")
        assert source["confirmed_at"] is not None
        assert (source["importer"], len(source["file_sha256"])) == ("smarthub.A", 64)
        assert "Brought by the company" in hers.get("/my/data/").content.decode()
        assert len(events("brought.waits")) == 11
        assert len(events("brought.confirmed")) == 11
        assert len(events("brought.taken")) == 11
        assert not events("share.received")


def bill(month: int, account: str = ACCOUNT, year: int = 2025) -> bytes:
    first = date(year, month, 1)
    return of_months(first, (first + timedelta(days=32)).replace(day=1), account)[0]


def test_what_she_declines_is_destroyed_an_officer_is_called_and_the_recipient_is_told(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1), "b.pdf": bill(2)})
    first, second = BroughtFile.objects.order_by("number")
    hers = her(w)
    answers(hers, "each", **{str(first.id): "yes", str(second.id): "no"})
    jobs.run_due(timezone.now() + timedelta(hours=1))
    assert states(one) == [("taken", ""), ("declined", "")]
    assert ReceivedFile.objects.count() == 1
    for each in BroughtFile.objects.all():
        assert each.emptied_at is not None
        assert each.file is not None
        with pytest.raises(vault.BrokenValue):
            vault.open_file(each.file, under=log.append_read("brought.read", **opening(w)))
    assert len(events("alarm.brought")) == 1
    assert mails("brought_answered") == 1
    page = ana.get(f"{PAGE}{one.id}/").content.decode()
    assert "The customer says that it is not theirs, or that they did not give it to you." in page
    again = dropped(ana, {"b.pdf": bill(2)})
    assert states(again) == [("refused", "brought.said_no")]
    boss = officer()
    assert (
        "A recipient brought files that the customer says she did not give them"
        in boss.get("/console/").content.decode()
    )


def test_the_keeper_destroys_the_keys_of_what_is_over_and_no_other(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1), "b.pdf": bill(2), "c.pdf": bill(3)})
    first, second, third = BroughtFile.objects.order_by("number")
    answers(her(w), "each", **{str(first.id): "yes", str(second.id): "no"})
    assert keep(timezone.now()) == 0  # what is over has its bytes still
    jobs.run_due(timezone.now() + timedelta(hours=1))
    assert keep(timezone.now()) == 1
    assert keep(timezone.now()) == 0
    assert all(vault.is_destroyed(each) for one in (first, second) for each in (one.file, one.preview))
    assert not vault.is_destroyed(third.file)
    assert not any(vault.is_destroyed(each.file) for each in ReceivedFile.objects.all())
    (after,) = her(w).get(HERS).context["shown"]  # what waits is still there to be looked at
    assert after == third.id


def test_a_legal_hold_keeps_what_she_declined(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "no")
    with patch.object(keeper, "is_held", return_value=True):
        jobs.run_due(timezone.now() + timedelta(hours=1))
        assert BroughtFile.objects.get().emptied_at is None
    jobs.run_due(timezone.now() + timedelta(days=2))
    assert BroughtFile.objects.get().emptied_at is not None


def test_what_nobody_answers_is_destroyed_after_its_days(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    late = timezone.now() + rules.WAITS + timedelta(minutes=1)
    with travel(late), patch.object(log, "reads_are_open", return_value=True):
        assert "Nothing waits for your answer" in her(w).get(HERS).content.decode()
        (file,) = BroughtFile.objects.all()
        her(w).post(HERS, {"act": "yes", "shown": [str(file.id)]})  # too late, though no job has run yet
        jobs.run_due(timezone.now())
        assert states(one) == [("expired", "")]
        jobs.run_due(timezone.now() + timedelta(hours=1))
        assert mails("brought_answered") == 1
        ana = browser_of(User.objects.get(username="ana"))
        assert "did not answer within 14 days" in ana.get(f"{PAGE}{one.id}/").content.decode()
    assert not ReceivedFile.objects.exists()


def test_a_stop_before_her_yes_ends_what_waits_and_a_yes_after_it_does_nothing(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    file = BroughtFile.objects.get()
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert states(one) == [("ended", "consent.revoked")]
    her(w).post(HERS, {"act": "yes", "shown": [str(file.id)]})
    jobs.run_due(timezone.now() + timedelta(hours=1))
    assert states(one) == [("ended", "consent.revoked")]
    assert BroughtFile.objects.get().emptied_at is not None
    assert not ReceivedFile.objects.exists()
    assert not Answer.objects.exists()
    assert "The permission ended first" in ana.get(f"{PAGE}{one.id}/").content.decode()


def test_a_stop_between_her_yes_and_the_taking_lets_nothing_in(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "yes")
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    jobs.run_due(timezone.now() + timedelta(hours=1))
    assert states(one) == [("ended", "consent.revoked")]
    assert not ReceivedFile.objects.exists()


def test_a_permission_that_ran_out_is_no_permission_for_a_yes(committing: str) -> None:
    w = world(onward_recipients=[], ends=today() + timedelta(days=3))
    one = dropped(bookkeeper(w), {"a.pdf": bill(1)})
    shown = [str(BroughtFile.objects.get().id)]
    with travel(timezone.now() + timedelta(days=5)):  # nobody has written its end down yet
        her(w).post(HERS, {"act": "yes", "shown": shown})
    assert not Answer.objects.exists()
    assert states(one) == [("ended", "consent.expired")]


def test_a_file_waits_on_while_her_permission_is_on_hold(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    with transaction.atomic():
        ref = log.append("consent.step", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        Consent.objects.filter(id=w.consent.id).update(state="suspended", audit_event_id=ref.id)
    answers(her(w), "yes")
    assert states(one) == [("waiting", "")]
    assert not Answer.objects.exists()


def test_two_clicks_and_a_reload_are_one_yes(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    shown, hers = [str(BroughtFile.objects.get().id)], her(w)
    for _ in range(2):
        assert hers.post(HERS, {"act": "yes", "shown": shown}).status_code == 302
    hers.post(HERS, {"act": "no", "shown": shown})  # she said yes already; it is being taken
    jobs.run_due(timezone.now() + timedelta(seconds=1))
    hers.post(HERS, {"act": "yes", "shown": shown})
    assert ReceivedFile.objects.count() == 1
    assert len(events("brought.confirmed")) == 1
    assert not events("brought.declined")


def test_a_file_that_came_after_the_page_is_not_answered_by_it(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    hers = her(w)
    shown = [str(each) for each in hers.get(HERS).context["shown"]]
    dropped(ana, {"b.pdf": bill(2)})
    hers.post(HERS, {"act": "yes", "shown": shown})
    assert sorted(BroughtFile.objects.values_list("state", flat=True)) == ["confirmed", "waiting"]


def test_one_customer_does_not_answer_for_another(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    other = stranger(w)
    theirs = her(w, other.customer_id)
    assert "Nothing waits" in theirs.get(HERS).content.decode()
    shown = [str(BroughtFile.objects.get().id)]
    assert theirs.post(HERS, {"act": "yes", "shown": shown}).status_code == 404
    assert theirs.post(HERS, {"act": "no", "shown": shown}).status_code == 404
    assert BroughtFile.objects.get().state == "waiting"
    assert len(events("auth.foreign")) == 2


def test_the_link_shows_nothing_to_whoever_has_no_session(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    for method in ("get", "post"):
        answer = getattr(Client(), method)(HERS, {"act": "yes"} if method == "post" else {})
        assert (answer.status_code, answer["Location"]) == (302, "/my/sign-in/")
    assert not events("brought.read")
    assert "brought 1 file and says that it is yours" in her(w).get("/my/").content.decode()


def test_a_customer_of_another_recipient_cannot_be_told_from_nobody(w: World, ana: Client) -> None:
    """The answer for a member whom we know is, to the byte of the page, that for a number that is nobody's."""
    rival, _app, _key = organisation("rival", timezone.now())
    rob = browser_of(analyst(rival, "rob"))
    known, nobody = dropped(rob, {"a.pdf": bill(1)}), dropped(rob, {"a.pdf": bill(1, "40900018")})
    assert states(known) == states(nobody) == [("refused", "brought.unmatched")]
    pages = [rob.get(f"{PAGE}{each.id}/").content.decode() for each in (known, nobody)]
    rows = [page.partition("<h2>Each file")[2].partition("</table>")[0] for page in pages]
    assert rows[0] == rows[1]
    assert all(each not in pages[0] for each in (ACCOUNT, "PAT MEMBER", ACCOUNT[-4:]))
    assert not BroughtFile.objects.exclude(sha256=None).exists()
    assert not SealedFile.objects.filter(subject=w.customer.id, size=len(bill(1))).exists()


def test_whether_a_number_on_a_bill_is_known_here_is_not_told_at_the_drop(w: World, ana: Client) -> None:
    """A bill of the recipient's own customer with any other number on it says nothing about that other number."""
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        facts = AccountFacts("40900033", "Lee Member", "3 Example Road")
        ensure_account(w.customer, "obec", facts, ref=ref, now=timezone.now())
    begins = f"Account number: {ACCOUNT}", "Bill date: 2025-02-03"
    papers = [
        paper.pdf([[*begins, "Service from 2025-01-01 to 2025-01-31", f"Reference {number}"]])
        for number in ("40900033", "40700001")
    ]
    one = dropped(ana, {f"{n}.pdf": each for n, each in enumerate(papers)})
    assert states(one) == [("waiting", "")] * 2
    answers(her(w), "yes")
    jobs.run_due(timezone.now() + timedelta(seconds=1))
    assert states(one) == [("not_taken", "share.other_account"), ("taken", "")]
    page = ana.get(f"{PAGE}{one.id}/").content.decode()
    assert "The customer said yes, but the file could not be taken. It was destroyed." in page
    assert "account that is not" not in page


def test_each_bad_file_has_its_reason_and_keeps_none_of_the_others_back(w: World, ana: Client) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("use.csv", b"0" * 60_000_000)
    files = {
        "good.pdf": bill(1),
        "login.csv": b"my SmartHub password is Fence!7777,\n",
        "bomb.zip": bomb.getvalue(),
        "early.pdf": bill(5, year=2024),
        "two.pdf": joined(bill(2), bill(2, "40900018")),
        "scan.pdf": paper.pdf([[""]]),
        "what.csv": b"a,b\n1,2\n",
        "again.pdf": bill(1),
        "not.pdf": b"%PDF-1.7\nnothing more",
        "empty.csv": b"",
    }
    one = dropped(ana, files)
    found = dict(zip(files, states(one), strict=True))
    assert found["good.pdf"] == ("waiting", "")
    assert {state for name, (state, _code) in found.items() if name != "good.pdf"} == {"refused"}
    assert found["login.csv"][1] == "channel.forbidden.credentials"
    assert found["early.pdf"][1] == "scope.range"
    assert found["two.pdf"][1] == found["scan.pdf"][1] == "brought.unmatched"
    assert found["again.pdf"][1] == "brought.twice"
    page = ana.get(f"{PAGE}{one.id}/").content.decode()
    assert "It is of days that the permission does not name." in page
    assert "days you asked for" not in page
    assert "Fence!7777" not in page
    assert "40900018" not in page
    assert page.count("Nothing of it is kept.") == 9
    assert Refused.objects.count() == 1  # counted as at every door
    assert BroughtFile.objects.exclude(file=None).count() == 1


def test_what_she_shares_herself_meanwhile_counts_once_and_as_hers(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    me = Actor("c", w.customer.id)
    shared = receive_share(w.consent, None, "a.pdf", bill(1), to_nectar=False, actor=me, now=timezone.now())
    assert isinstance(shared, ReceivedFile)
    assert shared.came_by == "customer"
    assert states(one) == [("known", "")]
    again = dropped(ana, {"a.pdf": bill(1)})
    assert states(again) == [("refused", "brought.already")]
    assert ReceivedFile.objects.count() == 1


def test_another_recipient_finds_no_drop_and_the_try_is_an_entry(w: World, ana: Client) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    rival, _app, _key = organisation("rival", timezone.now())
    rob = browser_of(analyst(rival, "rob"))
    assert rob.get(f"{PAGE}{one.id}/").status_code == 404
    scripted = {"headers": {"X-Requested-With": "upload"}}
    file = SimpleUploadedFile("a.pdf", bill(2))
    answer = rob.post(PAGE, {"file": [file], "draft": str(one.id)}, **scripted)
    assert answer.json()["draft"] != str(one.id)
    assert one.files.count() == 1
    assert len(events("auth.foreign")) == 2


def test_a_script_adds_to_one_drop_and_hears_of_each(w: World, ana: Client) -> None:
    scripted = {"headers": {"X-Requested-With": "upload"}}
    first = drop(ana, {"a.pdf": bill(1)}, **scripted).json()
    assert first["answers"][0]["ok"] is True
    file = SimpleUploadedFile("b.pdf", bill(2, "40900018"))
    second = ana.post(PAGE, {"file": [file], "draft": first["draft"]}, **scripted).json()
    assert (second["draft"], second["answers"][0]["ok"]) == (first["draft"], False)
    assert ana.get(first["page"]).status_code == 200
    assert ana.post(PAGE, {}, **scripted).status_code == 422


def test_one_mail_a_day_however_many_drops(w: World, ana: Client) -> None:
    dropped(ana, {"a.pdf": bill(1)})
    dropped(ana, {"b.pdf": bill(2)})
    asked_her()
    assert mails("brought_asked") == 1
    dropped(ana, {"c.pdf": bill(3)})
    asked_her()
    assert mails("brought_asked") == 1
    tomorrow = timezone.now() + timedelta(days=1, minutes=20)
    with travel(tomorrow), patch.object(log, "reads_are_open", return_value=True):
        jobs.run_due(timezone.now())
        assert mails("brought_asked") == 2
        jobs.run_due(timezone.now() + timedelta(days=2))
        assert mails("brought_asked") == 2


def test_so_many_wait_for_one_customer_and_no_more(w: World, ana: Client) -> None:
    with patch.object(rules, "MOST_WAITING", 1):
        one = dropped(ana, {"a.pdf": bill(1), "b.pdf": bill(2)})
    assert states(one) == [("waiting", ""), ("refused", "brought.too_many_waiting")]
    with patch.object(dropping, "LOOKS", Limit("two-looks", 1, HOUR)):
        assert drop(ana, {"c.pdf": bill(3)}).status_code == 302
        assert drop(ana, {"d.pdf": bill(4)}).status_code == 429


def test_a_kill_between_yes_and_taking_loses_nothing_and_doubles_nothing(
    w: World, ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = dropped(ana, {"a.pdf": bill(1)})
    answers(her(w), "yes")
    file = BroughtFile.objects.get()
    for place in ("_looked", "_settle"):
        with monkeypatch.context() as dying:
            dying.setattr(taking, place, Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                taking.take(file.id, now=timezone.now())
        assert not ReceivedFile.objects.exists()
        assert states(one) == [("confirmed", "")]
    for _ in range(2):
        taking.take(file.id, now=timezone.now())
    jobs.run_due(timezone.now() + timedelta(minutes=1))
    assert ReceivedFile.objects.count() == 1
    assert states(one) == [("taken", "")]
    assert len(events("brought.taken")) == 1


def test_the_second_holder_is_asked_under_her_own_permission_alone(w: World, ana: Client) -> None:
    """Whoever gave a permission over an account may share its files under it: that one is asked, the other is not."""
    other = stranger(w)
    dropped(ana, {"a.pdf": bill(1)})
    assert BroughtFile.objects.get().consent == w.consent
    assert "Nothing waits" in her(w, other.customer_id).get(HERS).content.decode()
