"""S22 to S25, S32, S69, S71: which way an ask goes, what is refused and how, and that strangers get nothing."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from broker import publishing
from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import Role
from broker.terms import Actor
from consents.joint import account_facts
from consents.models import Consent
from consents.preferring import choosing
from consents.preferring.models import ChannelPreference
from requests_app.models import DataRequest, Decision, ManualRequest
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.requests_world import ACCOUNT, ACTOR, World, events, grant, organisation, world

LETTER, UPLOAD = "manual_request", "customer_upload"


@pytest.fixture
def w(committing: str) -> World:
    """A consent for bills, daily, hourly and 15-minute data, at L3."""
    return world(data_types=["bill", "usage_daily", "usage_hourly", "usage_15min"], assurance="L3")


def hers(w: World) -> Client:
    client = Client()
    sign_in(client, w.customer.id)
    return client


def of_her(w: World) -> Actor:
    return Actor("c", w.customer.id)


# --- S22 -------------------------------------------------------------------------------------------------------------


def test_s22_a_decision_names_channel_profile_version_rules_and_the_ways_not_taken(w: World) -> None:
    """Given the OBEC profile, when hourly usage is asked for; the answer, the console and her page say the same."""
    answer = w.post(w.ask(data_types=["usage_hourly"])).json()
    decision = Decision.objects.get()
    assert decision.channel == LETTER
    assert decision.profile_version == publishing.working("obec").version
    assert {row["rule"] for row in decision.rules} == set(range(1, 18))
    others = [
        {"channel": UPLOAD, "because": "later", "codes": []},
        {"channel": "nectar", "because": "by_preference", "codes": []},
        {"channel": "nectar_sync", "because": "refused", "codes": ["channel.not_yet"]},
    ]
    assert decision.alternatives == answer["alternatives"]
    assert [[row["rule"] for row in each.pop("rules")] for each in answer["alternatives"]] == [[15, 16, 17]] * 3
    assert answer["alternatives"] == others
    page = officer().get(f"/console/events/{decision.audit_event_id}/").text
    assert "Other ways, and why not" in page
    assert "channel.not_yet" in page
    why = hers(w).get(f"/my/asks/{decision.request_id}/way/").text
    assert "A letter to your co-op, answered by e-mail" in why
    assert "This way is planned, not ready" in why
    assert "possible if you choose it" in why


def test_a_refused_ask_names_the_other_ways_too(w: World) -> None:
    answer = w.post(w.ask(data_types=["usage_15min"], channel=UPLOAD)).json()
    assert answer["code"] == "channel.not_available"
    because = {each["channel"]: (each["because"], each["codes"]) for each in answer["alternatives"]}
    assert because[LETTER] == ("named_other", [])
    assert because[UPLOAD] == because["nectar"] == ("refused", ["channel.not_available"])
    asked = DataRequest.objects.get()
    assert "it was not given" in hers(w).get(f"/my/asks/{asked.id}/way/").text


# --- S23, S24, S25 ---------------------------------------------------------------------------------------------------


def test_s23_fifteen_minute_data_without_a_tick_is_refused_with_hourly_and_she_sees_it(committing: str) -> None:
    """Given consent for hourly only, then `scope.data_type`, nearest = hourly, and the refusal stands on her page."""
    w = world(data_types=["usage_hourly"], assurance="L3")
    answer = w.post(w.ask(data_types=["usage_15min"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope.data_type")
    assert [(each["data_type"], each["channel"]) for each in answer.json()["nearest_permitted"]] == [
        ("usage_hourly", LETTER)
    ]
    assert "you did not agree to this kind of data" in hers(w).get("/my/").text


def test_s24_consented_fifteen_minute_data_goes_by_letter_and_is_not_guaranteed(w: World) -> None:
    """Then the channel is manual with "not guaranteed", never a scraper, and the recipient's program sees that."""
    answer = w.post(w.ask(data_types=["usage_15min"]))
    assert (answer.status_code, answer.json()["channel"]) == (202, LETTER)
    assert answer.json()["not_guaranteed"] == ["usage_15min"]
    assert w.post(w.ask(data_types=["usage_15min"], channel="scraping")).json()["code"] == "channel.forbidden.scraping"
    assert ManualRequest.objects.count() == 1


@pytest.mark.parametrize("left_out", ["purpose", "accounts", "data_types", "from", "to"])
@pytest.mark.parametrize("value", [..., None, "", []])
def test_s25_what_is_left_out_is_400_and_never_everything(sqlite_db: str, left_out: str, value: object) -> None:
    """Given a request that omits purpose, accounts or range."""
    w = world()
    answer = w.post(w.ask(**{left_out: value}))
    assert (answer.status_code, answer.json()["code"]) == (400, "ask.incomplete")
    assert answer.json()["nearest_permitted"] == []
    assert not ManualRequest.objects.exists()


# --- S32 -------------------------------------------------------------------------------------------------------------


def test_s32_a_second_ask_for_another_purpose_raises_an_alarm(committing: str) -> None:
    """One may be a mistake, and is refused; two are told to staff and stand among the console's alarms."""
    w = world()
    other = w.ask(purpose="research")
    assert w.post(other, key="one").json()["code"] == "purpose.mismatch"
    assert w.post(other, key="one").json()["code"] == "purpose.mismatch"  # the same call again counts once
    assert events("alarm.purpose") == []
    assert w.post(other, key="two").json()["code"] == "purpose.mismatch"
    assert len(events("alarm.purpose")) == 1
    for _ in range(3):
        w.post(other)
    assert len(events("alarm.purpose")) == 2  # the fourth; the third and the fifth are told with it
    assert "asked again for a purpose" in officer().get("/console/log/?group=alarms").text
    w.post(w.ask())
    assert len(events("alarm.purpose")) == 2


def test_asks_of_two_organisations_or_permissions_are_counted_apart(sqlite_db: str) -> None:
    w = world()
    w.post(w.ask(purpose="research"))
    with transaction.atomic():
        other, _application, key = organisation("other", timezone.now())
        ref = log.append("consent.granted", actor=of_her(w), subject=w.customer.id, body={})
        grant(w.customer, other, [w.account], ref=ref, now=timezone.now())
    w.post(w.ask(purpose="research"), api_key=key)
    assert events("alarm.purpose") == []


# --- S69 -------------------------------------------------------------------------------------------------------------


def _with_ids(prefix: str) -> list[str]:
    """Give each address below a prefix that names something by its id, with an id of nobody."""
    found: list[str] = []

    def walk(patterns: Any, before: str) -> None:
        for each in patterns:
            path = before + str(each.pattern)
            if isinstance(each, URLPattern):
                if path.startswith(prefix) and "<uuid:" in path and "_id>" in path:
                    found.append(path)
            else:
                walk(each.url_patterns, path)

    walk(get_resolver().url_patterns, "")
    return found


def test_s69_a_second_organisation_gets_404_at_each_address_and_the_try_is_logged(committing: str) -> None:
    """Given two organisations in one installation, when one lists, searches or guesses ids of the other."""
    w = world()
    theirs = w.requested()
    _other, _application, key = organisation("other", timezone.now())
    paths = _with_ids("api/v1/")
    assert len(paths) >= 4
    ids = {"request_id": theirs.id, "consent_id": w.consent.id}
    for path in paths:
        address = re.sub(r"<uuid:(\w+)>", lambda found: str(ids.get(found[1], uuid.uuid4())), path)
        before = len(events("auth.foreign"))
        headers = {"Authorization": f"Bearer {key}"}
        answer = Client().get(f"/{address}", headers=headers)
        bodies: list[Any] = ["", {"business_days": 1}, {"at_once": False}, {"name": "x"}, {}]
        while answer.status_code in (400, 405) and bodies:  # what is not well formed is told so, whoever asks
            answer = Client().post(f"/{address}", bodies.pop(), content_type="application/json", headers=headers)
        assert answer.status_code == 404, (address, answer.content)
        assert len(events("auth.foreign")) == before + 1, address
    assert w.get("consents", api_key=key).json()["consents"] == []


def test_s69_the_handle_of_anothers_consent_says_no_more_than_one_of_nobody(committing: str) -> None:
    w = world()
    _other, _application, key = organisation("other", timezone.now())
    asks = [w.ask(consent=str(handle)) for handle in (w.consent.id, uuid.uuid4())]
    theirs, nobodys = ({**w.post(each, api_key=key).json(), "id": 0, "trace_id": 0} for each in asks)
    assert theirs == nobodys
    assert theirs["code"] == "consent.absent"
    assert len(events("pull.decided")) == 2
    assert not ManualRequest.objects.exists()


def test_s69_a_customer_gets_404_at_each_page_of_anothers_and_the_try_is_logged(sqlite_db: str) -> None:
    w, client = world(), Client()
    manual = w.manual()
    second = world_beside(w)
    sign_in(client, second)
    ids = {"consent_id": w.consent.id, "request_id": manual.id, "account_id": w.account.id}
    paths = [each for each in _with_ids("my/") if "token" not in each]
    assert len(paths) >= 12
    for path in paths:
        address = re.sub(r"<uuid:(\w+)>", lambda found: str(ids.get(found[1], uuid.uuid4())), path)
        address = re.sub(r"<slug:\w+>", "bill", address)
        before = len(events("auth.foreign"))
        answer = client.get(f"/{address}")
        if answer.status_code == 405:
            answer = client.post(f"/{address}")
        assert answer.status_code == 404, (address, answer.status_code)
        assert len(events("auth.foreign")) == before + 1, address


def world_beside(w: World) -> uuid.UUID:
    """Make a second customer."""
    customer_id = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("parties.created", actor=ACTOR, subject=customer_id, body={})
        ensure_customer(customer_id, "lee@member.example", language="en", ref=ref, now=timezone.now())
    return customer_id


# --- S71 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data_type", ["usage_hourly", "usage_15min", "usage_daily"])
def test_s71_without_an_hourly_meter_finer_data_is_refused_and_bills_are_named(w: World, data_type: str) -> None:
    """Given an account recorded as having no AMI meter; the desk records it, with who said so."""
    staff = officer(Role.STAFF)
    form = {"what": "no_ami", "day": "", "source": "co_op"}
    saved = staff.post(f"/admin/accounts/{w.account.id}/facts/", form)
    assert saved.status_code == 302, saved.content[:300]
    assert account_facts.newest(w.account)["ami"].value == "no"
    answer = w.post(w.ask(data_types=[data_type]))
    assert (answer.status_code, answer.json()["code"]) == (403, "channel.not_available")
    assert [each["data_type"] for each in answer.json()["nearest_permitted"]] == ["bill"]
    assert w.post(w.ask(data_types=["bill"])).status_code == 202


# --- her preference --------------------------------------------------------------------------------------------------


def test_her_choice_comes_first_where_it_can_and_each_choice_is_one_event(w: World) -> None:
    page, path = hers(w), f"/my/{w.consent.id}/way/"
    assert w.post(w.ask()).json()["channel"] == LETTER
    assert page.post(path, {"way": UPLOAD}).status_code == 302
    assert w.post(w.ask()).json()["channel"] == UPLOAD
    assert w.post(w.ask(channel=LETTER)).json()["channel"] == LETTER  # a named way is never replaced
    assert w.post(w.ask(data_types=["usage_15min"])).json()["channel"] == LETTER  # hers cannot bring it
    assert page.post(path, {"way": ""}).status_code == 302
    assert w.post(w.ask()).json()["channel"] == LETTER
    assert list(ChannelPreference.objects.values_list("number", "channels")) == [(1, [UPLOAD]), (2, [])]
    assert len(events("consent.preferred")) == 2
    assert page.post(path, {"way": ""}).status_code == 302
    assert len(events("consent.preferred")) == 2
    assert Consent.objects.get().prefers == []  # what was signed stays as it was signed


def test_nectar_is_hers_to_choose_only_where_she_named_it(committing: str) -> None:
    w = world(onward_recipients=[])
    assert choosing.offered(w.consent) == [LETTER, UPLOAD]
    answer = hers(w).post(f"/my/{w.consent.id}/way/", {"way": "nectar"})
    assert answer.status_code == 422
    assert not ChannelPreference.objects.exists()


def test_nobody_else_chooses_and_nothing_is_chosen_after_the_end(w: World) -> None:
    now = timezone.now()
    for stranger in (Actor("c", uuid.uuid4()), Actor("s", uuid.uuid4(), role="staff"), Actor("a", w.application.id)):
        refused = choosing.prefer(w.consent, [UPLOAD], actor=stranger, now=now)
        assert getattr(refused, "code", "") == "consent.absent"
    hers(w).post(f"/my/{w.consent.id}/stop/")
    refused = choosing.prefer(w.consent, [UPLOAD], actor=of_her(w), now=now)
    assert getattr(refused, "code", "") == "state.conflict"
    assert hers(w).post(f"/my/{w.consent.id}/way/", {"way": UPLOAD}).status_code == 409
    assert not ChannelPreference.objects.exists()


# --- forty accounts --------------------------------------------------------------------------------------------------


def test_forty_accounts_are_decided_one_by_one_and_the_order_goes_on_with_those_that_pass(committing: str) -> None:
    w = world(data_types=["bill", "usage_daily"])
    numbers = [ACCOUNT, *(f"509000{n:02}" for n in range(39))]
    rows = _more_accounts(w, numbers[1:35])
    now = timezone.now()
    for row in rows[:5]:  # no hourly meter
        account_facts.record(row, "ami", "no", day=None, source="co_op", actor=ACTOR, now=now)
    for row in rows[5:10]:  # moved out before
        account_facts.record(row, "ended", "moved_out", day=date(2025, 10, 10), source="staff", actor=ACTOR, now=now)
    answer = w.post(w.ask(accounts=list(reversed(numbers))))
    assert answer.status_code == 202, answer.content
    found = {each["account"]: (each["outcome"], each["codes"]) for each in answer.json()["accounts"]}
    assert list(found) == sorted(numbers)
    outside = dict.fromkeys(numbers[35:], ("refusal", ["scope.account"]))
    no_meter = dict.fromkeys(numbers[1:6], ("refusal", ["channel.not_available"]))
    gone = dict.fromkeys(numbers[6:11], ("refusal", ["account.ended"]))
    passing = dict.fromkeys([ACCOUNT, *numbers[11:35]], ("route", []))
    assert found == outside | no_meter | gone | passing
    request, decision = DataRequest.objects.get(), Decision.objects.get()
    assert len(request.accounts) == len(passing) == 25
    assert ManualRequest.objects.count() == 1
    assert answer.json()["codes"] == ["scope.account", "account.ended", "channel.not_available"]
    assert {row["account"] for row in decision.rules if row["account"]} == set(range(1, 41))


def test_of_forty_accounts_none_passes_and_each_has_its_code_and_what_would_pass(
    committing: str,
) -> None:
    w = world(data_types=["bill", "usage_daily"])
    numbers = [ACCOUNT, *(f"509000{n:02}" for n in range(39))]
    for row in [w.account, *_more_accounts(w, numbers[1:20])]:
        account_facts.record(row, "ami", "no", day=None, source="co_op", actor=ACTOR, now=timezone.now())
    answer = w.post(w.ask(accounts=numbers))
    assert answer.status_code == 403
    found = answer.json()
    assert found["codes"] == ["scope.account", "channel.not_available"]
    assert [each["data_type"] for each in found["nearest_permitted"]] == ["bill"]
    by_code = [code for each in found["accounts"] for code in each["codes"]]
    assert (by_code.count("scope.account"), by_code.count("channel.not_available")) == (20, 20)
    assert not ManualRequest.objects.exists()


def _more_accounts(w: World, numbers: list[str]) -> list[Any]:
    """Grant a consent over all these accounts and the first one; the earlier consent is superseded by nothing."""
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=of_her(w), subject=w.customer.id, body={})
        rows = [
            ensure_account(w.customer, "obec", AccountFacts(each, "Pat Member", "2 Example Road"), ref=ref, now=now)
            for each in numbers
        ]
        grant(
            w.customer, w.organisation, [w.account, *rows], ref=ref, now=now + timedelta(seconds=1),
            data_types=["bill", "usage_daily"],
        )  # fmt: skip
    return rows
