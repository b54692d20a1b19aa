"""The co-op hears once that too much came and once what became of it, whatever is done, and none of the data again."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from broker.parties.models import Role
from broker.rehearsal.coop_mailbox import CoopMailbox
from requests_app.completeness.models import OverDelivery, SurplusMail
from requests_app.completeness.words import DESTROY, RETURN, WIDER
from tests.bills import ANNA, of_months
from tests.integration.test_held_files import signed_in
from tests.integration.test_surplus import agreed, asked, came
from tests.requests_world import ACCOUNT, World, coop, run_job, world

Desk = tuple[World, CoopMailbox]


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Desk]:
    with coop(tmp_path, settings) as mailbox:
        yield world(history_from=date(2025, 1, 1), history_to=date(2026, 1, 1)), mailbox


def told(mailbox: CoopMailbox, before: int) -> list[Any]:
    """Run what tells the co-op, each twice, and give the mails that it got since."""
    for mail in SurplusMail.objects.order_by("at"):
        for _ in range(2):
            assert run_job("surplus.tell", mail.id) == "done"
    return [mailbox.mails.message(each) for each in mailbox.mails.numbers()[before:]]


@pytest.mark.parametrize("disposition", [DESTROY, RETURN, WIDER])
def test_it_is_told_of_each_disposition_once_without_the_data(desk: Desk, disposition: str) -> None:
    w, mailbox = desk
    others = [] if disposition == WIDER else of_months(date(2025, 1, 1), date(2025, 2, 1), ANNA)
    came(w, *others)
    before = len(mailbox.mails.numbers())
    approval = asked(OverDelivery.objects.get(), disposition)
    (found,) = told(mailbox, before)
    agreed(approval)
    first, decided = told(mailbox, before)
    assert first["Message-ID"] == found["Message-ID"]
    assert "more came than was asked for" in found["Subject"]
    assert "what became of what came too much" in decided["Subject"]
    for mail in (found, decided):
        for sealed in (ANNA, ACCOUNT, "December 2024"):
            assert sealed not in mail.as_string()


def test_it_is_told_where_somebody_rejects_the_file(desk: Desk) -> None:
    w, mailbox = desk
    file = came(w, *of_months(date(2025, 1, 1), date(2025, 2, 1), ANNA))
    before = len(mailbox.mails.numbers())
    assert signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", {"decision": "reject"}).status_code == 302
    incident = OverDelivery.objects.get()
    assert incident.state == "open"  # what becomes of it is still for two people to say
    (found,) = told(mailbox, before)
    assert "more came than was asked for" in found["Subject"]
    assert ANNA not in found.as_string()
    agreed(asked(incident, RETURN))
    assert [str(each["Subject"]).rpartition("— ")[2] for each in told(mailbox, before)] == [
        "more came than was asked for, and we locked it away",
        "what became of what came too much",
    ]
