"""A person of a recipient asks a customer for a permission: a link or a mail, and only the own organisation's asks."""

import uuid
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.duties import bars
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import EmailLink, Role
from consents.asking.acts import Asker
from consents.asking.inviting import KIND as INVITE
from consents.asking.models import ConsentAsk
from consents.asking.tokens import link_of
from tests import clock
from tests.duties_world import person, suspended
from tests.integration.asking_support import application, make
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World, events, organisation, world

NEW = "/recipient/asks/new/"


@pytest.fixture
def w(committing: str) -> World:
    return world()


@pytest.fixture
def ana(w: World) -> Client:
    return browser_of(analyst(w.organisation))


def asking(**changes: Any) -> dict[str, Any]:
    return {
        "once": str(uuid.uuid4()),
        "how": "link",
        "language": "en",
        "data_types": ["bill", "usage_daily"],
        "purpose": "rate_comparison",
        "history_from": "2025-01-01",
        "history_last": "2025-12-31",
        "ends_last": (clock.today() + timedelta(days=90)).isoformat(),
        **changes,
    }


def test_a_link_says_who_asks_for_what_and_why(w: World, ana: Client) -> None:
    assert ana.post(NEW, asking()).status_code == 302
    row = ConsentAsk.objects.get()
    page = ana.get(f"/recipient/asks/{row.id}/")
    link = page.context["facts"]["link"]
    assert link in page.content.decode()
    assert (row.history_to, row.by_mail) == (date(2026, 1, 1), False)
    hers = Client().get(urlsplit(link).path).content.decode()
    assert w.organisation.legal_name in hers


def test_while_the_program_that_asked_is_suspended_its_people_see_that_nobody_can_answer(w: World, ana: Client) -> None:
    ask = make(Asker.app(w.application), email=..., account=...)
    where, said = f"/recipient/asks/{ask.id}/", "On hold: the program that asked is suspended"
    assert said not in ana.get(where).content.decode()
    olive = person("Olive Officer", Role.OFFICER)
    bar = suspended(w.application, olive)
    page = ana.get(where).content.decode()
    assert said in page
    assert "Hand her this link" not in page
    assert "Take it back" in page
    assert "on hold" in ana.get("/recipient/asks/").content.decode()
    bars.lift(bar, olive, "looked into it", now=timezone.now())
    assert said not in ana.get(where).content.decode()
    assert "Hand her this link" in ana.get(where).content.decode()


def test_while_who_asks_is_suspended_her_page_says_so_and_begins_nothing(w: World, ana: Client) -> None:
    ana.post(NEW, asking())
    path = urlsplit(ana.get(f"/recipient/asks/{ConsentAsk.objects.get().id}/").context["facts"]["link"]).path
    olive = person("Olive Officer", Role.OFFICER)
    bar = suspended(w.organisation, olive)
    page = Client().get(path)
    assert "On hold" in page.content.decode()
    assert "Go on and choose" not in page.content.decode()
    assert "On hold" in Client().post(path, {"email": "gwen@member.example"}).content.decode()
    assert EmailLink.objects.count() == 0
    stop = bars.stop(olive, "Everything is looked at.", now=timezone.now())  # whoever is suspended stays so
    assert "On hold" in Client().post(path, {"email": "gwen@member.example"}).content.decode()
    assert stop.lifted_at is None
    bars.lift(bar, olive, "looked into it", now=timezone.now())
    assert "Go on and choose" in Client().get(path).content.decode()


@pytest.mark.parametrize("whom", ["organisation", "application", "analyst"])
def test_while_who_asks_is_suspended_its_mail_waits_and_her_page_says_on_hold(w: World, whom: str) -> None:
    by_program, by_person = Asker.app(application(w.organisation)[0]), Asker.person(analyst(w.organisation))
    ask = make(by_person if whom == "analyst" else by_program)
    olive = person("Olive Officer", Role.OFFICER)
    bar = suspended(getattr(ask, whom), olive)
    job = Job.objects.get(kind=INVITE, subject_id=ask.id)
    assert jobs.run(job.id, now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.last_error_code) == ("queued", "requester.suspended")
    assert not Notice.objects.filter(template="consent_asked").exists()
    if whom != "organisation":  # of a suspended house nobody sees a page
        page = browser_of(analyst(w.organisation, "bea")).get(f"/recipient/asks/{ask.id}/").content.decode()
        suspended_one = f"n hold: the {'person' if whom == 'analyst' else 'program'} that asked is suspended"
        assert f"O{suspended_one}" in page
        assert (
            f"o{suspended_one}" in browser_of(analyst(w.organisation, "cal")).get("/recipient/asks/").content.decode()
        )
    assert "On hold" in Client().get(link_of(ask.id)).content.decode()
    bars.lift(bar, olive, "looked into it", now=timezone.now())
    assert jobs.run(job.id, now=job.due_at)
    assert Notice.objects.filter(template="consent_asked").count() == 1
    assert "On hold" not in Client().get(link_of(ask.id)).content.decode()


def test_by_mail_the_address_is_sealed_and_on_no_page(w: World, ana: Client) -> None:
    ana.post(NEW, asking(how="mail", email="gwen@member.example"))
    row = ConsentAsk.objects.get()
    assert row.by_mail
    for path in ("/recipient/asks/", f"/recipient/asks/{row.id}/"):
        assert "gwen@member.example" not in ana.get(path).content.decode()
    assert ana.get(f"/recipient/asks/{row.id}/").context["facts"]["link"] is None


def test_sent_twice_it_asks_once(w: World, ana: Client) -> None:
    said = asking()
    first, second = (ana.post(NEW, said) for _ in range(2))
    assert first.url == second.url
    assert ConsentAsk.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"how": "mail"},
        {"email": "gwen@member.example"},
        {"how": "mail", "email": "no address"},
        {"data_types": []},
        {"purpose": "marketing"},
        {"history_last": ""},
        {"ends_last": "2020-01-01"},
        {"ends_last": "2090-01-01"},
        {"account": "12"},
        {"once": "x"},
        {"how": ""},
    ],
)
def test_what_does_not_fit_is_said_and_nobody_is_asked(w: World, ana: Client, changes: dict[str, Any]) -> None:
    answer = ana.post(NEW, asking(**changes))
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not ConsentAsk.objects.exists()


def test_an_ask_is_taken_back_and_mailed_no_sooner_than_it_may(w: World, ana: Client) -> None:
    ana.post(NEW, asking(how="mail", email="gwen@member.example"))
    row = ConsentAsk.objects.get()
    at = f"/recipient/asks/{row.id}/"
    assert "Mail it once more" in ana.get(at).content.decode()
    ana.post(f"{at}do/", {"do": "again"})
    row.refresh_from_db()
    assert row.mails == 1  # three days apart
    ana.post(f"{at}do/", {"do": "cancel"})
    assert "taken back" in ana.get("/recipient/asks/").content.decode()


def test_another_organisations_ask_is_not_there(w: World, ana: Client) -> None:
    ana.post(NEW, asking())
    row = ConsentAsk.objects.get()
    other, _app, _key = organisation("other", timezone.now())
    eve = browser_of(analyst(other, "eve"))
    assert eve.get(f"/recipient/asks/{row.id}/").status_code == 404
    assert eve.post(f"/recipient/asks/{row.id}/do/", {"do": "cancel"}).status_code == 404
    assert str(row.id) not in eve.get("/recipient/asks/").content.decode()
    assert len(events("auth.foreign")) == 2
    assert ana.get("/recipient/asks/", {"after": "x"}).status_code == 404


def test_a_list_of_accounts_is_pasted_or_a_file_and_read_strictly(w: World, ana: Client) -> None:
    ana.post(NEW, asking(pasted="51000042\n51000043\n51000042"))
    row = ConsentAsk.objects.get()
    assert [each["ending"] for each in row.accounts or ()] == ["0042", "0043"]
    shown = ana.get(f"/recipient/asks/{row.id}/").content.decode()
    assert "2 in one letter, ending 0042, 0043" in shown
    assert "51000042" not in shown
    hers = Client().get(urlsplit(shown.split('tabindex="0">')[1].split("<")[0]).path).content.decode()
    assert "2 accounts, in one letter" in hers
    assert "0042" not in hers  # which ones she reads after her code
    table = SimpleUploadedFile("meters.csv", b"name,account\nA,51000044\nB,51000045\n", content_type="text/csv")
    ana.post(NEW, asking(file=table))
    assert [each["ending"] for each in ConsentAsk.objects.latest("asked_at").accounts or ()] == ["0044", "0045"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pasted": "51000042\n4.09E+07"}, "Line 2: an account number has 4 to 12 digits"),
        ({"pasted": "\n".join(str(51_000_000 + n) for n in range(61))}, "at most 60"),
        ({"pasted": "51000042\n51000043", "account": "51000044"}, "not both"),
        ({"pasted": "51000042\n0051000042"}, "differ in zeros in front alone"),
    ],
)
def test_a_list_that_is_odd_asks_nobody(w: World, ana: Client, changes: dict[str, str], why: str) -> None:
    answer = ana.post(NEW, asking(**changes))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not ConsentAsk.objects.exists()
