"""The second person of a false alarm decides by what the first one said, and each page says what it counts."""

from typing import Any

import pytest
from django.test import Client

from broker.credentials import why
from broker.inlets.models import Refused
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from requests_app.worklist_links import links
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, events, world

SECRET = "Thimble!Gravel8"
ALARM = {"note": f"my portal password is {SECRET}"}
REASON = "She named the colour of a rose."


@pytest.fixture
def people(committing: str) -> dict[str, User]:
    roles = {"ann": Role.STAFF, "ben": Role.OPERATOR}
    return {name: create_user(name, name.title(), role, password=None, actor=ACTOR) for name, role in roles.items()}


def waits() -> int:
    return next(each.count for each in links() if each.title.startswith("False alarms of the gate"))


def test_the_second_person_reads_reason_rule_place_time_and_sender(people: dict[str, User]) -> None:
    w = world()
    assert w.post({**w.ask(), "note": f"her password is {SECRET}"}).status_code == 403
    row = Refused.objects.get()
    ann, ben = browser_of(people["ann"]), browser_of(people["ben"])
    before = ben.get("/admin/gate/").content.decode()
    assert "Refused, and called a false alarm by nobody (1)" in before
    assert "waiting for a second person (0)" in before
    assert waits() == 0
    assert ann.post(f"/admin/gate/{row.id}/doubt/", {"why": REASON}).status_code == 302
    page = ben.get("/admin/gate/").content.decode()
    assert "waiting for a second person (1)" in page
    assert waits() == 1
    card = page.partition(f"<h3>{row}</h3>")[2].partition("</section>")[0]
    for said in (REASON, "by Ann, ", why(row.rule), "the API: the message", "Acme Advisors", "Let it through once"):
        assert said in card, said
    assert SECRET not in page
    assert len(events("log.read")) == 1
    assert ben.post(f"/admin/gate/{row.id}/release/").status_code == 302
    assert "Let through, until it comes again or its time is over (1)" in ben.get("/admin/gate/").content.decode()
    assert waits() == 0


def test_where_no_reason_is_opened_nothing_of_the_log_is_read(people: dict[str, User]) -> None:
    assert Client().post("/my/sign-in/", ALARM).status_code == 403
    assert browser_of(people["ann"]).get("/admin/gate/").status_code == 200
    assert not events("log.read")


def test_the_first_person_is_told_that_a_reason_is_missing(people: dict[str, User]) -> None:
    assert Client().post("/my/sign-in/", ALARM).status_code == 403
    row: Any = Refused.objects.get()
    answer = browser_of(people["ann"]).post(f"/admin/gate/{row.id}/doubt/", {"why": " "})
    assert answer.status_code == 422
    assert "Say why it was no password: the second person decides by your words." in answer.content.decode()
