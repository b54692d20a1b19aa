"""A member of staff who pastes a login: refused, an incident, and the login is nowhere."""

from pathlib import Path

from django.db import connection
from django.test import Client

from broker.parties.models import Role
from broker.parties.staff import create_user
from tests.requests_world import ACTOR, events

SECRET = "Thimble!Gravel8"


def test_a_login_in_a_note_of_staff_is_refused_and_opens_an_incident(sqlite_db: str) -> None:
    user = create_user("a-clerk", "A person", Role.STAFF, password=None, actor=ACTOR)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/admin/tables/", {"note": f"member's portal: rita pw {SECRET}"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert SECRET not in page
    assert "the field “Note”" in page
    assert len(events("gate.refused")) == len(events("gate.incident")) == 1
    folder = Path(connection.settings_dict["NAME"]).parent
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_a_stranger_leaves_no_incident(sqlite_db: str) -> None:
    assert Client().post("/my/sign-in/", {"email": f"password {SECRET}"}).status_code == 403
    assert len(events("gate.refused")) == 1
    assert not events("gate.incident")


def test_a_program_is_told_which_part_why_and_what_to_do_instead(sqlite_db: str) -> None:
    answer = Client().post("/api/v1/data-requests", {"portal": {"pw": SECRET}}, content_type="application/json")
    problem = answer.json()
    assert problem["detail"] == "body: A word for a password with a value behind it. (label.value)"
    assert "signed letter" in problem["instead"]
    assert SECRET not in answer.content.decode()
