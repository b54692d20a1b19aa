"""Her list shows each request to the co-op: when it was asked, when an answer is expected, what became of it."""

from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from consents import asked
from consents.asked import Asked, Stage
from requests_app.asked import STAGES
from requests_app.lifecycle import ManualState
from tests.integration.access_support import sign_in
from tests.integration.test_release import delivered
from tests.requests_world import coop, run_job, world


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


def test_every_state_has_a_stage_and_every_stage_its_words_in_both_languages() -> None:
    assert set(STAGES) == set(ManualState)
    pages = {}
    for language in ("en", "es"):
        with translation.override(language):
            for stage in Stage:
                row = Asked("R-1", stage, None, None, None, None)
                pages[language, stage] = render_to_string("consents/asked.html", {"card": {"asked": [row]}})
    said = {key: page.split("R-1:")[1] for key, page in pages.items()}
    assert len(set(said.values())) >= 2 * (len(Stage) - 1)
    assert all(said["en", stage] != said["es", stage] for stage in Stage)
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
