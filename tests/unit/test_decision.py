"""The 17 rules: each at its boundary, in their order, with what would be permitted instead."""

import io
import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from broker.reasons import REASONS
from broker.terms import DATA_TYPES
from broker.utilities import published
from requests_app.decision import NAMES, decide
from requests_app.decision_lines import answer, answers

OBEC = published("obec")
ACCOUNT, OTHER = "4821000", "7000123"
LEFT_OUT = object()

CONSENT = {
    "recipient": "acme",
    "onward_recipients": [],
    "accounts": [ACCOUNT, OTHER],
    "data_types": ["bill", "usage_hourly"],
    "history_from": "2023-01-01",
    "history_to": "2026-01-01",
    "forward": "2026-07-01",
    "purpose": "rate_comparison",
    "starts": "2026-01-01",
    "ends": "2026-07-01",
    "state": "active",
    "assurance": "L3",
}
ASK = {
    "recipient": "acme",
    "accounts": [ACCOUNT],
    "data_types": ["bill"],
    "from": "2025-01-01",
    "to": "2026-01-01",
    "purpose": "rate_comparison",
    "channel": None,
}
NOW = "2026-03-02T15:00:00Z"


def changed(values, changes):
    merged = {**values, **changes}
    return {key: value for key, value in merged.items() if value is not LEFT_OUT}


def line(consent=None, ask=None, **rest):
    """Give a line whose consent and ask differ from a good one in what is named."""
    whole = {
        "id": "case",
        "utility": "obec",
        "consent": changed(CONSENT, consent or {}),
        "ask": changed(ASK, ask or {}),
        "now": NOW,
    }
    return changed(whole, rest)


def asked(consent=None, ask=None, **rest):
    """Give the answer to such a line, by way of JSON."""
    found = answer(json.dumps(line(consent, ask, **rest)).encode())
    nearest = [(each["data_type"], each["channel"]) for each in found["nearest"]]
    return SimpleNamespace(**{"accounts": None, **found, "nearest": nearest})


def result(consent=None, ask=None, **rest):
    """Give the channel of a route, or the codes of a refusal."""
    found = asked(consent, ask, **rest)
    assert (found.outcome == "route") == (found.channel is not None) == (found.codes == [])
    return found.channel or found.codes


LETTER = "manual_request"


def test_a_good_ask_is_a_route_by_letter():
    found = asked()
    assert (found.id, found.outcome, found.channel, found.codes, found.nearest) == ("case", "route", LETTER, [], [])
    assert found.accounts is None


# --- rule 1 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("utility", ["ozark", "OBEC", "", None, 5, ["obec"], "obec.rehearsal", "../obec", LEFT_OUT])
def test_1_an_unknown_utility_ends_it(utility):
    found = asked(ask={"purpose": None}, utility=utility)
    assert (found.codes, found.nearest) == (["utility.unknown"], [])


# --- rule 2 ---------------------------------------------------------------------------------

NEEDED = ["recipient", "purpose", "accounts", "data_types", "from", "to"]


@pytest.mark.parametrize("key", NEEDED)
@pytest.mark.parametrize("value", [LEFT_OUT, None, "", []])
def test_2_what_is_left_out_is_never_everything(key, value):
    found = asked(ask={key: value})
    assert (found.codes, found.nearest) == (["ask.incomplete"], [])


@pytest.mark.parametrize("now", [LEFT_OUT, None, ""])
def test_2_an_ask_without_an_instant_is_incomplete(now):
    assert result(now=now) == ["ask.incomplete"]


def test_2_incomplete_comes_before_invalid_and_before_the_consent():
    assert result(ask={"purpose": None, "from": "yesterday", "extra": 1}) == ["ask.incomplete"]
    assert result(ask={"purpose": None}, consent={"state": "revoked"}) == ["ask.incomplete"]


# --- rule 3 ---------------------------------------------------------------------------------

ODD_ASKS = [
    *[{"recipient": value} for value in (1, True, ["acme"], {"id": "acme"})],
    *[{"purpose": value} for value in (1, False, ["rate_comparison"])],
    *[{"channel": value} for value in ("", 1, True, [], ["nectar"], {})],
    *[{"accounts": value} for value in (ACCOUNT, {ACCOUNT: 1}, [4821000], [None], [""], [True], [[ACCOUNT]], 7)],
    *[
        {"accounts": [value]}
        for value in ("123", "1234567890123", "12 34", "12a4", "-1234", "１２３４", "١٢٣٤", "1234\n")
    ],
    {"accounts": [ACCOUNT, "123"]},
    *[{"data_types": value} for value in ("bill", ["bills"], ["BILL"], [None], [""], ["bill", "water"], {"bill": 1})],
    *[
        {"from": value}
        for value in ("2025-02-29", "2025-1-1", "20250101", "2025-W01-1", 20250101, "2025-01-01T00:00:00Z")
    ],
    *[{"to": value} for value in ("2026-13-01", "2026-00-10", "0000-01-01", "2026-01-01 ", "tomorrow", True)],
    {"from": "2025-01-01", "to": "2025-01-01"},
    {"from": "2025-01-02", "to": "2025-01-01"},
    {"extra": None},
    {"now": NOW},
    {"account": [ACCOUNT]},
]


@pytest.mark.parametrize("odd", ODD_ASKS)
def test_3_what_is_not_well_formed_is_invalid(odd):
    found = asked(ask=odd)
    assert (found.codes, found.nearest) == (["ask.invalid"], [])


@pytest.mark.parametrize("ask", [None, [], "bill", 5, True, LEFT_OUT])
def test_3_an_ask_that_is_no_object_is_invalid(ask):
    whole = changed(line(), {"ask": ask})
    assert answer(json.dumps(whole).encode())["codes"] == ["ask.invalid"]


@pytest.mark.parametrize(
    "now",
    [
        "2026-03-02T15:00:00",
        "2026-03-02",
        "yesterday",
        1772463600,
        True,
        {},
        "2026-02-30T15:00:00Z",
        "2026-03-02T25:00:00Z",
    ],
)
def test_3_now_is_an_instant_with_a_zone(now):
    assert result(now=now) == ["ask.invalid"]


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"])
def test_3_an_instant_at_the_edge_of_time_is_refused_not_a_crash(now):
    assert result(now=now) == ["ask.invalid"]


@pytest.mark.parametrize(
    "now", ["2026-03-02T15:00Z", "2026-03-02T09:00:00-06:00", "2026-03-02T15:00:00.250Z", "2026-03-03T00:00:00+09:00"]
)
def test_3_any_zone_will_do(now):
    assert result(now=now) == LETTER


ODD_FACTS = [
    None,
    [],
    "yes",
    {ACCOUNT: None},
    {ACCOUNT: "ami"},
    {ACCOUNT: {"ami": "maybe"}},
    {ACCOUNT: {"ami": None}},
    {ACCOUNT: {"ami": True}},
    {ACCOUNT: {"ended": "2026-02-30"}},
    {ACCOUNT: {"ended": 5}},
    {ACCOUNT: {"ended": ""}},
    {ACCOUNT: {"objection": "false"}},
    {ACCOUNT: {"objection": 0}},
    {ACCOUNT: {"objection": None}},
    {ACCOUNT: {"prepaid": "yes"}},
    {"9999": {"ami": "perhaps"}},
]


@pytest.mark.parametrize("facts", ODD_FACTS)
def test_3_a_malformed_fact_is_invalid(facts):
    assert result(facts=facts) == ["ask.invalid"]


@pytest.mark.parametrize("facts", [{}, {ACCOUNT: {}}, {ACCOUNT: {"ended": None, "ami": "unknown"}}, {"9999": {}}])
def test_3_a_fact_that_is_absent_is_not_known(facts):
    assert result(facts=facts) == LETTER


@pytest.mark.parametrize("step", ["Release", "", None, 1, "both", ["order"]])
def test_3_an_unknown_step_is_invalid(step):
    assert result(step=step) == ["ask.invalid"]


def test_3_other_keys_of_line_and_consent_are_ignored():
    assert result(consent={"number": "OB-1"}, note="for tests") == LETTER


def test_3_invalid_comes_before_a_forbidden_channel():
    assert result(ask={"channel": "scraping", "to": "2025-01-01"}) == ["ask.invalid"]


# --- rule 4 ---------------------------------------------------------------------------------

NOT_A_WAY = {
    "credentials": "channel.forbidden.credentials",
    "scraping": "channel.forbidden.scraping",
    "smarthub_delegate": "channel.forbidden.smarthub_delegate",
    "mobile_app": "channel.forbidden.mobile_app",
    "green_button": "channel.not_available.green_button",
    "espi": "channel.not_available.espi",
    "edi": "channel.not_available.edi",
    "utility_api": "channel.not_available.utility_api",
    "nectar_loa": "channel.not_available.nectar_loa",
    "fax": "channel.not_available",
    "Nectar": "channel.not_available",
    "manual_request ": "channel.not_available",
}


@pytest.mark.parametrize(("channel", "code"), NOT_A_WAY.items())
def test_4_a_way_that_is_none_is_refused_by_name(channel, code):
    found = asked(ask={"channel": channel, "data_types": ["usage_hourly", "bill"]})
    assert found.codes == [code]
    assert found.nearest == [("bill", LETTER), ("usage_hourly", LETTER)]


@pytest.mark.parametrize("channel", NOT_A_WAY)
def test_4_also_without_any_consent_and_then_nothing_is_nearest(channel):
    bare = answer(json.dumps({**line(ask={"channel": channel}), "consent": None}).encode())
    assert (bare["codes"], bare["nearest"]) == ([NOT_A_WAY[channel]], [])


@pytest.mark.parametrize(
    "consent",
    [{"state": "revoked"}, {"recipient": "other"}, {"ends": "2026-03-02"}, {"purpose": "research"}, {"starts": None}],
)
def test_4_without_a_valid_consent_nothing_is_nearest(consent):
    found = asked(consent=consent, ask={"channel": "scraping"})
    assert (found.codes, found.nearest) == (["channel.forbidden.scraping"], [])


def test_4_ends_the_decision_before_the_accounts():
    found = asked(ask={"channel": "edi", "accounts": [ACCOUNT, "9999"]})
    assert found.codes == ["channel.not_available.edi"]
    assert found.accounts is None
    assert found.nearest == [("bill", LETTER)]


# --- rule 5 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("consent", [None, [], "yes", True, 5, {}])
def test_5_no_consent_no_pull(consent):
    found = answer(json.dumps({**line(), "consent": consent}).encode())
    assert (found["codes"], found["nearest"]) == (["consent.absent"], [])


def test_5_a_line_without_the_key_has_no_consent():
    whole = line()
    del whole["consent"]
    assert answer(json.dumps(whole).encode())["codes"] == ["consent.absent"]


@pytest.mark.parametrize("recipient", ["Acme", "acme ", "", None, 5, ["acme"]])
def test_5_a_stranger_does_not_learn_that_a_consent_exists(recipient):
    found = asked(consent={"recipient": recipient, "state": "revoked"})
    assert (found.codes, found.nearest) == (["consent.absent"], [])


@pytest.mark.parametrize("key", list(CONSENT))
def test_5_a_consent_that_lacks_a_field_is_none(key):
    assert result(consent={key: LEFT_OUT}) == ["consent.absent"]


@pytest.mark.parametrize("key", ["starts", "ends"])
@pytest.mark.parametrize("value", [None, "", "2026-02-30", 2026, "2026-01-01T00:00:00Z"])
def test_5_a_consent_without_dates_is_none(key, value):
    assert result(consent={key: value}) == ["consent.absent"]


@pytest.mark.parametrize("key", ["onward_recipients", "accounts", "data_types", "prefers"])
@pytest.mark.parametrize("value", [None, "bill", {}, 1])
def test_5_a_consent_whose_lists_are_none_is_none(key, value):
    assert result(consent={key: value}) == ["consent.absent"]


# --- rule 6 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["active", "expiring"])
def test_6_living_states_pass(state):
    assert result(consent={"state": state}) == LETTER


@pytest.mark.parametrize("state", ["expired", "revoked", "superseded", "suspended", "paused_dormant"])
def test_6_ended_states_have_their_own_code(state):
    found = asked(consent={"state": state, "purpose": "research"}, ask={"accounts": ["9999"]})
    assert (found.codes, found.nearest) == ([f"consent.{state}"], [])


@pytest.mark.parametrize(
    "state",
    [
        "draft",
        "sent",
        "viewed",
        "signed",
        "pending",
        "held",
        "declined",
        "lapsed",
        "cancelled",
        "Active",
        "",
        None,
        1,
        [],
    ],
)
def test_6_every_other_state_is_no_consent(state):
    assert result(consent={"state": state}) == ["consent.absent"]


def test_6_the_state_comes_before_the_dates():
    assert result(consent={"state": "revoked", "ends": "2026-02-01"}) == ["consent.revoked"]


# --- rule 7 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-01T05:59:59Z", ["consent.not_started"]),
        ("2026-01-01T06:00:00Z", LETTER),
        ("2026-07-01T04:59:59Z", LETTER),
        ("2026-07-01T04:59:59.999Z", LETTER),
        ("2026-07-01T05:00:00Z", ["consent.expired"]),
        ("2026-07-01T00:00:00-05:00", ["consent.expired"]),
    ],
)
@pytest.mark.parametrize("state", ["active", "expiring"])
def test_7_the_term_begins_and_ends_at_midnight_central(now, expected, state):
    assert result(consent={"state": state}, now=now) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "last", "first_after"),
    [
        ("2026-01-01", "2030-01-01", "2027-01-01T05:59:59Z", "2027-01-01T06:00:00Z"),
        ("2028-02-29", "2030-01-01", "2029-02-28T05:59:59Z", "2029-02-28T06:00:00Z"),
        ("2027-02-28", "2030-01-01", "2028-02-28T05:59:59Z", "2028-02-28T06:00:00Z"),
        ("2026-03-08", "2026-11-01", "2026-11-01T04:59:59Z", "2026-11-01T05:00:00Z"),  # both days change the clock
        ("2026-11-01", "2027-03-14", "2027-03-14T05:59:59Z", "2027-03-14T06:00:00Z"),
    ],
)
def test_7_a_consent_never_lasts_past_twelve_months(starts, ends, last, first_after):
    assert result(consent={"starts": starts, "ends": ends}, now=last) == LETTER
    assert result(consent={"starts": starts, "ends": ends}, now=first_after) == ["consent.expired"]


def test_7_a_term_at_the_end_of_time_does_not_crash():
    assert result(consent={"starts": "9999-01-01", "ends": "9999-12-31"}) == ["consent.not_started"]


def test_7_a_term_the_wrong_way_round_gives_nothing():
    assert result(consent={"starts": "2026-06-01", "ends": "2026-01-01"}) == ["consent.not_started"]
    assert result(consent={"starts": "2026-03-01", "ends": "2026-02-01"}) == ["consent.expired"]


# --- rule 8 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["marketing", "Rate_comparison", "rate_comparison ", " "])
def test_8_another_purpose_is_a_mismatch(purpose):
    found = asked(ask={"purpose": purpose, "accounts": ["9999"]})
    assert (found.codes, found.nearest, found.accounts) == (["purpose.mismatch"], [], None)


@pytest.mark.parametrize("purpose", [None, 5, ["rate_comparison"]])
def test_8_a_consent_without_a_readable_purpose_fits_none(purpose):
    assert result(consent={"purpose": purpose}) == ["purpose.mismatch"]


# --- rules 9 to 14, one account --------------------------------------------------------------


def facts(**values):
    return {ACCOUNT: values}


def test_9_a_standing_objection_stops_everything_on_the_account():
    found = asked(facts=facts(objection=True))
    assert (found.codes, found.nearest) == (["consent.objection"], [])


def test_9_an_objection_on_another_account_does_not_matter():
    assert result(facts={OTHER: {"objection": True}}) == LETTER


@pytest.mark.parametrize("account", ["9999", "04821000", "482100"])
def test_10_an_account_must_be_in_the_consent(account):
    found = asked(ask={"accounts": [account]})
    assert (found.codes, found.nearest) == (["scope.account"], [])


def test_10_a_consent_of_numbers_that_are_no_texts_covers_none():
    assert result(consent={"accounts": [4821000, None, {}, []]}) == ["scope.account"]


def test_11_a_type_that_she_did_not_tick_is_refused_and_hers_are_nearest():
    found = asked(ask={"data_types": ["usage_15min"]}, consent={"data_types": ["usage_hourly"]})
    assert (found.codes, found.nearest) == (["scope.data_type"], [("usage_hourly", LETTER)])


def test_11_all_or_nothing_and_what_would_pass_is_nearest():
    found = asked(ask={"data_types": ["usage_15min", "bill"]})
    assert (found.codes, found.nearest) == (["scope.data_type"], [("bill", LETTER)])


def test_11_a_consent_of_nothing_covers_nothing():
    found = asked(consent={"data_types": []})
    assert (found.codes, found.nearest) == (["scope.data_type"], [])


RANGES = [
    # history, forward, asked, inside?
    (("2023-01-01", "2026-01-01"), None, ("2023-01-01", "2026-01-01"), True),
    (("2023-01-01", "2026-01-01"), None, ("2022-12-31", "2026-01-01"), False),
    (("2023-01-01", "2026-01-01"), None, ("2023-01-01", "2026-01-02"), False),
    (("2023-01-01", "2026-01-01"), "2026-07-01", ("2023-01-01", "2026-07-01"), True),  # they touch
    (("2023-01-01", "2026-02-01"), "2026-07-01", ("2023-01-01", "2026-07-01"), True),  # they overlap
    (("2023-01-01", "2025-12-31"), "2026-07-01", ("2025-12-30", "2026-01-02"), False),  # a gap of one day
    (("2023-01-01", "2025-12-31"), "2026-07-01", ("2026-01-01", "2026-07-01"), True),
    (("2023-01-01", "2026-01-01"), "2026-05-01", ("2026-04-30", "2026-05-02"), False),
    (("2023-01-01", "2026-01-01"), "2030-01-01", ("2026-01-01", "2026-07-01"), True),
    (("2023-01-01", "2026-01-01"), "2030-01-01", ("2026-01-01", "2026-07-02"), False),  # never past its end
    (("2023-01-01", "2026-01-01"), "2025-12-01", ("2026-01-01", "2026-01-02"), False),  # forward before it starts
    (("2023-01-01", "2026-01-01"), "2026-01-01", ("2026-01-01", "2026-01-02"), False),
    ((None, "2026-01-01"), None, ("2025-01-01", "2025-02-01"), False),
    (("2023-01-01", None), None, ("2025-01-01", "2025-02-01"), False),
    (("2023-02-30", "2026-01-01"), None, ("2025-01-01", "2025-02-01"), False),
    (("2026-01-01", "2023-01-01"), None, ("2025-01-01", "2025-02-01"), False),
    ((None, None), "2026-07-01", ("2026-01-01", "2026-07-01"), True),
    ((None, None), "soon", ("2026-01-01", "2026-07-01"), False),
    ((None, None), None, ("2026-01-01", "2026-07-01"), False),
    (("2023-01-01", "2028-01-01"), None, ("2025-01-01", "2027-06-01"), True),  # history is what she wrote
    (("2024-02-29", "2024-03-01"), None, ("2024-02-29", "2024-03-01"), True),
]


@pytest.mark.parametrize(("history", "forward", "days", "inside"), RANGES)
def test_12_the_range_lies_wholly_inside(history, forward, days, inside):
    consent = {"history_from": history[0], "history_to": history[1], "forward": forward}
    found = result(consent=consent, ask={"from": days[0], "to": days[1]})
    assert found == (LETTER if inside else ["scope.range"])


def test_12_forward_ends_with_the_twelve_months():
    consent = {"ends": "2030-01-01", "forward": "2030-01-01"}
    assert result(consent=consent, ask={"to": "2027-01-01"}) == LETTER
    assert result(consent=consent, ask={"to": "2027-01-02"}) == ["scope.range"]


def test_12_what_lies_partly_inside_is_nearest_as_far_as_it_does():
    found = answer(json.dumps(line(ask={"from": "2022-01-01", "to": "2026-12-01"})).encode())
    assert found["codes"] == ["scope.range"]
    assert found["nearest"] == [
        {"data_type": "bill", "channel": LETTER, "from": "2023-01-01", "to": "2026-07-01"},
    ]


def test_12_of_two_pieces_the_earliest_is_nearest():
    consent = {"history_to": "2025-06-01"}
    found = answer(json.dumps(line(consent, {"from": "2025-01-01", "to": "2026-03-01"})).encode())
    assert [(each["from"], each["to"]) for each in found["nearest"]] == [("2025-01-01", "2025-06-01")]


def test_12_wholly_outside_nothing_is_nearest():
    found = asked(ask={"from": "2020-01-01", "to": "2021-01-01"})
    assert (found.codes, found.nearest) == (["scope.range"], [])


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ("2026-01-01", LETTER),
        ("2026-01-02", LETTER),
        ("2025-12-31", ["account.ended"]),
        ("2020-01-01", ["account.ended"]),
    ],
)
def test_13_days_after_the_accounts_end_belong_to_somebody_else(ended, expected):
    assert result(facts=facts(ended=ended)) == expected


def test_13_the_days_before_the_end_are_nearest():
    found = asked(facts=facts(ended="2025-01-02"))
    assert (found.codes, found.nearest) == (["account.ended"], [("bill", LETTER)])
    found = asked(facts=facts(ended="2025-01-01"))
    assert (found.codes, found.nearest) == (["account.ended"], [])


@pytest.mark.parametrize("data_type", DATA_TYPES)
@pytest.mark.parametrize("ami", ["yes", "no", "unknown"])
def test_14_without_a_meter_there_is_no_daily_or_finer_data(data_type, ami):
    found = result(consent={"data_types": list(DATA_TYPES)}, ask={"data_types": [data_type]}, facts=facts(ami=ami))
    needs_meter = data_type in ("usage_daily", "usage_hourly", "usage_15min")
    assert found == (["channel.not_available"] if ami == "no" and needs_meter else LETTER)


def test_14_bills_are_nearest_where_there_is_no_meter():
    found = asked(ask={"data_types": ["usage_hourly"]}, facts=facts(ami="no"))
    assert (found.codes, found.nearest) == (["channel.not_available"], [("bill", LETTER)])


@pytest.mark.parametrize("prepaid", [True, False])
def test_prepaid_changes_nothing(prepaid):
    assert result(facts=facts(prepaid=prepaid)) == LETTER
    assert result(facts=facts(prepaid=prepaid), ask={"channel": "customer_upload"}) == "customer_upload"


# --- rules 15 to 17 and the choice ------------------------------------------------------------

EVERYTHING = {"data_types": list(DATA_TYPES)}


@pytest.mark.parametrize("onward", [[], ["acme"], ["Nectar"], [None, 5, ["nectar"]]])
def test_15_no_tick_no_byte(onward):
    found = asked(consent={"onward_recipients": onward}, ask={"channel": "nectar"})
    assert (found.codes, found.nearest) == (["scope.onward_recipient"], [("bill", LETTER)])


def test_15_with_her_tick_nectar_goes():
    assert result(consent={"onward_recipients": ["nectar"]}, ask={"channel": "nectar"}) == "nectar"


def test_16_the_sync_is_not_ready():
    ticked = {"onward_recipients": ["nectar"]}
    found = asked(consent=ticked, ask={"channel": "nectar_sync"})
    assert (found.codes, found.nearest) == (["channel.not_yet"], [("bill", LETTER)])
    assert result(ask={"channel": "nectar_sync"}) == ["scope.onward_recipient", "channel.not_yet"]


def test_16_nearest_follows_her_preference():
    consent = {"onward_recipients": ["nectar"], "prefers": ["nectar", "customer_upload"], **EVERYTHING}
    found = asked(consent=consent, ask={"channel": "nectar", "data_types": ["usage_15min", "payment", "bill"]})
    assert found.codes == ["channel.not_available", "channel.not_yet"]
    assert found.nearest == [("bill", "nectar"), ("payment", "customer_upload"), ("usage_15min", LETTER)]


@pytest.mark.parametrize(
    ("now", "start", "inside"),
    [
        (NOW, "2024-03-02", True),
        (NOW, "2024-03-01", False),
        ("2028-02-29T15:00:00Z", "2026-02-28", True),
        ("2028-02-29T15:00:00Z", "2026-02-27", False),
        ("2026-03-02T05:59:59Z", "2024-03-01", True),  # still 1 March in Central
        ("2026-03-02T06:00:00Z", "2024-03-01", False),
    ],
)
def test_16_the_portal_reaches_back_24_months(now, start, inside):
    term = {"starts": now[:4] + "-01-01", "ends": now[:4] + "-12-01", "history_to": "2029-01-01"}
    found = result(consent=term, ask={"channel": "customer_upload", "from": start, "to": "2026-04-01"}, now=now)
    assert found == ("customer_upload" if inside else ["scope.history_limit"])


def test_16_older_than_the_portal_the_letter_is_nearest():
    found = asked(ask={"channel": "customer_upload", "from": "2024-02-01", "data_types": ["bill"]})
    assert (found.codes, found.nearest) == (["scope.history_limit"], [("bill", LETTER)])


def test_16_the_history_limit_looks_at_the_cut_range_in_nearest():
    consent = {"prefers": ["customer_upload"], "history_from": "2024-06-01"}
    found = asked(consent=consent, ask={"channel": "customer_upload", "from": "2023-01-01"})
    assert found.codes == ["scope.range", "scope.history_limit"]
    assert found.nearest == [("bill", "customer_upload")]


def test_17_l1_gets_no_data_but_its_letter_may_go_out():
    hourly = {"data_types": ["usage_hourly"]}
    found = asked(consent={"assurance": "L1"}, ask=hourly)
    assert (found.codes, found.nearest) == (["assurance.too_low"], [])
    assert result(consent={"assurance": "L1"}, ask=hourly, step="order") == LETTER


def test_17_at_l2_hourly_is_refused_and_bills_are_nearest():
    found = asked(consent={"assurance": "L2"}, ask={"data_types": ["usage_hourly"]})
    assert (found.codes, found.nearest) == (["assurance.too_low"], [("bill", LETTER)])


@pytest.mark.parametrize("assurance", [None, "", "L0", "L4", "l2", 2, ["L3"], True])
@pytest.mark.parametrize("step", ["order", "release"])
def test_17_anything_else_is_no_level(assurance, step):
    assert result(consent={"assurance": assurance}, step=step) == ["assurance.too_low"]


@pytest.mark.parametrize(
    ("notice_at", "passes"),
    [
        ("2026-02-28T15:00:00Z", True),
        ("2026-02-28T09:00:00-06:00", True),
        ("2026-02-28T15:00:01Z", False),
        ("2026-03-03T15:00:00Z", False),
        ("2026-02-28", False),
        ("2026-02-20T15:00:00", False),
        (None, False),
        (5, False),
    ],
)
def test_17_a_notice_48_hours_ago_raises_l2(notice_at, passes):
    found = result(consent={"assurance": "L2", "notice_at": notice_at}, ask={"data_types": ["usage_hourly"]})
    assert found == (LETTER if passes else ["assurance.too_low"])


def test_15_minutes_at_l3_go_by_letter_not_guaranteed():
    consent = {"data_types": ["usage_15min"]}
    assert result(consent=consent, ask={"data_types": ["usage_15min"]}) == LETTER
    found = decide(changed(CONSENT, consent), changed(ASK, {"data_types": ["usage_15min"]}), OBEC, NOW)
    assert found.not_guaranteed == ("usage_15min",)


def test_preferences_are_tried_first_and_odd_ones_skipped():
    prefers = [5, None, ["nectar"], "nectar_sync", "scraping", "nectar", "customer_upload"]
    assert result(consent={"prefers": prefers}) == "customer_upload"
    assert result(consent={"prefers": prefers, "onward_recipients": ["nectar"]}) == "nectar"
    assert result(consent={"prefers": []}) == LETTER


def test_a_named_channel_beats_her_preference():
    assert result(consent={"prefers": ["customer_upload"]}, ask={"channel": LETTER}) == LETTER


# --- order of rules, several accounts -----------------------------------------------------------


def test_every_code_that_fails_is_given_once_in_the_order_of_the_rules():
    found = asked(
        consent={"assurance": "L1"},
        ask={
            "accounts": ["9999"],
            "channel": "nectar_sync",
            "data_types": ["usage_15min", "payment"],
            "from": "2020-01-01",
        },
        facts={"9999": {"objection": True, "ended": "2021-01-01", "ami": "no"}},
    )
    assert found.codes == [
        "consent.objection",
        "scope.account",
        "scope.data_type",
        "scope.range",
        "account.ended",
        "channel.not_available",
        "scope.onward_recipient",
        "channel.not_yet",
        "assurance.too_low",
    ]
    assert found.nearest == []


def test_a_code_stands_at_its_first_place():
    found = asked(
        consent={"onward_recipients": [], **EVERYTHING},
        ask={"accounts": [OTHER, ACCOUNT], "channel": "nectar", "data_types": ["usage_15min"]},
        facts=facts(ami="no"),
    )
    assert found.codes == ["channel.not_available", "scope.onward_recipient"]
    assert found.accounts == [
        {"account": ACCOUNT, "outcome": "refusal", "codes": ["channel.not_available", "scope.onward_recipient"]},
        {"account": OTHER, "outcome": "refusal", "codes": ["scope.onward_recipient", "channel.not_available"]},
    ]
    assert found.nearest == [("usage_15min", LETTER)]


def test_accounts_are_decided_one_by_one_in_ascending_order():
    found = asked(ask={"accounts": [OTHER, "9999", ACCOUNT]}, facts={OTHER: {"objection": True}})
    assert (found.outcome, found.channel) == ("refusal", None)
    assert found.codes == ["consent.objection", "scope.account"]
    assert found.accounts == [
        {"account": ACCOUNT, "outcome": "route", "codes": []},
        {"account": OTHER, "outcome": "refusal", "codes": ["consent.objection"]},
        {"account": "9999", "outcome": "refusal", "codes": ["scope.account"]},
    ]
    assert found.nearest == [("bill", LETTER)]


def test_several_accounts_that_all_pass_are_a_route():
    found = asked(ask={"accounts": [OTHER, ACCOUNT]})
    assert (found.outcome, found.channel) == ("route", LETTER)
    assert found.accounts == [
        {"account": ACCOUNT, "outcome": "route", "codes": []},
        {"account": OTHER, "outcome": "route", "codes": []},
    ]


def test_repeated_accounts_and_types_count_once():
    found = asked(ask={"accounts": [ACCOUNT, ACCOUNT], "data_types": ["bill", "bill"]})
    assert (found.channel, found.accounts) == (LETTER, None)


def test_the_order_of_lists_does_not_matter_but_for_her_preference():
    ask = {"accounts": [OTHER, "9999"], "data_types": ["usage_15min", "usage_hourly", "bill"]}
    turned = {key: value[::-1] for key, value in ask.items()}
    consent = {key: CONSENT[key][::-1] for key in ("accounts", "data_types")}
    assert asked(ask=ask) == asked(ask=turned) == asked(consent=consent, ask=turned)


def test_n1_takes_a_type_that_passes_for_one_account():
    found = asked(ask={"accounts": [ACCOUNT, OTHER], "data_types": ["usage_hourly"]}, facts=facts(ami="no"))
    assert (found.codes, found.nearest) == (["channel.not_available"], [("usage_hourly", LETTER)])


def test_n2_comes_only_if_n1_is_empty():
    consent = {"data_types": ["usage_hourly", "payment", "account_info"]}
    both = asked(consent=consent, ask={"data_types": ["bill", "usage_hourly"]})
    assert both.nearest == [("usage_hourly", LETTER)]
    only = asked(consent=consent, ask={"data_types": ["bill"]})
    assert only.nearest == [("account_info", LETTER), ("payment", LETTER), ("usage_hourly", LETTER)]


def test_nearest_keeps_the_step():
    ask = {"channel": "customer_upload", "data_types": ["usage_hourly"]}
    low = {"assurance": "L1"}
    assert asked(consent=low, ask=ask, step="order").nearest == [("usage_hourly", LETTER)]
    assert asked(consent=low, ask=ask, step="release").nearest == []


# --- the record, and callers that bring values instead of texts -----------------------------------


def test_every_rule_is_recorded_with_its_number_name_input_and_result():
    found = decide(CONSENT, {**ASK, "accounts": [ACCOUNT, OTHER]}, OBEC, NOW)
    rules = found.rules()
    assert {(row["rule"], row["name"]) for row in rules} == set(NAMES.items())
    assert {row["result"] for row in rules} == {"pass"}
    assert [row["account"] for row in rules if row["rule"] == 12] == [1, 2]
    json.dumps(rules)


def test_rules_that_were_not_reached_say_so():
    rules = {row["rule"]: row["result"] for row in decide(None, ASK, OBEC, NOW).rules()}
    assert [rules[number] for number in range(1, 18)] == ["pass"] * 4 + ["fail"] + ["not run"] * 12


def test_the_record_holds_no_account_number_and_repeats_no_free_text():
    odd = {**ASK, "purpose": "Jane Roe's flat", "channel": "password hunter2", "Jane": 1}
    cases = [ASK, odd, {key: value for key, value in odd.items() if key != "Jane"}, {**ASK, "purpose": "Jane Roe"}]
    for ask in cases:
        text = json.dumps(decide(CONSENT, ask, OBEC, NOW).rules())
        assert ACCOUNT not in text
        assert "Jane" not in text
        assert "hunter2" not in text


def test_a_decision_names_profile_policy_and_the_ways_not_taken():
    found = decide({**CONSENT, "prefers": ["nectar"]}, ASK, OBEC, NOW)
    assert found.profile_version == OBEC.version
    assert found.policy
    assert [attempt.channel for attempt in found.rejected] == ["nectar"]


def test_an_instant_may_come_as_a_value_in_any_zone():
    at = datetime(2026, 7, 1, tzinfo=ZoneInfo("America/Chicago"))
    assert decide(CONSENT, ASK, OBEC, at).codes == ("consent.expired",)
    assert decide(CONSENT, ASK, OBEC, at - timedelta(seconds=1)).outcome == "route"
    assert decide(CONSENT, ASK, OBEC, at.replace(tzinfo=None)).codes == ("ask.invalid",)


def test_no_facts_means_nothing_known():
    assert decide(CONSENT, ASK, OBEC, NOW, facts=None).outcome == "route"


# --- lines and the command ---------------------------------------------------------------------------

MALFORMED = [
    (b'{"id": "a7", "utility": ', "a7"),
    (b'{"id": 12, "utility" "obec"}', 12),
    (b'{"id": "caf\\u00e9", oops}', "café"),
    (b"not json", None),
    (b"[1, 2]", None),
    (b"null", None),
    (b'"id"', None),
    (b'{"id": "n", "now": NaN}', "n"),
    (b'{"id": "d", "ask": {}, "ask": {}}', "d"),
    (b'{"id": "u", "x": "\xff"}', "u"),
    (b'{"id": "big", "x": ' + b"9" * 5000 + b"}", "big"),
    (b'{"id": "deep", "x": ' + b"[" * 100_000, "deep"),
]


@pytest.mark.parametrize(("raw", "number"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_line_is_answered_with_its_id(raw, number):
    assert answer(raw) == {
        "id": number,
        "outcome": "refusal",
        "channel": None,
        "codes": ["ask.invalid"],
        "nearest": [],
    }


def test_an_answer_has_exactly_the_promised_keys():
    one = answer(json.dumps(line()).encode())
    several = answer(json.dumps(line(ask={"accounts": [ACCOUNT, OTHER]})).encode())
    assert list(one) == ["id", "outcome", "channel", "codes", "nearest"]
    assert list(several) == [*one, "accounts"]


def test_blank_lines_are_skipped_and_order_is_kept():
    lines = [json.dumps(line(id=number)).encode() + b"\r\n" for number in range(3)]
    found = [json.loads(text)["id"] for text in answers([lines[0], b"\n", lines[1], b"  \n", lines[2], b""])]
    assert found == [0, 1, 2]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["bill", NOW, "2025-01-01", ACCOUNT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CONSENT, *ASK]), inner, max_size=4),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*CONSENT, "prefers", "notice_at"]), ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from([*ASK, "extra"]), ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from(["now", "facts", "step", "utility", "consent", "ask"]), ANYTHING, max_size=1),
)
def test_whatever_comes_is_answered_and_always_alike(consent, ask, rest):
    raw = json.dumps({**line(consent, ask), **rest}).encode()
    first = answer(raw)
    assert answer(raw) == first
    assert (first["outcome"] == "route") == (first["codes"] == []) == (first["channel"] is not None)
    assert set(first["codes"]) <= set(REASONS)
    assert len(set(first["codes"])) == len(first["codes"])


@given(
    st.sets(st.sampled_from(DATA_TYPES), min_size=1),
    st.sets(st.sampled_from(DATA_TYPES)),
    st.sampled_from(["L1", "L2", "L3"]),
    st.lists(st.sampled_from(["manual_request", "customer_upload", "nectar"]), max_size=3),
    st.sampled_from([None, "manual_request", "customer_upload", "nectar", "nectar_sync", "edi"]),
    st.sampled_from([[], ["nectar"]]),
    st.sampled_from(["yes", "no", "unknown"]),
)
def test_what_is_nearest_is_a_route_when_it_is_asked_for(wanted, ticked, level, prefers, channel, onward, ami):
    consent = {"data_types": sorted(ticked), "assurance": level, "prefers": prefers, "onward_recipients": onward}
    whole = line(
        consent, {"data_types": sorted(wanted), "channel": channel, "from": "2022-06-01"}, facts=facts(ami=ami)
    )
    for entry in answer(json.dumps(whole).encode())["nearest"]:
        again = {**whole["ask"], "data_types": [entry["data_type"]], "channel": entry["channel"]}
        again |= {"from": entry["from"], "to": entry["to"]}
        found = answer(json.dumps({**whole, "ask": again}).encode())
        assert (found["outcome"], found["channel"]) == ("route", entry["channel"])


def test_the_command_answers_line_by_line(tmp_path):
    source, target = tmp_path / "asks.jsonl", tmp_path / "answers.jsonl"
    source.write_bytes(json.dumps(line(id=1)).encode() + b"\n{broken\n" + json.dumps(line(id=3)).encode())
    call_command("decide", str(source), str(target))
    found = [json.loads(text) for text in target.read_text().splitlines()]
    assert [each["id"] for each in found] == [1, None, 3]
    assert [each["codes"] for each in found] == [[], ["ask.invalid"], []]


def test_a_dash_is_standard_input_and_output(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(line()).encode())))
    out = io.StringIO()
    call_command("decide", "-", "-", stdout=out)
    assert json.loads(out.getvalue())["channel"] == LETTER


def test_the_command_does_not_overwrite_its_questions(tmp_path):
    source = tmp_path / "asks.jsonl"
    source.write_text(json.dumps(line()))
    with pytest.raises(CommandError, match="same file"):
        call_command("decide", str(source), str(source))
    assert source.read_text()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("decide", str(tmp_path / "none.jsonl"), "-")


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("decide", "--help")
    assert '"utility": "obec"' in capsys.readouterr().out
