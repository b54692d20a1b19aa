"""A login in a file that a customer shares: refused file by file, and counted as at every other inlet."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from broker.inlets import overrides
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import Role
from broker.parties.staff import create_user
from requests_app.models import ReceivedFile
from requests_app.upload.models import DraftFile
from tests.integration.test_gate_files import WORDS, noted, pdf
from tests.integration.test_upload_preview import her, month_bill, previewed
from tests.requests_world import ACCOUNT, ACTOR, World, events, usage, world

CSV = usage(ACCOUNT).encode() + f"note,{WORDS}\r\n".encode()


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def test_a_login_in_a_shared_file_is_an_incident_with_a_count(w: World) -> None:
    client = her(w)
    files = {"a.csv": CSV, "b.pdf": pdf(noted), "c.pdf": month_bill(2025, 10)}
    where, page = previewed(w, files, client)
    assert "This is a bill of October 1, 2025" in page  # one bad file loses none of the others
    found = {(each.inlet, each.sender): each.count for each in Incident.objects.all()}
    assert found == {("csv_upload", "customer"): 1, ("pdf_upload", "customer"): 1}
    assert {each.part for each in Refused.objects.all()} == {"file"}
    assert len(events("gate.refused")) == 2
    assert DraftFile.objects.filter(code="channel.forbidden.credentials", file=None).count() == 2
    client.post(where, {"act": "save"})
    assert ReceivedFile.objects.count() == 1
    assert Refused.objects.count() == 2  # each file is counted once


def test_what_she_shares_suspends_nobody_and_is_let_through_by_nobody(w: World) -> None:
    client = her(w)
    for each in range(4):
        previewed(w, {f"{each}.csv": CSV}, client)
    assert Incident.objects.get().count == 4
    assert not Watched.objects.exists()
    assert not overrides.open_ones(timezone.now()).exists()


def test_who_lets_the_words_beside_a_file_through_lets_no_file_through(w: World) -> None:
    """The page reads the files by itself, while the release of the words is in force."""
    client, where = her(w), f"/my/{w.consent.id}/file/"
    people = [create_user(name, name.title(), Role.STAFF, password=None, actor=ACTOR) for name in ("ann", "ben")]

    made = {"a.csv": CSV, "b.pdf": pdf(noted)}  # once: a number of its own stands in each PDF

    def share() -> int:
        files = [SimpleUploadedFile(name, data) for name, data in made.items()]
        return client.post(where, {"note": f"Please call me, {WORDS}", "file": files}).status_code

    assert share() == 403
    row = Refused.objects.get()
    assert row.part == "field note"
    assert overrides.ask(row, people[0], "She names a plant.", now=timezone.now()) == ""
    assert overrides.release(row, people[1], now=timezone.now()) == ""
    assert share() == 302
    assert DraftFile.objects.filter(code="channel.forbidden.credentials", file=None).count() == 2
    assert not DraftFile.objects.exclude(file=None).exists()
