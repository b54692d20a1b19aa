"""What she does while her files are being saved: a stop, a change of mind, a second window, a process that dies."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone

from broker import vault
from broker.terms import Actor, Refusal
from consents import actions
from requests_app import share
from requests_app.models import ReceivedFile
from requests_app.upload import drafts, saving
from requests_app.upload.models import DraftFile, ShareDraft
from tests.integration.test_own_data import her
from tests.integration.test_upload_preview import month_bill, previewed
from tests.requests_world import ACCOUNT, World, events, run_job, usage, world

TWO = {"a.csv": usage(ACCOUNT).encode(), "b.pdf": month_bill(2025, 1)}


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def stop(w: World) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())


def after_look(monkeypatch: pytest.MonkeyPatch, number: int, does: Callable[[], Any]) -> None:
    """Let something happen between the look into the nth file and its keeping."""
    real, seen = share.look, [0]

    def look(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        seen[0] += 1
        if seen[0] == number:
            does()
        return found

    monkeypatch.setattr(share, "look", look)


def test_a_file_that_is_looked_into_during_the_stop_is_not_taken(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    after_look(monkeypatch, 1, lambda: stop(w))
    me, data = Actor("c", w.customer.id), usage(ACCOUNT).encode()
    answer = share.receive_share(w.consent, w.account, "a.csv", data, to_nectar=False, actor=me, now=timezone.now())
    assert answer == Refusal("consent.revoked")
    assert not ReceivedFile.objects.exists()
    assert not events("share.received")
    assert len(events("share.rejected")) == 1


def test_a_stop_waits_for_the_file_that_is_being_kept(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one or the other: kept and committed before the stop, or refused after it."""
    real = share._log
    waited = []

    def log(*args: Any) -> Any:
        stopping.start()
        stopping.join(0.4)
        waited.append(stopping.is_alive())
        return real(*args)

    def run() -> None:
        stop(w)
        connections.close_all()

    stopping = threading.Thread(target=run)
    monkeypatch.setattr(share, "_log", log)
    me, data = Actor("c", w.customer.id), usage(ACCOUNT).encode()
    answer = share.receive_share(w.consent, w.account, "a.csv", data, to_nectar=False, actor=me, now=timezone.now())
    stopping.join()
    assert isinstance(answer, ReceivedFile)
    assert waited == [True]
    w.consent.refresh_from_db()
    assert w.consent.state == "revoked"


def test_a_stop_while_saving_takes_no_further_file_and_the_page_says_which(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, _page = previewed(w, TWO)
    after_look(monkeypatch, 2, lambda: stop(w))
    page = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert ReceivedFile.objects.count() == 1
    assert "We saved 1 file and locked it away." in page
    assert "1 file was not taken: This permission is not in force now" in page


def test_throwing_away_while_saving_does_not_say_that_nothing_was_saved(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, _page = previewed(w, TWO)
    said = []
    after_look(monkeypatch, 2, lambda: said.append(her(w).post(where, {"act": "throw"}, follow=True).content.decode()))
    page = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert "Nothing was saved" not in said[0]
    assert "We saved 1 file and locked it away." in said[0]
    assert "1 file is not saved yet." in said[0]
    assert ReceivedFile.objects.count() == 2
    assert "We saved 2 files and locked them away." in page
    assert "not saved yet" not in page
    assert ShareDraft.objects.get().how == "saved"
    assert len(events("share.draft_ended")) == 1


def test_what_was_thrown_away_while_it_was_opened_is_not_saved(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    where, _page = previewed(w, TWO)
    real = saving._opened

    def opened(*args: Any) -> Any:
        found = real(*args)
        her(w).post(where, {"act": "throw"})
        return found

    monkeypatch.setattr(saving, "_opened", opened)
    page = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert "Nothing was saved, and nothing of them was passed on." in page
    assert not ReceivedFile.objects.exists()


def test_a_second_click_while_the_first_saves_takes_nothing_twice(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    where, _page = previewed(w, TWO)
    after_look(monkeypatch, 1, lambda: her(w).post(where, {"act": "save"}))
    page = her(w).post(where, {"act": "save"}, follow=True).content.decode()
    assert "We saved 2 files" in page
    assert len(events("share.received")) == 2


def test_a_process_that_dies_half_way_leaves_a_page_that_says_what_is_saved(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, _page = previewed(w, TWO)

    def die() -> None:
        raise SystemExit

    after_look(monkeypatch, 2, die)
    with pytest.raises(SystemExit):
        her(w).post(where, {"act": "save"})
    page = her(w).get(where).content.decode()
    assert ReceivedFile.objects.count() == 1
    for words in ("Not all is saved yet", "We saved 1 file and locked it away.", "1 file is not saved yet."):
        assert words in page, words
    assert 'name="act"' not in page  # neither saved again nor thrown away


@pytest.mark.parametrize("act", ["save", "throw"])
def test_a_file_that_comes_to_a_draft_just_ended_begins_another_one(
    w: World, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    client = her(w)
    where, _page = previewed(w, {"a.csv": TWO["a.csv"]}, client)
    old = ShareDraft.objects.get()

    def end() -> None:
        her(w).post(where, {"act": act})
        run_job(drafts.ENDS, old.id)

    after_look(monkeypatch, 1, end)
    given = [SimpleUploadedFile("b.pdf", TWO["b.pdf"])]
    answer = client.post(f"/my/{w.consent.id}/file/", {"file": given, "draft": str(old.id)})
    assert str(old.id) not in answer["Location"]
    assert "This is a bill of January 1, 2025" in client.get(answer["Location"]).content.decode()
    assert not DraftFile.objects.filter(draft=old).exists()
    paths = [f"{each.hex[:2]}/{each.hex}.sealed" for each in vault.files_of(old.id)]
    assert len(paths) == 2
    assert not [path for path in paths if storages["sealed"].exists(path)]
    assert len(events("share.previewed")) == 2
