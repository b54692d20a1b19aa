"""A person settles which of two sources stands: what everybody sees then, and what the database holds; both engines."""

import csv
import io
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import vault
from broker.approvals.models import Approval
from broker.audit import claims, log
from broker.parties.models import Role
from requests_app.differences import query, settling
from requests_app.differences.claim import CLAIMS
from requests_app.differences.models import Difference, Settlement
from requests_app.hooks.models import Delivery
from requests_app.models import DataRequest
from requests_app.one_value.models import Place
from tests.duties_world import person
from tests.hooks_world import endpoint
from tests.integration.audit_support import log_world, tamper, verified
from tests.integration.test_held_files import signed_in
from tests.integration.test_one_value import OCTOBER, compared, of_days, shares, told
from tests.integration.test_own_data import her
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, World, events, world

WHY = "The clerk read the meter again."


@pytest.fixture
def w(committing: str) -> World:
    return differing()


def differing() -> World:
    """A day of which two files say different numbers, compared."""
    made = world()
    shares(made, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    compared()
    return made


def at() -> str:
    return f"/admin/differences/{Difference.objects.latest('at').topic}/"


def later() -> str:
    return str(Place.objects.latest("number").series_id)


def answers(**changes: Any) -> dict[str, Any]:
    newest = Difference.objects.latest("number").number
    return {"stands": later(), "rule": "corrected", "reason": WHY, "newest": newest} | changes


def settle(page: Any = None, **changes: Any) -> Any:
    return (page or signed_in(Role.STAFF)).post(at(), answers(**changes))


def test_a_difference_waits_on_the_worklist_until_a_person_settles_it(w: World) -> None:
    staff = signed_in(Role.STAFF)
    assert "Sources that do not agree" in staff.get("/admin/").content.decode()
    listed = staff.get("/admin/differences/").content.decode()
    assert "October 2025" in listed
    assert "1 of 1" in listed
    assert "ending 0017" in listed
    before = len(events("data.compared"))
    page = staff.get(at()).content.decode()
    assert len(events("data.compared")) == before + 1
    for words in ("2 (as_stated, row or page", "2.5 (as_stated, row or page", "0.5 (20.0 %)", "<svg", "open"):
        assert words in page, words
    assert settle(staff).status_code == 302
    assert query.open_topics().count() == 0
    (row,) = Settlement.objects.all()
    assert (row.number, row.rule, str(row.stands_id), row.left) == (1, "corrected", later(), 0)
    assert len(events("data.settled")) == 1
    page = staff.get(at()).content.decode()
    assert "0 of 1 value open" in page
    assert WHY in page
    assert "settled" in page


def test_everybody_gets_the_settled_value_with_the_rule(w: World) -> None:
    settle()
    kept, settled = told(w)["readings"]
    assert "settled" not in kept
    assert (settled["value"], settled["quality"], settled["source"]) == ("2.500", "as_stated", 1)
    assert [(each["value"], each["source"]) for each in settled["revisions"]] == [("2.000", 0)]
    assert (settled["settled"]["outcome"], settled["settled"]["rule"]) == ("stands", "corrected")
    table = io.StringIO(w.get(f"data-requests/{_asked()}/readings.csv").content.decode())
    row = list(csv.DictReader(table))[1]
    assert (row["value"], row["settled"], row["settled_by"]) == ("2.500", "stands", "corrected")
    hers = list(csv.DictReader(io.StringIO(her(w).get("/my/data/readings.csv").content.decode("utf-8-sig"))))[1]
    assert (hers["value"], hers["quality"], hers["settled_by"]) == ("2.500", "as_stated", "corrected")
    page = her(w).get(f"/my/data/use/{w.account.id}/usage_daily/").content.decode()
    assert "The later file corrects the earlier one." in page
    assert "Two files do not agree" not in page
    assert "In all: 3.500 kWh" in page
    spanish = her(w).get(f"/my/data/use/{w.account.id}/usage_daily/", headers={"accept-language": "es"})
    assert "El archivo posterior corrige el anterior." in spanish.content.decode()


def test_nothing_that_a_source_said_is_written_over_and_a_later_decision_undoes(w: World) -> None:
    before = list(Place.objects.values_list("series__values", flat=True))
    settle()
    settle(stands=str(Place.objects.earliest("number").series_id), rule="utility_says")
    assert [bytes(each.data) for each in Place.objects.values_list("series__values", flat=True)] == [
        bytes(each.data) for each in before
    ]
    value = told(w)["readings"][1]
    assert (value["value"], value["settled"]["rule"]) == ("2.000", "utility_says")
    page = signed_in(Role.STAFF).get(at()).content.decode()
    assert "The co-op said which one is right" in page
    assert "The later file corrects the earlier one" in page
    assert list(Settlement.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_where_nobody_can_tell_it_stays_open_and_flagged(w: World) -> None:
    settle(stands="none", rule="unknown")
    value = told(w)["readings"][1]
    assert (value["value"], value["quality"], value["settled"]["outcome"]) == ("2.000", "flagged", "doubtful")
    assert query.open_topics().count() == 1
    assert "both doubtful: ask the co-op" in signed_in(Role.STAFF).get("/admin/differences/").content.decode()


def test_a_later_file_opens_it_again_unless_it_says_the_same(w: World) -> None:
    settle()
    shares(w, of_days(OCTOBER, "1", "2.5", "4"))
    compared()
    assert query.open_topics().count() == 0
    shares(w, of_days(OCTOBER, "1", "2.7"))
    compared()
    assert query.open_topics().count() == 1
    value = told(w)["readings"][1]
    assert (value["value"], value["quality"], value["settled"]["outcome"]) == ("2.500", "flagged", "newer")


def test_what_a_recipient_was_given_takes_two_people_and_the_recipient_is_told(w: World) -> None:
    endpoint(w, "https://hooks.example.com/in", ["data.revised"])
    told(w)
    staff, other = signed_in(Role.STAFF), signed_in(Role.OPERATOR, name="second")
    assert settle(staff).status_code == 302
    assert not Settlement.objects.exists()
    asked = Approval.objects.get(act="difference.settle")
    second = f"{at()}second/"
    assert staff.post(second, {"decision": "confirm"}).status_code == 302
    assert not Settlement.objects.exists()
    assert WHY in other.get(at()).content.decode()
    other.post(second, {"decision": "confirm"})
    (row,) = Settlement.objects.all()
    asked.refresh_from_db()
    assert (row.approval, asked.state) == (asked.id, "executed")
    (sent,) = Delivery.objects.filter(type="data.revised")
    assert set(sent.data) == {"request", "consent"}
    assert told(w)["readings"][1]["value"] == "2.500"


def test_whoever_asked_is_shown_no_way_to_confirm_by_another_account(w: World) -> None:
    """The account that asked takes it back; the same person's other one only reads that another person decides."""
    told(w)
    asks, again = person("Sam Two", Role.STAFF), person(" SAM two", Role.OPERATOR, username="sam-too")
    other = browser_of(person("Olga Two", Role.OPERATOR))
    settle(browser_of(asks))
    shown = {who: page.get(at()).content.decode() for who, page in
             (("asks", browser_of(asks)), ("again", browser_of(again)), ("other", other))}  # fmt: skip
    decisions = {who: set(re.findall(r'name="decision" value="(\w+)"', page)) for who, page in shown.items()}
    assert decisions == {"asks": {"withdraw"}, "again": set(), "other": {"confirm", "refuse"}}
    assert "You asked for it: another person decides." in shown["again"]
    page = browser_of(again).post(f"{at()}second/", {"decision": "confirm"}, follow=True)
    assert "another person decides" in page.content.decode()
    assert not Settlement.objects.exists()
    other.post(f"{at()}second/", {"decision": "confirm"})
    assert Settlement.objects.exists()


def test_a_decision_that_was_overtaken_is_not_confirmed(w: World) -> None:
    told(w)
    settle()
    shares(w, of_days(OCTOBER, "1", "2.7"))
    compared()
    other = signed_in(Role.OPERATOR, name="second")
    other.post(f"{at()}second/", {"decision": "confirm"})
    assert not Settlement.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"stands": "none"},
        {"rule": "unknown"},
        {"first": "2025-10-05"},
        {"newest": 7},
    ],
)
def test_what_is_no_decision_is_not_taken(w: World, changes: dict[str, Any]) -> None:
    settle(**changes)
    assert not Settlement.objects.exists()


def test_the_database_takes_no_decision_of_one_person_about_what_was_given(w: World) -> None:
    told(w)
    (found,) = query.topics(query.open_topics())
    kind = settling.given.kind_of(query.differences(found.id)[0].place)
    assert settling.given.requests(kind, found.month)
    row = _row(found)
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"newest": 9}, "names a source that is there"),
        ({"role": "net"}, "names a source that is there"),
        ({"number": 2}, "names a source that is there"),
        ({"topic": uuid.UUID(int=7)}, "names a source that is there"),
        ({"rule": "unknown"}, "a_settlement_names_what_stands"),
    ],
)
def test_the_database_takes_no_decision_about_what_is_not_there(w: World, changes: dict[str, Any], why: str) -> None:
    (found,) = query.topics(query.open_topics())
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        _row(found, **changes).save(force_insert=True)


def test_decisions_are_only_ever_added(w: World) -> None:
    settle()
    for change in (
        lambda: Settlement.objects.update(rule="misread"),
        lambda: Settlement.objects.all().delete(),
        lambda: Difference.objects.update(number=5),
        lambda: Difference.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_decision_that_changes_beside_its_entry_is_named(
    committing: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The made-up world proves an account without an entry: only this table is compared.
    monkeypatch.setattr(claims, "_claims", {each.table: each for each in CLAIMS})
    with log_world(settings, tmp_path) as desk:
        differing()
        settle()
        assert verified(desk).ok
        tamper("UPDATE differences_settlement SET rule = 'misread'", table="differences_settlement")
        found = verified(desk)
        assert "A decision about a difference says something else than its event about rule" in found.why


def _row(found: Any, **changes: Any) -> Settlement:
    place = query.differences(found.id)[0].place
    with transaction.atomic():
        ref = log.append("data.settled", actor=ACTOR, subject=found.account.customer_id, obj="data", body={})
    facts: dict[str, Any] = {
        "topic": found.id,
        "number": 1,
        "newest": 1,
        "rule": "corrected",
        "stands_id": uuid.UUID(later()),
        **settling.given.kind_of(place),
    }
    made = Settlement(
        id=uuid.uuid4(),
        month=found.month,
        until=settling.next_month(found.month),
        moments=[["a", "b"]],
        considered=[1, 2],
        left=0,
        decided_by=ACTOR.id,
        at=timezone.now(),
        audit_event_id=ref.id,
        **(facts | changes),
    )
    made.reason = vault.seal(
        WHY, subject=found.account.customer_id, place=vault.Place("differences_settlement", "reason", made.id)
    )
    return made


def _asked() -> Any:
    return DataRequest.objects.latest("made_at").id
