"""An officer finds a refusal by the number that somebody tells her, and closes and lifts in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.audit import timeline
from broker.console import rows
from broker.console.due import everything
from broker.credentials import why
from broker.inlets import numbers, overrides
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, World, events, world

SECRET = "Thimble!Gravel8"
ALARM = {"note": f"my portal password is {SECRET}"}


@pytest.fixture
def people(sqlite_db: str) -> dict[str, User]:
    roles = {"ann": Role.STAFF, "ben": Role.STAFF, "olga": Role.OFFICER}
    return {name: create_user(name, name.title(), role, password=None, actor=ACTOR) for name, role in roles.items()}


@pytest.fixture
def officer(people: dict[str, User]) -> Client:
    return browser_of(people["olga"])


def refused() -> Refused:
    assert Client().post("/my/sign-in/", ALARM).status_code == 403
    return Refused.objects.latest("at")


def send(w: World, times: int) -> None:
    for _each in range(times):
        assert w.post({**w.ask(), "note": f"her password is {SECRET}"}).status_code == 403


def page(officer: Client, number: str | None = None, status: int = 200) -> str:
    answer = officer.get("/console/gate/", {} if number is None else {"number": number})
    assert answer.status_code == status
    return answer.content.decode()


def test_the_number_that_a_member_was_told_leads_to_its_refusal(officer: Client) -> None:
    told = Client().post("/my/sign-in/", ALARM).content.decode()
    row = Refused.objects.get()
    assert str(row) in told
    for written in (str(row), str(row).lower(), f" {row} ", str(row)[2:].upper(), str(row).replace("-", " ")):
        words = page(officer, written).partition("What became of it")
        assert f"<h2>{row}</h2>" in words[0]
        assert why(row.rule) in words[0]
        assert "forms of the site: the field “Note”" in words[0]
        assert "A customer or a stranger" in words[0]
        assert f'href="/console/events/{row.refused_event}/"' in words[2].partition("</section>")[0]
        assert "Nobody has called it a false alarm." in words[2]
    assert SECRET not in words[2]


def test_the_number_that_a_program_was_told_leads_to_its_incident(officer: Client) -> None:
    w = world()
    send(w, 2)
    number = w.post({**w.ask(), "note": f"her password is {SECRET}"}).json()["incident"]
    words = page(officer, number)
    assert "Acme Advisors: Rate check" in words.partition("What became of it")[0]
    group = Incident.objects.get()
    assert f'href="#incident-{group.id}"' in words
    assert f'id="incident-{group.id}"' in words


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "Type the number"),
        ("R-4711", "A number is G- and eight"),
        ("G-00000000", "No refusal has this number"),
        ("G-0000000z", "A number is G- and eight"),
    ],
)
def test_a_number_that_leads_nowhere_is_said_so(officer: Client, number: str, said: str) -> None:
    assert said in page(officer, number, 422)


def test_an_incident_lists_its_newest_numbers_and_leads_to_the_log(officer: Client) -> None:
    w = world()
    send(w, 1)
    others = [refused() for _each in range(12)]
    words = page(officer)
    mine = words.partition("A customer or a stranger, forms of the site")[2].partition("</section>")[0]
    shown = [str(each) for each in reversed(others)]
    assert all(number in mine for number in shown[:10])
    assert not [number for number in shown[10:] if number in mine]
    assert mine.index(shown[0]) < mine.index(shown[9])
    assert "the newest 10 of 12" in mine
    assert f'href="/console/events/{others[-1].refused_event}/"' in mine
    application = Watched.objects.get().application_id
    query = f"?act=gate.refused&amp;app={application}&amp;since="
    assert query in words
    for link in [each.partition('"')[0] for each in words.split('href="/console/log/')[1:]]:
        assert officer.get(f"/console/log/{link.replace('&amp;', '&')}").status_code == 200


def test_a_closed_incident_keeps_its_numbers_findable_and_the_next_one_has_its_own(officer: Client) -> None:
    first = refused()
    closed = f"/console/gate/incidents/{Incident.objects.get().id}/close/"
    assert officer.post(closed, {"why": "It was a rose."}).status_code == 302
    second = refused()
    assert str(first) not in page(officer)
    assert str(second) in page(officer)
    assert "closed by Olga" in page(officer, str(first))


def test_an_incident_is_closed_in_words_or_not_at_all(officer: Client) -> None:
    refused()
    at = f"/console/gate/incidents/{Incident.objects.get().id}/close/"
    for empty in ({}, {"why": ""}, {"why": "  "}):
        answer = officer.post(at, empty)
        assert answer.status_code == 422
        words = answer.content.decode()
        assert "Say what you found out. Until then the incident stays open." in words
        assert "Nothing was changed" in words
    assert Incident.objects.get().closed_at is None
    assert officer.post(at, {"why": "A guess at her own password."}).status_code == 302
    assert Incident.objects.get().closed_at is not None
    assert len(events("gate.incident")) == 1


def test_a_suspended_sender_goes_on_with_words_or_not_at_all(officer: Client) -> None:
    send(world(), 3)
    row = Watched.objects.get()
    answer = officer.post(f"/console/gate/{row.id}/lift/", {"why": " "})
    assert answer.status_code == 422
    words = answer.content.decode()
    assert "Nothing was changed" in words
    assert "Say what you found out, and what was changed. Until then it stays suspended." in words
    row.refresh_from_db()
    assert row.state == "suspended"


def test_the_page_says_who_lets_a_false_alarm_through_and_the_officer_does_not(officer: Client) -> None:
    words = page(officer)
    assert "two people of the desk (roles Staff and Operator)" in words
    assert "/admin/gate/" in words
    assert 'href="/admin/gate/"' not in words
    assert "Let it through once" not in words
    assert officer.get("/admin/gate/").status_code in (302, 403, 404)


def test_what_became_of_it_is_said(people: dict[str, User], officer: Client) -> None:
    row, now = refused(), timezone.now()
    assert overrides.ask(row, people["ann"], "It was a rose.", now=now) == ""
    assert "Ann called it a false alarm; a second person of the desk decides." in page(officer, str(row))
    assert overrides.release(row, people["ben"], now=now) == ""
    row.refresh_from_db()
    assert "Ann called it a false alarm, Ben let it through once." in page(officer, str(row))
    # The link leads to the refusal itself, not to the entry of what came last.
    assert row.refused_event != row.audit_event_id
    assert f"/console/events/{row.refused_event}/" in page(officer, str(row))
    assert Client().post("/my/sign-in/", ALARM).status_code != 403
    assert "and the message was taken" in page(officer, str(row))


def test_structure_is_found_by_number_too(officer: Client) -> None:
    assert Client().post("/my/sign-in/", {"note": "JSESSIONID=77AB01CC93F0A1; path=/"}).status_code == 403
    assert "Nobody lets it through" in page(officer, str(Refused.objects.get()))


def test_of_what_was_refused_before_its_entry_was_kept_the_last_one_is_taken_while_it_is_that(officer: Client) -> None:
    row = refused()
    Refused.objects.filter(id=row.id).update(refused_event=None)
    row.refresh_from_db()
    assert numbers.event_of(row) == row.audit_event_id
    assert overrides.forget(row.at + timedelta(days=8)) == 1
    row.refresh_from_db()
    assert numbers.event_of(row) is None
    assert "Its entry is in the log at that time." in page(officer, str(row))


def test_the_log_says_by_which_rule_also_to_whom_it_concerned(officer: Client) -> None:
    w = world()
    send(w, 1)  # names her account
    refused()
    shown = rows.of(timeline.page(timeline.Filters(acts=("gate.refused",))).entries)
    assert len(shown) == 3
    assert [each.reasons for each in shown] == [[f"{why(each.facts.rule)} ({each.facts.rule})"] for each in shown]
    assert {each.facts.rule for each in shown} == {each.rule for each in Refused.objects.all()}
    words = officer.get("/console/log/?act=gate.refused").content.decode()
    assert words.count('data-label="Reason">–<') == 0


def test_what_the_console_counts_is_what_the_pages_show(officer: Client) -> None:
    send(world(), 3)
    refused()
    counted: dict[str, Any] = {each.title: each for each in everything(timezone.now())}
    assert counted["Incidents of the gate open"].number == 2
    assert "Open incidents of the gate (2)" in page(officer)
    assert counted["Incidents of data open"].number == 0
    assert "Incidents of data" in officer.get("/console/incidents/").content.decode()
    assert counted["Suspended by the gate, for portal logins"].number == 1
    assert "Suspended by the gate until you have looked (1)" in page(officer)
    assert counted["Suspended by an officer or a missed review"].number == 0
    words = officer.get("/duties/suspensions/").content.decode()
    assert "Suspended by an officer or a missed review (0)" in words
    assert "/console/gate/" in words
