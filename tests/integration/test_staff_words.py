"""What staff's pages offer is what can be done, and what they say of today is called today."""

from pathlib import Path
from typing import Any

import pytest

from broker.parties.models import Role
from tests.integration.console_support import officer
from tests.joint_world import objection
from tests.requests_world import ACCOUNT, World, coop, run_job, world


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


def test_a_dismissal_that_waits_is_not_offered_again(w: World) -> None:
    made, staff = objection(number=ACCOUNT), officer(Role.STAFF)
    place = f"/admin/objections/{made.id}/"
    assert "Ask a second person to dismiss it" in staff.get(place).text
    staff.post(place, {"reason": "asked the co-op"})
    page = staff.get(place).text
    assert "Its dismissal was asked for" in page
    assert "Ask a second person to dismiss it" not in page
    assert "It is right: end what it paused" in page  # the co-op may still say so


def test_what_is_worked_out_today_is_called_so_once_the_letter_is_sent(w: World, tmp_path: Path, settings: Any) -> None:
    staff = officer(Role.STAFF)
    with coop(tmp_path, settings):
        manual = w.manual()
        assert "Before sending" in staff.get(f"/admin/requests/{manual.id}/").text
        run_job("manual.send", manual.id)
    page = staff.get(f"/admin/requests/{manual.id}/").text
    assert "<h2>Before sending</h2>" not in page
    assert "<h2>Before a mail leaves, today</h2>" in page
