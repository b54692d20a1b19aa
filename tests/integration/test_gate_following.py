"""What follows a finding: a mark that ends, a count, a false alarm let through by two, a recipient on watch."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone, translation

from broker import looking
from broker.credentials.rules import RULES
from broker.inlets import overrides, watching
from broker.inlets.models import Incident, Refused, Watched
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.vault import keyring
from consents.access import access_rows
from tests.clock import travel
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, ACTOR, events, world

SECRET = "Thimble!Gravel8"
ALARM = {"note": f"my portal password is {SECRET}", "number": "R-1"}


@pytest.fixture
def people(sqlite_db: str) -> list[User]:
    """Two people of the desk and an officer."""
    roles = [("ann", Role.STAFF), ("ben", Role.STAFF), ("olga", Role.OFFICER)]
    return [create_user(name, name.title(), role, password=None, actor=ACTOR) for name, role in roles]


def refused(body: dict[str, str] = ALARM, *, client: Client | None = None) -> Refused:
    answer = (client or Client()).post("/my/sign-in/", body)
    assert answer.status_code == 403
    return Refused.objects.latest("at")


def dump() -> str:
    """Give every row of every table as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "".join(found)


def test_of_a_message_only_the_fact_is_kept_and_its_mark_ends(people: list[User]) -> None:
    row = refused()
    assert (row.inlet, row.rule, row.kind, row.sender) == ("web_form", "label.sentence", "password", "unknown")
    assert row.mac is not None
    assert row.mac_until == row.at + timedelta(days=7)
    assert SECRET not in dump()
    assert repr(keyring.secret("gate-message"))[2:-1] not in dump()  # who has the database alone cannot try texts out
    assert overrides.forget(row.at + timedelta(days=6)) == 0
    assert overrides.forget(row.at + timedelta(days=7)) == 1
    row.refresh_from_db()
    assert (row.mac, row.mac_until) == (None, None)
    assert len(events("gate.forgotten")) == 1


def test_a_short_code_leaves_no_mark(people: list[User]) -> None:
    assert refused({"note": "the verification code is 448812", "more": "a sentence that is long enough"}).mac is None
    assert refused({"pw": SECRET[:8]}).mac is None


def test_what_one_sender_sends_to_an_inlet_is_one_incident_with_a_count(people: list[User]) -> None:
    refused()
    refused()
    assert Client().get("/login/", {"pw": SECRET}).status_code == 403
    found = {(each.inlet, each.sender): each.count for each in Incident.objects.all()}
    assert found == {("web_form", "unknown"): 2, ("url_param", "unknown"): 1}


def test_the_rest_of_the_form_is_given_back_without_the_secret(people: list[User]) -> None:
    sent = {"name": "Pat Member", "note": f"password: {SECRET}", "also": f"again {SECRET}", "when": "any morning"}
    answer = Client().post("/my/sign-in/", sent)
    page = answer.content.decode()
    assert SECRET not in page
    assert 'value="Pat Member"' in page
    assert 'value="any morning"' in page
    assert 'name="note" value=""' in page
    assert 'name="also" value=""' in page
    assert "change it now" in page


def test_it_is_said_in_spanish(people: list[User]) -> None:
    answer = Client().post("/my/sign-in/", ALARM, headers={"Accept-Language": "es"})
    page = answer.content.decode()
    assert "cámbiela" in page
    assert "Lo que usted escribió, sin esa parte" in page


def test_another_sites_form_is_not_given_back(people: list[User]) -> None:
    answer = Client(enforce_csrf_checks=True).post("/my/sign-in/", ALARM)
    assert answer.status_code == 403
    assert "R-1" not in answer.content.decode()


def test_values_split_over_fields_of_one_form_are_seen(people: list[User]) -> None:
    for body in (
        {"first": "the portal password is", "second": SECRET},
        {"label": "SmartHub password", "value": SECRET},
        {"login": "rob77@mill.example", "word": SECRET},
    ):
        answer = Client().post("/my/sign-in/", body)
        assert answer.status_code == 403, body
        assert SECRET not in answer.content.decode()


def test_a_false_alarm_is_let_through_by_two_people_for_one_message_once(people: list[User]) -> None:
    ann, ben, _olga = people
    row, now = refused(), timezone.now()
    assert overrides.release(row, ben, now=now) == "state.conflict"  # nobody asked yet
    assert overrides.ask(row, ann, "She meant a rose.", now=now) == ""
    assert overrides.release(row, ann, now=now) == "approval.not_allowed"
    assert overrides.release(row, ben, now=now) == ""
    # Any other message stays refused; the very same one passes once, and to its view.
    assert Client().post("/my/sign-in/", {**ALARM, "number": "R-2"}).status_code == 403
    assert Client().post("/my/sign-in/", ALARM).status_code != 403
    assert Client().post("/my/sign-in/", ALARM).status_code == 403
    assert [len(events(f"gate.{act}")) for act in ("doubted", "released", "passed")] == [1, 1, 1]


def test_a_release_ends_by_itself(people: list[User]) -> None:
    ann, ben, _olga = people
    row, now = refused(), timezone.now()
    overrides.ask(row, ann, "It was none.", now=now)
    overrides.release(row, ben, now=now)
    with travel(now + timedelta(days=3, minutes=1)):
        assert Client().post("/my/sign-in/", ALARM).status_code == 403


def test_who_typed_it_does_not_let_it_through(people: list[User]) -> None:
    ann, ben, _olga = people
    client = Client()
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/admin/tables/", ALARM).status_code == 403
    row = Refused.objects.get()
    assert overrides.ask(row, ann, "It was none.", now=timezone.now()) == ""
    assert overrides.release(row, ben, now=timezone.now()) == "approval.not_allowed"


@pytest.mark.parametrize(
    "body",
    [
        {"note": f"see https://rob:{SECRET}@portal.example/ui"},
        {"note": "Authorization: Bearer a8Kd.02mmQz-77xK"},
        {"note": "JSESSIONID=77AB01CC93F0A1; path=/"},
    ],
)
def test_structure_is_let_through_by_nobody(people: list[User], body: dict[str, str]) -> None:
    row = refused(body)
    assert (row.structural, row.mac) == (True, None)
    assert overrides.ask(row, people[0], "Please.", now=timezone.now()) == "state.conflict"


def test_a_released_message_with_structure_in_it_stays_refused(people: list[User]) -> None:
    """Words that two people let through take no cookie with them."""
    with looking.letting_through([looking.SAID]):
        assert looking.look(f"my portal password is {SECRET}", "web_form") is None
        assert looking.look("JSESSIONID=77AB01CC93F0A1; path=/", "web_form") is not None
        assert looking.look(f"my portal password is {SECRET}", "outbound_email") is not None


def test_of_each_rule_somebody_decided_whether_it_can_be_a_false_alarm() -> None:
    structure = {each.id for each in RULES if not looking.may_let_through(each.id, "web_form")}
    assert structure == {
        "url.userinfo",
        "header.bearer",
        "cookie.session",
        "query.token",
        "otpauth.seed",
        "link.recovery",
        "link.renewal",
        "table.column",
    }


@pytest.mark.parametrize("harm", ["alone", "typed", "endless", "structural", "outward", "unasked"])
def test_the_database_refuses_a_release_that_is_none(people: list[User], harm: str) -> None:
    ann, ben, olga = people
    row, now = refused(), timezone.now()
    good: dict[str, Any] = {
        "asked_by": ann,
        "asked_at": now,
        "released_by": ben,
        "released_at": now,
        "released_until": now + timedelta(days=3),
    }
    bad: dict[str, dict[str, Any]] = {
        "alone": {"released_by": ann},
        "typed": {"typed_by": ben},
        "endless": {"released_until": now + timedelta(days=30)},
        "structural": {"structural": True},
        "outward": {"inlet": "outbound_email"},
        "unasked": {"asked_by": None, "asked_at": None},
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Refused.objects.filter(id=row.id).update(**good | bad[harm])
    assert olga.role == Role.OFFICER


def test_where_the_engine_breaks_nothing_is_taken_and_that_is_said(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str, inlet: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(looking, "scan", broken)
    answer = Client().post("/my/sign-in/", {"email": "pat@member.example"})
    assert answer.status_code == 503
    assert "could not" not in caplog.text
    assert "pat@member.example" not in caplog.text
    assert "kept nothing" in answer.content.decode()
    answer = Client().post("/api/v1/data-requests", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "gate.unchecked")
    assert answer.json()["retryable"] is True
    assert answer["Retry-After"] == "5"
    assert len(events("gate.unchecked")) == 2
    assert Notice.objects.count() == 0


def send(w: Any, times: int, **more: Any) -> Any:
    for _each in range(times):
        answer = w.post({**w.ask(), "note": f"her password is {SECRET}", **more})
    return answer


def test_a_program_that_sends_logins_is_warned_then_suspended_until_an_officer_looks(people: list[User]) -> None:
    w = world()
    assert send(w, 1).status_code == 403
    assert Watched.objects.get().state == "seen"
    assert not Notice.objects.filter(template="gate_recipient").exists()
    send(w, 1)
    assert Watched.objects.get().state == "warned"
    assert Notice.objects.filter(template="gate_recipient").count() == 1
    assert w.post(w.ask()).status_code == 202
    send(w, 1)
    row = Watched.objects.get()
    assert (row.state, row.count) == ("suspended", 3)
    answer = w.post(w.ask())
    assert (answer.status_code, answer.json()["code"]) == (403, "requester.suspended")
    assert w.get("consents").status_code == 403
    assert Notice.objects.get(template="staff_alert").state != "refused"  # the gate lets our own alarm out
    assert [len(events(f"gate.{act}")) for act in ("warned", "suspended")] == [1, 1]
    assert watching.lift(row, people[2], "They found the form.", now=timezone.now())
    assert w.post(w.ask()).status_code == 202
    assert not watching.lift(row, people[2], "Again.", now=timezone.now())
    assert len(events("gate.lifted")) == 1
    assert Notice.objects.filter(template="gate_recipient").count() == 3
    # Our own gate lets the mails about it out: to the recipient three, to our desk one.
    assert not Refused.objects.filter(inlet="outbound_email").exists()
    assert not Notice.objects.filter(state="refused").exists()


def test_a_person_of_a_recipient_is_suspended_too_and_nobody_else_of_it(sqlite_db: str) -> None:
    w = world()
    ana, eve = (browser_of(analyst(w.organisation, name)) for name in ("ana", "eve"))
    for _each in range(3):
        assert ana.post("/recipient/", {"note": f"pw: {SECRET}"}).status_code == 403
    page = ana.get("/recipient/")
    assert page.status_code == 403
    assert "Suspended" in page.content.decode()
    assert eve.get("/recipient/").status_code == 200
    assert w.post(w.ask()).status_code == 202


def test_strangers_and_our_own_people_are_never_suspended(people: list[User]) -> None:
    client = Client()
    client.force_login(people[0], backend="django.contrib.auth.backends.ModelBackend")
    for _each in range(4):
        refused()
        assert client.post("/admin/tables/", ALARM).status_code == 403
    assert not Watched.objects.exists()
    assert client.get("/admin/tables/").status_code == 200
    assert len(events("gate.incident")) == 4


def test_whom_a_message_was_about_sees_that_it_was_refused(sqlite_db: str) -> None:
    w = world()
    send(w, 1)  # names her account
    answer = w.call("post", f"consents/{w.consent.id}/deletion", {"name": f"pw: {SECRET}"})
    assert answer.status_code == 403
    assert Client().post("/api/v1/data-requests", json.dumps({"accounts": [ACCOUNT], "pw": SECRET}),
                         content_type="application/json").status_code == 403  # fmt: skip
    hers = [each for each in access_rows(w.customer, now=timezone.now()) if each.act == "gate.refused"]
    assert [each.who.name for each in hers] == ["Acme Advisors (Rate check)"] * 2
    assert {each.what for each in hers} == {"Sent a message with a password in it; we refused it"}
    with translation.override("es"):
        said = {each.what for each in access_rows(w.customer, now=timezone.now()) if each.act == "gate.refused"}
    assert said == {"Envió un mensaje con una contraseña; lo rechazamos"}
    assert SECRET not in dump()


def test_a_false_alarm_of_a_program_does_not_count_against_it(people: list[User]) -> None:
    w = world()
    send(w, 2)
    row = Refused.objects.latest("at")
    assert overrides.ask(row, people[0], "Their word for a plan.", now=timezone.now()) == ""
    assert overrides.release(row, people[1], now=timezone.now()) == ""
    found = Watched.objects.get()
    assert (found.count, found.state) == (1, "seen")
