"""After a day of waiting the act is really done by one person alone: a held file accepted, a difference settled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.waits import waiting
from broker.parties.models import Role, User
from requests_app.differences.models import Settlement
from tests.integration import test_held_files as held
from tests.integration.test_settling import differing, settle, told
from tests.integration.test_waits import DAY, PASSWORD, end, sent
from tests.recipients_world import browser_of
from tests.requests_world import World, coop, world


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world(data_types=["bill", "usage_daily"])


def alone() -> User:
    """The one person who works here."""
    made = held.person(Role.STAFF)
    made.set_password(PASSWORD)  # in a rehearsal as good as a passkey
    made.save()
    return made


def waited(asked: Approval, by: User) -> Approval:
    """A day passes after she was told, and she says nothing."""
    wait = waiting.begin(asked.id, by, now=timezone.now())
    sent(wait)
    end(wait, after=DAY + timedelta(seconds=1))
    asked.refresh_from_db()
    assert (asked.approver, wait.state) == (wait.id, "done")
    return asked


def test_a_file_of_a_held_mail_is_accepted(w: World) -> None:
    sam = alone()
    (file,) = held.attached(held.waiting(w), held.bill(held.ACCOUNT))
    assert "until an officer or approver agrees" in held.accept(file)
    asked = Approval.objects.get()
    assert waited(asked, sam).state == Act.APPROVED
    assert file.state == "quarantined"
    held.accept(file)
    asked.refresh_from_db()
    assert (file.state, asked.state) == ("accepted", Act.EXECUTED)


def test_a_difference_is_settled(committing: str) -> None:
    told(differing())
    sam = alone()
    assert settle(browser_of(sam)).status_code == 302
    assert not Settlement.objects.exists()
    asked = Approval.objects.get()
    assert waited(asked, sam).state == Act.EXECUTED
    assert Settlement.objects.get().approval == asked.id
