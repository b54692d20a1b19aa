"""More than a thousand: the letters to the attorney general of Missouri and to the consumer reporting agencies."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.console.incidents import authorities, duties, recording, telling
from broker.console.incidents.duties import Kind
from broker.console.incidents.models import Incident, Step
from broker.notices.templatetags.notices import moment
from tests import clock
from tests.integration.test_incident_delays import delayed
from tests.integration.test_incidents import NO_HARM, TELL, begins, begun, decided, listed, read, signed_in, tell_all
from tests.joint_world import stranger
from tests.packs_world import Packs, packs

BOTH = ["Letter to the attorney general of Missouri", "Letter to the consumer reporting agencies"]


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def texts(incident: Incident) -> dict[Kind, str]:
    return {each.kind: each.text for each in authorities.letters(incident, recording.facts(incident))}


def test_the_letters_are_offered_where_the_count_asks_for_them_alone(
    desk: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident, officer = begun(desk), signed_in(desk.officer)
    read(desk, desk.world.customer.id)
    assert texts(incident) == {}  # nobody counted yet
    listed(desk, incident)
    assert texts(incident) == {}  # one is not more than a thousand
    page = officer.get(f"/console/incidents/{incident.id}/").content.decode()
    assert not [title for title in BOTH if title in page]
    monkeypatch.setattr(duties, "MANY", 0)
    page = officer.get(f"/console/incidents/{incident.id}/").content.decode()
    assert all(title in page for title in BOTH)
    assert "name no customer" in page
    decided(desk, incident, NO_HARM)
    assert texts(incident) == {}  # nobody is told, and so neither are they


def test_they_say_when_how_and_in_which_words_and_name_nobody(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "MANY", 0)
    incident = begun(desk)
    read(desk, desk.world.customer.id)
    made = listed(desk, incident)
    before = texts(incident)
    assert list(before) == [Kind.ATTORNEY_GENERAL, Kind.AGENCIES]
    assert all("not settled: two people decide first" in each for each in before.values())
    assert all("which owns it [not told yet]\n" in each for each in before.values())
    decided(desk, incident, TELL)
    assert all("have not begun to go out" in each for each in texts(incident).values())
    assert isinstance(begins(desk, incident), Step)
    tell_all(desk, made)
    for text in texts(incident).values():
        assert "407.1500.2(8)" in text
        assert "Consumers: 1\n" in text
        assert "each of them was told by" in text
        assert "to the mailbox that each proved to us" in text
        assert "Bills were opened." in text  # the very notice
        assert telling.desk().name in text
        assert "&#x27;" not in text
        assert not [word for word in (desk.world.customer.id.hex, str(desk.world.customer.id)) if word in text]
    general, agencies = texts(incident).values()
    assert "Missouri Attorney General" in general
    assert "Equifax, Experian and TransUnion" in agencies
    assert "15 U.S.C. 1681a(p)" in agencies
    assert timezone.now() > incident.known_at


def test_they_say_that_the_owner_was_told_once_it_was(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "MANY", 0)
    incident = begun(desk)
    read(desk, desk.world.customer.id)
    listed(desk, incident)
    told = telling.tell_coop(incident, actor=desk.actor(desk.officer), now=timezone.now())
    assert isinstance(told, Step)
    for text in texts(incident).values():
        assert f"which owns it and was told by us on {moment(told.at)}\n" in text
        assert "not told yet" not in text


def test_the_notices_go_out_since_the_first_list(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "MANY", 0)
    incident = begun(desk)
    read(desk, desk.world.customer.id)
    listed(desk, incident)
    decided(desk, incident, TELL)
    first = begins(desk, incident)
    assert isinstance(first, Step)
    read(desk, stranger(desk.world).customer_id)
    listed(desk, incident)
    decided(desk, incident, TELL)
    later = timezone.now() + timedelta(days=2)
    assert isinstance(telling.begin(incident, actor=desk.actor(desk.officer), now=later), Step)
    for text in texts(incident).values():
        assert f"the notices go out since {moment(first.at)}\n" in text


def test_nobody_is_asked_to_send_them_while_notice_waits(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "MANY", 0)
    incident, officer = begun(desk), signed_in(desk.officer)
    read(desk, desk.world.customer.id)
    listed(desk, incident)

    def page() -> str:
        return officer.get(f"/console/incidents/{incident.id}/").content.decode()

    assert "Do not send yet: two people have not decided" in page()
    assert "Send these" not in page()
    decided(desk, incident, TELL)
    assert "Send these" in page()
    assert "Do not send yet" not in page()
    delayed(desk, incident, clock.today() + timedelta(days=5))
    assert "Do not send yet: law enforcement asked" in page()
    assert "Send these" not in page()
