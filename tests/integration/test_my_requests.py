"""Her list shows each request to the co-op: when it was asked, when an answer is expected, what became of it."""

from pathlib import Path
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from broker.audit import log
from consents import asked
from consents.asked import Asked, Stage
from requests_app.asked import STAGES
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move
from tests.integration.access_support import sign_in
from tests.integration.test_release import delivered
from tests.requests_world import ACTOR, coop, run_job, world


def test_a_request_is_listed_from_its_order_to_its_end(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        (row,) = asked.of(w.consent)
        assert (row.number, row.stage, row.asked_at) == (manual.number, Stage.PREPARING, None)
        run_job("manual.send", manual.id)
    manual.refresh_from_db()
    (row,) = asked.of(w.consent)
    assert (row.stage, row.asked_at) == (Stage.WAITING, manual.sent_at)
    assert (row.expected_from, row.due) == (manual.expected_from, manual.due)
    page = render_to_string("consents/asked.html", {"card": {"asked": [row]}})
    assert manual.number in page
    assert "answer expected between" in page


def test_why_this_date_is_asked_only_where_a_date_is_named(sqlite_db: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        assert asked.of(w.consent)[0].why == ""  # it has not left
        run_job("manual.send", manual.id)
    rows = ManualRequest.objects.filter(id=manual.id)
    (row,) = asked.of(w.consent)
    assert row.why == f"/my/requests/{manual.id}/date/"
    assert "Why this date?" in render_to_string("consents/asked.html", {"card": {"asked": [row]}})
    for state in (ManualState.WAITING_ON_US, ManualState.ANSWERED):
        with transaction.atomic():
            ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, body={})
            manual.refresh_from_db()
            assert move(manual, state, ref=ref)
        assert rows.get().due is not None  # it is still known, and no longer what she waits for
        (row,) = asked.of(w.consent)
        assert row.why == ""
        assert "Why this date?" not in render_to_string("consents/asked.html", {"card": {"asked": [row]}})


# What waits for her own files stands in a list of its own, with its way on.
SHOWN_HERE = [stage for stage in Stage if stage is not Stage.HER_FILES]


def test_every_state_has_a_stage_and_every_stage_its_words_in_both_languages() -> None:
    assert set(STAGES) == set(ManualState)
    pages = {}
    for language in ("en", "es"):
        with translation.override(language):
            for stage in SHOWN_HERE:
                row = Asked("R-1", stage, None, None, None, None)
                pages[language, stage] = render_to_string("consents/asked.html", {"card": {"asked": [row]}})
    said = {key: page.split("R-1:")[1] for key, page in pages.items()}
    assert len(set(said.values())) >= 2 * (len(SHOWN_HERE) - 1)
    assert all(said["en", stage] != said["es", stage] for stage in SHOWN_HERE)
    assert render_to_string("consents/asked.html", {"card": {"asked": []}}).strip() == ""


def test_what_arrived_is_delivered_and_what_was_fetched_is_handed_over(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        w = world()
        manual = delivered(w, **{"from": "2025-10-19", "to": "2025-10-21"})
    (row,) = asked.of(w.consent)
    assert row.stage == Stage.DELIVERED
    assert row.arrived_at is not None
    w.get(f"data-requests/{manual.request_id}/readings")
    (row,) = asked.of(w.consent)
    assert row.stage == Stage.HANDED_OVER
    browser = Client()
    sign_in(browser, w.customer.id)
    page = browser.get("/my/").content.decode()
    assert manual.number in page
    assert "delivered to the company" in page
