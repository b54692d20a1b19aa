"""“Why this date?”, for the customer in both languages and for staff; the officer's closing days."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from broker import utilities
from broker.audit import log
from broker.console import case_file, criteria
from broker.parties.models import Role
from requests_app.clocks import why
from requests_app.clocks.models import ClockStep, ClosingChange
from requests_app.clocks.words import CHOSEN, PUBLISHED
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.test_clocks import NOW, again, close, delivered, happened
from tests.integration.test_clocks import steps as clock_steps
from tests.request_lives import given_up
from tests.requests_world import ACTOR, World, world

STORM = date(2026, 3, 10)
DAYS = "/console/closing-days/obec/"


@pytest.fixture
def w(sqlite_db: str) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield world()


def her(w: World, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, w.customer.id)
    return client


def add(client: Client, **more: str) -> Any:
    form = {"act": "close", "day": str(STORM), "name": "Ice storm", "source": "phone", **more}
    return client.post(DAYS, form, follow=True)


def test_s35_the_page_shows_the_row_that_moved_the_date(w: World) -> None:
    manual = delivered(w)
    said = add(officer()).content.decode()
    assert "March 10, 2026 is a closing day now. 1 open request moved." in said
    page = her(w).get(f"/my/requests/{manual.id}/date/").content.decode()
    assert "office closed: Ice storm (the co-op said so)" in page
    assert "March 17, 2026" in page
    assert "Worked out anew: the office is closed on March 10, 2026 (Ice storm)" in page
    assert "March 16, 2026" in page  # what was due before
    assert again(manual).calendar_version in page


def test_the_case_file_counts_the_same_days_as_why_this_date(w: World) -> None:
    manual, person = delivered(w), officer()
    add(person)
    case = case_file.of_request(
        again(manual),
        NOW,
        under=log.append_read(
            "log.read", actor=ACTOR, subject=w.customer.id, purpose="compliance", obj="case", body={"page": "case file"}
        ),
    )
    usual = utilities.published("obec").clock
    counted = {each.title: each.business_days for each in case.milestones}
    assert (counted["Day 0"], counted["Answer expected from"], counted["Due"]) == (0, usual.first_days, usual.last_days)
    assert not criteria.calendar().is_business_day(STORM)  # the office of the console is closed as well
    page = person.get(f"/console/cases/request/{manual.id}/").content.decode()
    assert "Days are counted from Day 0" in page


def test_she_reads_it_in_spanish(w: World) -> None:
    manual = delivered(w)
    close()
    page = her(w, "es").get(f"/my/requests/{manual.id}/date/").content.decode()
    for words in (
        "¿Por qué esta fecha?",
        "oficina cerrada: Tormenta de hielo",
        "16:30",
        "17 de marzo de 2026",
        "martes",
    ):
        assert words in page
    assert "Ice storm" not in page


def test_every_closing_day_has_a_name_in_spanish() -> None:
    names = {day.name for each in utilities.ids() for day in utilities.published(each).closing_days}
    assert names == set(PUBLISHED)
    with translation.override("es"):  # one name is the same in both languages
        assert [name for name in (*CHOSEN, *PUBLISHED) if translation.gettext(name) == name] == ["Juneteenth"]


def test_her_list_leads_there_once_there_is_a_date(w: World) -> None:
    manual = w.manual()
    client = her(w)
    assert f"/my/requests/{manual.id}/date/" not in client.get("/my/").content.decode()
    page = client.get(f"/my/requests/{manual.id}/date/").content.decode()
    assert "has no date yet" in page
    other = delivered(w)
    assert f"/my/requests/{other.id}/date/" in client.get("/my/").content.decode()


def test_nobody_elses_request_is_explained(w: World) -> None:
    manual = delivered(w)
    assert Client().get(f"/my/requests/{manual.id}/date/").status_code == 302
    stranger = Client()
    sign_in(stranger, w.organisation.id)
    assert stranger.get(f"/my/requests/{manual.id}/date/").status_code in (302, 404)


def test_staff_see_rests_and_a_named_day(w: World) -> None:
    manual, staff = delivered(w), officer(Role.STAFF)
    happened(manual, clock_steps.pause, at=datetime(2026, 3, 9, 20, tzinfo=UTC))
    page = staff.get(f"/admin/requests/{manual.id}/date/").content.decode()
    assert "5 business days are left" in page
    happened(manual, clock_steps.resume, at=datetime(2026, 3, 18, 15, tzinfo=UTC))
    staff.post(f"/admin/requests/{manual.id}/promise/", {"day": "2026-04-01"})
    page = staff.get(f"/admin/requests/{manual.id}/date/").content.decode()
    assert page.count("the count stands still") == 8  # seven days, and the rule
    assert "The co-op named April 1, 2026" in page
    assert "April 2, 2026" in page  # when we ask again
    assert ClockStep.objects.filter(manual=manual).count() == 4


def test_a_frozen_clock_keeps_its_days(w: World) -> None:
    manual = delivered(w)
    given_up(manual)
    close()
    found = why.of(again(manual), NOW)
    assert found is not None
    assert (found.over, found.known) == (True, True)
    assert [row.day for row in found.rows] == []
    page = her(w).get(f"/my/requests/{manual.id}/date/").content.decode()
    assert "these dates stay as they are" in page
    assert officer(Role.STAFF).post(f"/admin/requests/{manual.id}/promise/", {"day": "2026-04-01"}).status_code == 302
    assert again(manual).promised_for is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"day": "2026-03-07"}, "weekend"),
        ({"day": "2031-03-07"}, "next two years"),
        ({"day": "soon"}, "valid date"),
        ({"name": ""}, "Why is it closed?"),
        ({"name": "Because"}, "valid choice"),
        ({"act": "confirm", "day": "2026-11-26", "source": "news"}, "confirm a day"),
    ],
)
def test_an_odd_day_is_refused_with_its_reason(w: World, more: dict[str, str], says: str) -> None:
    manual = delivered(w)
    answer = add(officer(), **more)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert ClosingChange.objects.count() == 0
    assert again(manual).due == date(2026, 3, 16)


def test_what_the_news_say_is_assumed_and_the_co_op_confirms_it(w: World) -> None:
    boss = officer()
    add(boss, source="news")
    assert ClosingChange.objects.get().certainty == "assumed"
    page = add(boss, act="confirm", name="").content.decode()
    assert "is confirmed. 0 open requests moved." in page
    page = add(boss, act="open", name="").content.decode()
    assert "is open after all" in page
    assert "Nothing was changed" in add(boss, act="open", name="").content.decode()
    kept = list(ClosingChange.objects.order_by("number").values_list("number", "act", "name"))
    assert kept == [(1, "close", "Ice storm"), (2, "confirm", "Ice storm"), (3, "open", "Ice storm")]


def test_only_an_officer_changes_closing_days(w: World) -> None:
    assert add(officer(Role.STAFF)).status_code == 404
    assert Client().post(DAYS, {}).status_code == 302
    assert officer().get("/console/closing-days/nowhere/").status_code == 404
    assert ClosingChange.objects.count() == 0
