"""Her files are looked at first; nothing of them is kept until she saves, and what she throws away is gone."""

import gzip
import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from bench.upload_files import hourly_year
from broker import vault
from broker.audit import log
from broker.console.holds import keeping
from broker.notices.models import Notice
from broker.operating import lost
from broker.parties.keys import create_application, revoke_key
from broker.parties.models import Application
from broker.rehearsal import paper
from broker.terms import SERVICE, Actor
from broker.vault.models import SealedFile, VaultKey
from consents import actions
from consents.actions import central_today
from requests_app.models import ManualRequest, ReadingSeries, ReceivedFile
from requests_app.upload import drafts, ending, saving
from requests_app.upload.models import DraftFile, LetterAsk, ShareDraft
from tests.integration.test_own_data import her
from tests.joint_world import stranger
from tests.requests_world import ACCOUNT, ACTOR, World, events, run_job, usage, world
from tests.upload_world import with_two_accounts


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def month_bill(year: int, month: int, account: str = ACCOUNT) -> bytes:
    first = date(year, month, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return paper.bill(account=account, begin=first, end=last, kwh=Decimal(800 + month), charges=Decimal("90.50"))


def hand_over(w: World, files: dict[str, bytes], client: Client | None = None, **more: Any) -> Any:
    given = [SimpleUploadedFile(name, data) for name, data in files.items()]
    return (client or her(w)).post(f"/my/{w.consent.id}/file/", {"file": given}, **more)


def previewed(w: World, files: dict[str, bytes], client: Client | None = None) -> tuple[str, str]:
    """Hand files over; give the address of the preview and its page."""
    client = client or her(w)
    answer = hand_over(w, files, client)
    assert answer.status_code == 302, answer.content
    return answer["Location"], client.get(answer["Location"]).content.decode()


def test_a_preview_says_what_would_be_saved_and_keeps_nothing_yet(w: World) -> None:
    months = [m for m in range(1, 13) if m not in (3, 6)]
    where, page = previewed(
        w, {f"b{m}.pdf": month_bill(2025, m) for m in months} | {"use.csv": usage(ACCOUNT).encode()}
    )
    assert "We read 10 months. 2 are missing: March 2025 and June 2025." in page
    assert "This is a bill of January 1, 2025 – January 31, 2025. It came to $90.50 for 801 kWh." in page
    assert "In all: 905.00 USD" in page
    assert "In all: 72.630 kWh" in page
    assert not ReceivedFile.objects.exists()
    assert not ReadingSeries.objects.exists()
    assert w.post(w.ask(channel="customer_upload")).json()["state"] == "waiting_on_customer"
    client = her(w)
    done = client.post(where, {"act": "save"}, follow=True).content.decode()
    assert "We saved 11 files and locked them away." in done
    assert ReceivedFile.objects.filter(state="accepted").count() == 11
    answer = w.post(w.ask(channel="customer_upload")).json()
    assert (answer["state"], len(answer["files"])) == ("ready", 1)


def test_a_bill_from_reading_to_reading_is_of_one_month(w: World) -> None:
    begin, end = date(2025, 10, 1), date(2025, 11, 1)
    data = paper.bill(account=ACCOUNT, begin=begin, end=end, kwh=Decimal(812), charges=Decimal("90.50"))
    _where, page = previewed(w, {"b.pdf": data})
    assert "We read 1 month." in page
    assert "November 2025</th>" not in page
    assert '<button class="usa-button usa-button--outline" name="act" value="throw">' in page


def test_she_reads_whether_it_is_shared_and_if_not_why(w: World) -> None:
    client, october = her(w), {"b.pdf": month_bill(2025, 10)}
    where, _page = previewed(w, october, client)
    assert "Nobody has read 1 file yet" in client.post(where, {"act": "save"}, follow=True).content.decode()
    w.requested(data_types=["bill"], channel="customer_upload", **{"from": "2025-09-01", "to": "2025-10-01"})
    where, _page = previewed(w, {"b.pdf": month_bill(2025, 9)}, client)
    assert "It is shared: Acme Advisors" in client.post(where, {"act": "save"}, follow=True).content.decode()
    where, _page = previewed(w, {"b.pdf": month_bill(2025, 8)}, client)
    assert "1 file is not shared yet" in client.post(where, {"act": "save"}, follow=True).content.decode()


def test_what_waits_for_her_files_stands_on_her_own_page(w: World) -> None:
    w.requested(data_types=["bill"], channel="customer_upload")
    client = her(w)
    page = client.get("/my/").content.decode()
    assert "Waiting for files from you" in page
    assert f'<a href="/my/{w.consent.id}/file/">' in page
    where, _page = previewed(w, {"b.pdf": month_bill(2025, 10)}, client)
    client.post(where, {"act": "save"})
    assert "Waiting for files from you" not in client.get("/my/").content.decode()


def test_a_trial_run_is_not_listed_as_asked_for(w: World) -> None:
    ask = w.ask(data_types=["payment"])
    w.call("post", "decisions/check", ask)
    assert "Nobody was refused anything." in her(w).get("/my/").content.decode()
    w.post(ask)
    assert "Nobody was refused anything." not in her(w).get("/my/").content.decode()


def test_a_bad_file_loses_none_of_the_others(w: World) -> None:
    files = {
        "good.csv": usage(ACCOUNT).encode(),
        "not.pdf": b"%PDF-1.7\nnothing more",
        "empty.csv": b"",
        "other.pdf": month_bill(2025, 5, account="40900018"),
        "early.pdf": month_bill(2024, 5),
        "scan.pdf": paper.pdf([[""]]),
        "login.csv": b"my SmartHub password is Fence!7777,\n",
    }
    where, page = previewed(w, files)
    assert page.count("looked__file--no") == 5
    assert page.count("looked__file--waits") == 1
    assert "is a picture, a scan" in page
    assert "days that you did not agree to share" in page
    assert "an account that is not the one you share" in page
    assert DraftFile.objects.filter(file=None).count() == 5
    assert SealedFile.objects.filter(subject=ShareDraft.objects.get().id).count() == 2
    done = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert "We saved 1 file and locked it away." in done
    assert "1 file is kept locked away until a person has looked at it" in done
    assert ReceivedFile.objects.count() == 2
    assert ReceivedFile.objects.get(state="quarantined").verdict == "file.no_words"


def test_throwing_away_leaves_nothing(w: World) -> None:
    where, _page = previewed(w, {"use.csv": usage(ACCOUNT).encode()})
    client, draft = her(w), ShareDraft.objects.get()
    file = DraftFile.objects.get().file
    assert file is not None
    assert "We threw the files away" in client.post(where, {"act": "throw"}, follow=True).content.decode()
    run_job(drafts.ENDS, draft.id)
    assert not DraftFile.objects.exists()
    assert not ReceivedFile.objects.exists()
    ref = log.append_read(
        "share.draft_read", actor=SERVICE("tests"), subject=draft.id, purpose="own_data", obj="share", body={}
    )
    with pytest.raises(vault.BrokenValue):
        vault.open_file(file, under=ref)
    assert "We threw the files away" in client.post(where, {"act": "save"}, follow=True).content.decode()
    assert not ReceivedFile.objects.exists()


def test_a_draft_ends_after_an_hour_and_its_keys_are_destroyed(sqlite_db: str) -> None:
    w = world(onward_recipients=[])
    previewed(w, {"use.csv": usage(ACCOUNT).encode()})
    draft = ShareDraft.objects.get()
    later = timezone.now() + timedelta(minutes=61)
    assert not ending.empty(draft.id, now=timezone.now())
    assert keeping.destroy_drafts(later) == 0
    assert ending.empty(draft.id, now=later)
    assert lost.among(vault.files_of(draft.id)) == []
    draft.refresh_from_db()
    assert draft.how == "expired"
    assert VaultKey.objects.filter(subject=draft.id, shredded_event=None).count() == 2
    assert keeping.destroy_drafts(later) == 1
    assert not VaultKey.objects.filter(subject=draft.id, shredded_event=None).exists()
    assert keeping.destroy_drafts(later) == 0
    assert VaultKey.objects.filter(subject=w.customer.id, shredded_event=None).exists()


def test_a_stop_between_preview_and_saving_refuses(w: World) -> None:
    where, _page = previewed(w, {"use.csv": usage(ACCOUNT).encode()})
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    draft = ShareDraft.objects.get()
    assert draft.how == "stopped"
    page = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert "Your permission is not in force any more" in page
    assert not ReceivedFile.objects.exists()


def test_a_permission_that_ran_out_meanwhile_refuses(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    where, _page = previewed(w, {"use.csv": usage(ACCOUNT).encode()})
    monkeypatch.setattr(saving.grants, "not_in_force", lambda *_: "consent.expired")
    assert "Nothing was saved" in her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert not ReceivedFile.objects.exists()


def test_a_reload_and_a_second_click_have_one_effect(w: World) -> None:
    client = her(w)
    where, _page = previewed(w, {"use.csv": usage(ACCOUNT).encode()}, client)
    for _ in range(3):
        assert "We saved 1 file" in client.post(where, {"act": "save"}, follow=True).content.decode()
    assert len(events("share.received")) == 1
    assert len(events("share.draft_ended")) == 1
    assert ReceivedFile.objects.count() == 1
    again, page = previewed(w, {"use.csv": usage(ACCOUNT).encode()}, client)
    assert "We have this very file already" in page
    client.post(again, {"act": "save"})
    assert ReceivedFile.objects.count() == 1


def test_the_same_file_twice_counts_once(w: World) -> None:
    _where, page = previewed(w, {"use.csv": usage(ACCOUNT).encode(), "copy.csv": usage(ACCOUNT).encode()})
    assert "You chose this file twice; it counts once." in page
    assert DraftFile.objects.filter(code="").count() == 1


def test_a_strangers_draft_is_not_there(w: World) -> None:
    where, _page = previewed(w, {"use.csv": usage(ACCOUNT).encode()})
    other = her(w, stranger(w).customer_id)
    assert other.get(where).status_code == 404
    assert other.post(where, {"act": "save"}).status_code == 404
    assert ShareDraft.objects.get().ended_at is None


def test_a_script_adds_one_after_another_and_hears_of_each(w: World) -> None:
    client = her(w)
    first = hand_over(w, {"b1.pdf": month_bill(2025, 1)}, client, headers={"X-Requested-With": "upload"}).json()
    assert first["answers"] == [
        {
            "ok": True,
            "text": "This is a bill of January 1, 2025 – January 31, 2025. It came to $90.50 for 801 kWh.",
        }
    ]
    given = SimpleUploadedFile("b2.pdf", month_bill(2025, 2))
    second = client.post(
        f"/my/{w.consent.id}/file/",
        {"file": [given], "draft": first["draft"]},
        headers={"X-Requested-With": "upload"},
    ).json()
    assert second["draft"] == first["draft"]
    assert "We read 2 months." in client.get(second["page"]).content.decode()
    nothing = client.post(f"/my/{w.consent.id}/file/", {}, headers={"X-Requested-With": "upload"})
    assert nothing.status_code == 422


def test_by_letter_is_one_click(w: World) -> None:
    client, path = her(w), f"/my/{w.consent.id}/file/letter/bills/"
    page = client.get(path).content.decode()
    assert "5 to 10 business days" in page
    assert "may ask for a fee" in page
    assert not ManualRequest.objects.exists()
    for _ in range(2):
        assert "is asked by letter" in client.post(path).content.decode()
    manual = ManualRequest.objects.get()
    assert manual.request.data_types == ["bill"]
    assert manual.request.organisation == w.organisation
    assert client.post(f"/my/{w.consent.id}/file/letter/usage/").status_code == 200
    assert ManualRequest.objects.count() == 2


def program(w: World, name: str, data_types: tuple[str, ...]) -> tuple[Application, str]:
    now = timezone.now()
    return create_application(
        w.organisation, name, Application.Mode.TEST, expires_at=now + timedelta(hours=1), actor=ACTOR, now=now,
        operations=("requests",), data_types=data_types,
    )  # fmt: skip


def test_no_key_of_the_recipients_stops_or_doubles_her_letter(w: World) -> None:
    client, path = her(w), f"/my/{w.consent.id}/file/letter/bills/"
    narrow, key = program(w, "Narrow", ("usage_daily",))
    for taken in (f"by-letter:{w.consent.id}:bills:{central_today(timezone.now())}", str(w.consent.id)):
        assert w.post(w.ask(data_types=["usage_daily"]), api_key=key, key=taken).status_code < 300
    before = ManualRequest.objects.count()
    assert "is asked by letter" in client.post(path).content.decode()
    row = LetterAsk.objects.get()
    assert (row.application, row.request.data_types) == (narrow, ["bill"])
    program(w, "Newer", ("bill",))
    revoke_key(narrow, actor=ACTOR, now=timezone.now())
    assert "is asked by letter" in client.post(path).content.decode()
    assert ManualRequest.objects.count() == before + 1
    assert len(events("share.by_letter")) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterAsk.objects.create(consent=w.consent, kind="bills", day=row.day, application=w.application)


def test_her_letter_is_never_what_a_program_of_the_same_words_gets(w: World) -> None:
    """Whoever learnt the name of her order finds nothing under it."""
    assert her(w).post(f"/my/{w.consent.id}/file/letter/bills/").status_code == 200
    row = LetterAsk.objects.get()
    answer = w.post(w.ask(data_types=["bill"]), key=str(row.id))
    assert answer.json()["id"] != str(row.request_id)


def test_eight_clicks_at_once_are_one_letter(committing: str) -> None:
    w = world(onward_recipients=[])
    clients, start, found = [her(w) for _ in range(8)], threading.Barrier(8), []

    def click(client: Client) -> None:
        start.wait()
        found.append(client.post(f"/my/{w.consent.id}/file/letter/bills/").status_code)
        connection.close()

    threads = [threading.Thread(target=click, args=[each]) for each in clients]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [200] * 8
    assert (ManualRequest.objects.count(), LetterAsk.objects.count(), len(events("share.by_letter"))) == (1, 1, 1)


def test_without_a_program_in_force_a_person_sees_to_it_and_she_is_told_so(w: World) -> None:
    revoke_key(w.application, actor=ACTOR, now=timezone.now())
    for _ in range(2):
        page = her(w).post(f"/my/{w.consent.id}/file/letter/bills/").content.decode()
        assert "A person on our side sees to it" in page
    assert not ManualRequest.objects.exists()
    assert not LetterAsk.objects.exists()
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_the_guide_has_the_six_and_the_five_steps(w: World) -> None:
    client = her(w)
    for kind, steps in (("bills", 6), ("usage", 5)):
        page = client.get(f"/my/{w.consent.id}/file/how/{kind}/").content.decode()
        assert page.count('class="guide__step"') == page.count("<title id=") == steps
        assert "I see no download button" in page
    assert client.get(f"/my/{w.consent.id}/file/how/other/").status_code == 404


def test_each_file_goes_to_the_account_that_it_names(sqlite_db: str) -> None:
    w, second = with_two_accounts()
    where, page = previewed(w, {"a.pdf": month_bill(2025, 1), "b.pdf": month_bill(2025, 1, account=second)})
    assert "Account ending 0017" in page
    assert "Account ending 0025" in page
    her(w).post(where, {"act": "save"})
    kept = {each.account.last_four for each in ReceivedFile.objects.select_related("account")}
    assert kept == {"0017", "0025"}


def test_covered_days_of_a_shared_bill_are_kept(w: World) -> None:
    where, _page = previewed(w, {"b.pdf": month_bill(2025, 1)})
    her(w).post(where, {"act": "save"})
    file = ReceivedFile.objects.get()
    assert (file.covers_from, file.covers_to) == (date(2025, 1, 1), date(2025, 2, 1))


def test_a_bill_that_reaches_out_of_her_days_is_refused_whole(w: World) -> None:
    _where, page = previewed(w, {"b.pdf": paper.bill(account=ACCOUNT, begin=date(2024, 12, 20), end=date(2025, 1, 19))})
    assert "days that you did not agree to share" in page
    assert DraftFile.objects.get().code == "scope.range"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "It holds December 31, 2024 – January 1, 2025. You share January 1, 2025 – "),
        ("es", "Contiene 31 de diciembre de 2024 – 1 de enero de 2025. Usted comparte 1 de enero de 2025 – "),
    ],
)
def test_of_a_usage_file_with_other_days_she_is_told_which_and_what_to_do(w: World, language: str, words: str) -> None:
    browser = her(w)
    files = {"u.csv": usage(ACCOUNT, date(2024, 12, 31)).encode()}
    where, _page = previewed(w, files)
    page = browser.get(where, headers={"accept-language": language}).content.decode()
    assert words in page
    assert ("Download it again for these days" if language == "en" else "Descárguelo otra vez solo para") in page
    assert not ReceivedFile.objects.exists()


def test_a_year_by_the_hour_is_drawn_and_the_page_stays_light(sqlite_db: str) -> None:
    w = world(onward_recipients=[], data_types=["usage_hourly"], assurance="L3")
    data, rows = hourly_year()
    _where, page = previewed(w, {"year.csv": data})
    assert "We read 12 months. No month between them is missing." in page
    assert rows == 8760
    assert page.count("<figure") == 3  # bars, the year by the hour, a mean day
    assert len(gzip.compress(page.encode())) < 40_000
