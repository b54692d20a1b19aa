"""The stop switch at every address: whoever was given something of customers before is given nothing any more."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from broker.audit import entry, store
from broker.duties import bars
from broker.parties.models import User
from tests.authz.asking import Asker
from tests.authz.test_matrix import rows
from tests.authz.world import shared

# Who is not the customer and not of our own people; "own" is here the co-op's clerk, who came by a code.
OTHERS = {
    "recipient": ("analyst", "rival", "ended"),
    "api": ("key", "rival-key", "ended-key", "sibling-key"),
    "co-op": ("own",),
}
# What the co-op may still do: begin, leave, read how a letter is checked, and tell us something.
STAYS = {
    "verify", "verify-code", "verify-file", "verify-yourself", "verify-root", "verify-time-root", "verify-released",
    "verify-doubt", "verify-member", "verify-member-code", "desk", "desk-code", "desk-hint", "desk-leave",
}  # fmt: skip
GIVEN = {"data.read", "data.link_made", "letter.read", "desk.shown"}


@pytest.fixture
def asker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    with django_db_blocker.unblock():
        made = Asker(shared("sqlite"), "sqlite")
        yield made
        made.end()


def test_no_address_gives_anything_away_while_disclosures_are_stopped(asker: Asker) -> None:
    bars.stop(User.objects.get(username="the-staff"), "Look first.", now=timezone.now())
    begun, asked, wrong = store.rows("SELECT max(id) FROM audit_event")[0][0], 0, []
    for area, actors in OTHERS.items():
        for place, row in rows(area):
            if row.method != "GET" or place.name in STAYS:
                continue
            for actor in set(actors) & row.cells.keys():
                if row.cells[actor] != "ok":
                    continue
                came, asked = asker.ask(place, "GET", actor), asked + 1
                if came != "503":
                    wrong.append(f"{place.name} by {actor}: {came}")
    assert not wrong
    assert asked >= 40
    since = store.rows("SELECT header FROM audit_event WHERE id > %s", [begun])
    left = {entry.parse_header(header).act for (header,) in since}
    assert not GIVEN & left
    assert "duties.refused" in left
