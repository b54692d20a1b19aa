"""The 17 rules: 1 to 8, each at its boundary."""

import json

import pytest

from requests_app.decision_lines import answer
from tests.unit.decision_support import (
    ACCOUNT,
    CONSENT,
    LEFT_OUT,
    LETTER,
    NOW,
    asked,
    changed,
    line,
    result,
)


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


@pytest.mark.promise("only-chosen")
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
