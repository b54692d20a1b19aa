"""The stop switch at every address: whoever was given something of customers before is given nothing any more."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from broker.audit import entry, store
from broker.duties import bars
from broker.duties.guard import NARROWS
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


# What takes away and gives nothing goes on: a recipient's key and address end, and it says that its copies are gone.
STAYS |= NARROWS | {"api-hook-disable", "api-deletion"}
SAMPLE = 12  # on the second engine each so many-th


@pytest.fixture(params=["sqlite", "postgresql"])
def asker(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    with django_db_blocker.unblock():
        made = Asker(shared(request.param), request.param)
        yield made
        made.end()


def stop() -> int:
    """Stop all disclosures; give the newest entry of the log."""
    bars.stop(User.objects.get(username="the-staff"), "Look first.", now=timezone.now())
    return int(store.rows("SELECT max(id) FROM audit_event")[0][0])


def left(since: int) -> set[str]:
    found = store.rows("SELECT header FROM audit_event WHERE id > %s", [since])
    return {entry.parse_header(header).act for (header,) in found}


def test_no_address_gives_anything_away_while_disclosures_are_stopped(asker: Asker) -> None:
    """Whatever somebody may read, send or ask for otherwise."""
    acts, asked, wrong, begun = set(), 0, [], stop()
    cells = [
        (place, row, actor)
        for area, actors in OTHERS.items()
        for place, row in rows(area)
        for actor in sorted(set(actors) & row.cells.keys())
        if place.name not in STAYS and row.cells[actor] in (("ok",) if row.method == "GET" else ("ok", "state"))
    ]
    for place, row, actor in cells if asker.engine == "sqlite" else cells[::SAMPLE]:
        came, asked = asker.ask(place, row.method, actor), asked + 1
        if came != "503":
            wrong.append(f"{row.method} {place.name} by {actor}: {came}")
        if came in ("ok", "state") and row.method != "GET":  # the world is a fresh one again
            begun = stop()
        else:
            acts |= left(begun)
    assert not wrong, "\n".join(wrong)
    assert asked >= (110 if asker.engine == "sqlite" else 9)
    assert not GIVEN & acts
    assert "duties.refused" in acts
