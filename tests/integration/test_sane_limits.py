"""What one person may have us do in an hour or a day, and what is said then: files looked at, sign-ups."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from requests_app.recipients import joining
from requests_app.recipients.models import SignUp
from requests_app.upload import drafts
from requests_app.upload.models import DraftFile, ShareDraft
from tests.integration.test_joining import APPLY, proven
from tests.integration.test_own_data import her
from tests.integration.test_upload_preview import hand_over, month_bill
from tests.requests_world import World, events, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def test_a_customer_begins_so_many_drafts_an_hour(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "DRAFTS", replace(drafts.DRAFTS, most=2))
    client = her(w)
    answers = [hand_over(w, {"a.pdf": month_bill(2025, 9)}, client) for _ in range(3)]
    assert [each.status_code for each in answers] == [302, 302, 429]
    assert "very many files in a short time" in answers[2].content.decode()
    assert ShareDraft.objects.count() == 2
    assert len(events("share.previewed")) == 2, "of the third nothing was looked into"


def test_files_are_counted_one_by_one_and_a_script_is_told_why(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "LOOKS", replace(drafts.LOOKS, most=3))
    client = her(w)
    two = {f"{month}.pdf": month_bill(2025, month) for month in (8, 9)}
    assert hand_over(w, two, client).status_code == 302
    answer = hand_over(w, two, client, headers={"X-Requested-With": "upload"})
    assert (answer.status_code, list(answer.json())) == (429, ["error"])
    assert DraftFile.objects.count() == 2


def apply(email: str, **more: Any) -> Any:
    browser = Client(**more)
    proven(browser, email)
    return browser.post("/join/apply/", APPLY)


def test_a_mailbox_asks_three_times_a_day_however_it_is_written(committing: str) -> None:
    ways = ["ana@prairie.example", "ana+2@prairie.example", "Ana+3@Prairie.example", "ana+4@prairie.example"]
    answers = [apply(each) for each in ways]
    assert [each.status_code for each in answers] == [302] * 3 + [429]
    assert "Three organisations asked from your mailbox today" in answers[3].content.decode()
    assert SignUp.objects.count() == 3


def test_one_place_does_not_use_up_what_is_there_for_all(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "FROM_ONE_PLACE", replace(joining.FROM_ONE_PLACE, most=2))
    found = [apply(f"a{n}@prairie.example", REMOTE_ADDR="192.0.2.1").status_code for n in range(3)]
    assert found == [302, 302, 429]
    elsewhere = apply("else@plains.example", REMOTE_ADDR="198.51.100.1")
    assert elsewhere.status_code == 302
    assert SignUp.objects.filter(asked_at__lte=timezone.now()).count() == 3


def test_all_of_them_together_have_an_end(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "BY_ALL", replace(joining.BY_ALL, most=1))
    answers = [apply(f"a{n}@prairie.example") for n in range(2)]
    assert [each.status_code for each in answers] == [302, 429]
    assert "Too many organisations asked today" in answers[1].content.decode()
