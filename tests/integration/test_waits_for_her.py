"""An ask that goes by her own files: she hears of it; her page says why it goes this way, and what came in part."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.notices.models import Notice
from broker.parties.models import Role
from broker.rehearsal.nectar import Nectar
from broker.terms import Actor
from consents import actions
from tests.integration.test_held_files import signed_in
from tests.integration.test_one_value import of_days, shares
from tests.integration.test_own_data import her
from tests.integration.test_share import bill, nectar, through
from tests.recipients_world import analyst, browser_of, delivered
from tests.requests_world import World, coop, run_job, world

__all__ = ["nectar"]
KIND = "request.waits_for_her"


@pytest.fixture
def w(committing: str) -> World:
    return world()


def asked(w: World, **changes: Any) -> Any:
    return w.post(w.ask(channel="customer_upload", **changes)).json()["id"]


def mails() -> int:
    return Notice.objects.filter(template="share_wanted").count()


def test_she_is_told_once_a_day_that_files_are_waited_for(w: World) -> None:
    for _ in range(2):
        assert run_job(KIND, asked(w)) == "done"
    assert mails() == 1
    day = f"{timezone.now():%Y-%m-%d}"
    assert Notice.objects.get(template="share_wanted").key == f"share-wanted:{w.consent.id}:{day}"


def test_she_is_not_told_where_the_files_are_there_or_the_permission_is_over(w: World) -> None:
    waits = asked(w)
    shares(w, of_days(date(2025, 10, 1), "1"))
    assert run_job(KIND, waits) == "done"
    other = asked(w, data_types=["bill"])
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    assert run_job(KIND, other) == "done"
    assert mails() == 0


def test_from_the_page_of_a_request_she_sees_why_it_goes_this_way(w: World) -> None:
    manual = w.manual()
    page = her(w).get(f"/my/requests/{manual.id}/").content.decode()
    assert f'href="/my/asks/{manual.request_id}/way/"' in page
    assert "Nothing has come yet." in page


def test_days_that_came_of_a_month_are_a_part_of_it(w: World, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings):
        manual = delivered(w)
    page = her(w).get(f"/my/requests/{manual.id}/").content.decode()
    assert "A part has come; nothing is whole yet." in page
    assert "Nothing has come yet." not in page


def test_a_refused_request_has_a_title_that_a_person_can_read(w: World) -> None:
    refused = w.post(w.ask(purpose="research")).json()["id"]
    page = browser_of(analyst(w.organisation)).get(f"/recipient/requests/{refused}/").content.decode()
    assert f"<h1>Request {refused}" not in page
    assert "<h1>Request of " in page


def test_what_nectar_could_not_read_stands_on_the_worklist(sqlite_db: str, nectar: Nectar) -> None:
    pull = through(world(), bill(account="A-40900018"))
    assert pull.state == "failed"
    page = signed_in(Role.STAFF).get("/admin/?tab=files").content.decode()
    assert "Nectar did not read it." in page
    assert f"/admin/files/{pull.file_id}/" in page
