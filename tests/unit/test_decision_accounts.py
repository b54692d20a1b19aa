"""The 17 rules: 9 to 17, each at its boundary, and the choice of the channel."""

import json

import pytest

from broker.terms import DATA_TYPES
from requests_app.decision import decide
from requests_app.decision_lines import answer
from tests.unit.decision_support import (
    ASK,
    CONSENT,
    EVERYTHING,
    LETTER,
    NOW,
    OBEC,
    OTHER,
    asked,
    changed,
    facts,
    line,
    result,
)

# --- rules 9 to 14, one account --------------------------------------------------------------


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


def test_16_the_history_limit_looks_at_the_first_day_in_nearest():
    """The last day of what would be permitted may lie within what a portal still has: the first one counts."""
    asks = {"channel": "customer_upload", "to": "2025-06-01"}
    for first, nearest in (("2024-03-01", LETTER), ("2024-03-02", "customer_upload")):
        consent = {"prefers": ["customer_upload"], "history_from": first}
        assert asked(consent=consent, ask={**asks, "from": "2023-01-01"}).nearest == [("bill", nearest)]


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
