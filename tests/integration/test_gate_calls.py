"""A login whose halves stand in two calls of the API, or in two notes of the desk."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from broker import looking, vault
from broker.audit import log
from broker.audit.entry import parse_header
from broker.inlets import halves
from broker.inlets.models import Incident, Refused, Watched
from broker.looking import look
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.keys import create_application
from broker.parties.models import Application
from broker.terms import Actor
from requests_app.desk_work.models import Note
from requests_app.models import DataRequest
from requests_app.watching import calls
from requests_app.watching.odd_words import odd_words
from tests.clock import travel
from tests.fixtures.credentials.catalogue import texts
from tests.integration.test_desk_work import client, colleague
from tests.integration.test_gate_requests import database_bytes
from tests.requests_world import ACCOUNT, ACTOR, World, events, grant, organisation, world
from tests.statements import captured

USER, SECRET = "SmartHub user name: rob77@mill.example", "Thimble!Gravel8"
OTHER = "51110017"
PAIRS = 200


@pytest.fixture
def w(committing: str) -> World:
    return world()


def code(answer: Any) -> str:
    return str(answer.json().get("code", ""))


def kept(w: World, words: str, **changes: Any) -> Any:
    """Send an ask with words that no ask needs: it is refused as what it is, and kept."""
    answer = w.post(w.ask(**{"note": words, **changes}))
    assert code(answer) in ("ask.invalid", "ask.incomplete"), answer.content
    return answer


def split(answer: Any) -> bool:
    """Say whether a call was refused as a login together with an earlier one."""
    found = code(answer) == "channel.forbidden.credentials"
    assert not found or "with an earlier call" in answer.json()["detail"]
    return found


def opened() -> list[int]:
    """Give how many texts each opening of earlier ones was about."""
    return [parse_header(bytes(each.header)).cnt for each in events("mail.read")]


def another_customer(w: World) -> None:
    """Let a second customer give the same recipient a permission."""
    now, customer_id = timezone.now(), uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "lee@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts(OTHER, "Lee Member", "3 Example Road")
        account = ensure_account(customer, "obec", facts, ref=ref, now=now)
        grant(customer, w.organisation, [account], ref=ref, now=now)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (USER, SECRET),
        (SECRET, USER),
        ("her user name is bob@example.com", "Hunter2!x"),
        ("Hunter2!x", "her user name is bob@example.com"),
        ("The SmartHub password comes in the next one", SECRET),
        ("the one-time code of the portal is 481", "516"),
        ("516", "the one-time code of the portal is 481"),
    ],
)
def test_a_login_split_over_two_calls_is_refused_as_in_one(w: World, first: str, second: str) -> None:
    kept(w, first, accounts=...)  # beside a code an account number would be taken for its end
    answer = w.post({"note": second})
    assert split(answer)
    assert answer.status_code == 403
    assert second not in answer.content.decode()
    assert "instead" in answer.json()
    assert DataRequest.objects.count() == 1


PLACES: dict[str, dict[str, Any]] = {
    "a member of its own": {"note": USER},
    "a name of a member": {USER: 1},
    "a name without a value": {"the_smarthub_password_comes_next": None},
    "a list": {"lines": ["of the portal", {"x": [USER]}]},
    "the purpose": {"purpose": USER},
    "the way": {"channel": USER},
    "the utility": {"utility": USER},
    "a kind of data": {"data_types": ["bill", USER]},
    "an account": {"accounts": [ACCOUNT, USER]},
    "a day": {"from": USER},
    "the permission": {"consent": USER},
    "an ask that lacks something": {"to": ..., "note": USER},
}


@pytest.mark.parametrize("place", PLACES)
def test_wherever_the_words_stood_they_are_read_again(sqlite_db: str, place: str) -> None:
    w = world()
    assert w.post(w.ask(**PLACES[place])).status_code in (400, 403)
    assert DataRequest.objects.count() == 1
    assert split(w.post(w.ask(note=SECRET)))


def test_it_is_counted_watched_and_told_as_at_the_door(sqlite_db: str) -> None:
    w = world()
    kept(w, USER)
    assert split(w.post(w.ask(note=SECRET)))
    row = Refused.objects.get()
    assert (row.inlet, row.part, row.sender) == ("api_json", calls.PART, f"application:{w.application.id}")
    assert (row.organisation_id, row.mac) == (w.organisation.id, None)
    assert Incident.objects.get().count == Watched.objects.get().count == 1
    assert len(events("gate.refused")) == 2  # one of them is hers: the ask names her account
    assert opened() == [1]
    assert SECRET.encode() not in database_bytes()


def test_a_dry_run_is_refused_as_well_and_is_no_earlier_text_itself(sqlite_db: str) -> None:
    w = world()
    assert code(w.call("post", "decisions/check", w.ask(note=SECRET))) == "ask.invalid"
    kept(w, USER)
    assert split(w.call("post", "decisions/check", w.ask(note=SECRET)))
    assert len(events("pull.checked")) == 1


def test_another_key_of_the_same_house_is_the_same_caller_and_another_house_is_not(sqlite_db: str) -> None:
    w, now = world(), timezone.now()
    kept(w, USER)
    until = now + timedelta(days=9)
    _row, second = create_application(
        w.organisation, "Second", Application.Mode.TEST, expires_at=until, actor=ACTOR, now=now
    )
    _house, _program, foreign = organisation("other", now)
    assert code(w.post(w.ask(note=SECRET), api_key=foreign)) == "ask.invalid"
    assert split(w.post(w.ask(note=SECRET), api_key=second))


def test_what_was_written_about_another_customer_is_not_read_with_it(w: World) -> None:
    another_customer(w)
    kept(w, USER)
    assert code(w.post(w.ask(note=SECRET, accounts=[OTHER]))) == "ask.invalid"
    assert not events("mail.read")
    assert not Refused.objects.exists()
    assert split(w.post(w.ask(note=SECRET)))


def test_words_about_nobody_are_read_with_those_about_each(w: World) -> None:
    another_customer(w)
    kept(w, USER)
    kept(w, "Bills came late.", accounts=[OTHER])
    assert split(w.post(w.ask(note=SECRET, accounts=["1234567"])))
    assert opened() == [1, 1]  # each under an entry of its own


def test_what_is_older_than_half_an_hour_is_not_read_with_it(sqlite_db: str) -> None:
    w, now = world(), timezone.now()
    with travel(now):
        kept(w, USER)
    with travel(now + calls.WITHIN + timedelta(seconds=1)):
        kept(w, SECRET)
    with travel(now + calls.WITHIN + timedelta(seconds=2)):
        assert split(w.post(w.ask(note=USER)))  # the secret was written a second ago


def test_of_many_only_the_latest_are_opened(sqlite_db: str) -> None:
    w = world()
    kept(w, USER)
    for each in range(calls.MOST):
        kept(w, f"Thank you, {each}.")
    kept(w, SECRET)
    assert opened() == [calls.MOST]


def test_what_was_destroyed_is_half_of_nothing(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    kept(w, USER)

    def gone(_values: Any, *, under: Any) -> list[str]:
        raise vault.Destroyed(f"the key is gone: {under.id}")

    monkeypatch.setattr(vault, "open_all", gone)
    kept(w, SECRET)


def test_where_the_engine_breaks_over_both_the_call_is_not_taken(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, scan = world(), looking.scan
    kept(w, USER)

    def breaks(text: str, inlet: str) -> Any:
        if "\n" in text and SECRET in text:
            raise RuntimeError(text)
        return scan(text, inlet)

    monkeypatch.setattr(looking, "scan", breaks)
    answer = w.post({"note": SECRET})
    assert (answer.status_code, code(answer)) == (503, "gate.unchecked")
    assert DataRequest.objects.count() == 1
    assert len(events("gate.unchecked")) == 1


def test_the_same_call_once_more_gives_the_same_answer(sqlite_db: str) -> None:
    w = world()
    first = w.post(w.ask(note=USER), key="one")
    assert split(w.post(w.ask(note=SECRET), key="two"))
    assert w.post(w.ask(note=USER), key="one").json()["id"] == first.json()["id"]
    kept(w, USER)  # beside itself it is what it was


def asked(w: World, body: dict[str, Any]) -> tuple[int, int]:
    """Give how many statements a call made about asks, and how many of them looked for earlier ones."""
    with captured() as seen:
        w.post(body)
    made = [each["sql"] for each in seen.captured_queries if "requests_app_datarequest" in each["sql"]]
    return len(made), sum('"made_at" >' in each for each in made)


def test_what_it_costs(w: World) -> None:
    assert asked(w, w.ask())[1] == 0  # an ask as it is described
    half, looked = asked(w, w.ask(note=SECRET))
    plain, looked_for_plain = asked(w, w.ask(note="Thank you."))
    assert (looked, looked_for_plain) == (1, 0)  # words that are half of nothing cost nothing
    assert half - plain == 1
    assert not events("mail.read")  # nothing was there to be opened


def test_two_hundred_pairs_of_ordinary_texts_pass(sqlite_db: str, settings: Any) -> None:
    """Each is read with ten before it, so these are many more pairs than neighbours."""
    settings.API_CALLS_PER_MINUTE = settings.API_CALLS_PER_MINUTE_TOGETHER = 10_000
    w, sent = world(), ordinary()
    assert len(set(sent)) > PAIRS
    assert {code(w.post({"note": each})) for each in sent} == {"ask.incomplete"}
    assert sum(opened()) > PAIRS


def ordinary() -> list[str]:
    """Give texts of our own pages and papers that the door takes, from all over them."""
    clean = [each for each in sorted(texts()) if look(json.dumps({"note": each}), "api_json") is None]
    return clean[:: len(clean) // (PAIRS + 1)][: PAIRS + 1]


# --- the parts ----------------------------------------------------------------------------------------------------


def test_an_ask_as_it_is_described_holds_no_words(sqlite_db: str) -> None:
    w = world()
    whole = w.ask(channel="manual_request", consent=str(w.consent.id), utility="obec")
    for ask in (w.ask(), whole, {**whole, "channel": None}):
        assert odd_words(ask) == ""
    deep: Any = "x"
    for _each in range(5_000):
        deep = [deep]
    assert odd_words({"note": deep}) == "x"
    assert odd_words({"portal_password": None, "a name": 5}) == "portal password\na name\n5"


def test_what_was_let_through_is_no_finding_of_what_comes_behind_it() -> None:
    told = f"my portal password is {SECRET}"
    assert look(told, "api_json") is not None
    assert halves.beside(told, "We will call on Monday.", "api_json") is None
    assert halves.beside(USER, SECRET, "api_json") is not None


# --- notes of the desk --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), [(USER, "sunflower22"), ("Password for SmartHub:", "buckeye")])
def test_a_login_split_over_two_notes_is_refused_and_counted(w: World, first: str, second: str) -> None:
    manual, ann = w.manual(), colleague("ann")
    browser, at = client(ann), f"/admin/requests/{manual.id}/note/"
    assert browser.post(at, {"text": first}).status_code == 302
    assert Note.objects.count() == 1
    page = browser.post(at, {"text": second}, follow=True).content.decode()
    assert "the message together with an earlier one" in page
    assert second not in page
    assert Note.objects.count() == 1
    assert [(each.inlet, each.sender) for each in Refused.objects.all()] == [("admin_note", f"person:{ann.id}")]
    assert len(events("gate.incident")) == 1


def test_plain_notes_open_nothing(sqlite_db: str) -> None:
    w = world()
    manual = w.manual()
    browser, at = client(colleague("ann")), f"/admin/requests/{manual.id}/note/"
    for text in ("Rita in billing answers on Monday.", "No fee for this one.", "She asked for bills alone."):
        assert browser.post(at, {"text": text}).status_code == 302
    assert Note.objects.count() == 3
    assert not events("request.read")
