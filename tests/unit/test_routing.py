"""Channels: what each carries, what it needs, and the order in which an open ask tries them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from broker.routing import RANK, Question, _is_sure_enough, _ways, examine, months_before, route
from broker.terms import DATA_TYPES, Refusal, Route
from broker.utilities import load, published

OBEC = published("obec")
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def question(**changes):
    values = {
        "data_types": ("bill",),
        "start": date(2025, 6, 1),
        "today": TODAY,
        "now": NOW,
        "channel": None,
        "prefers": (),
        "onward_recipients": frozenset(),
        "assurance": "L3",
        "notice_at": None,
        "step": "release",
    }
    return Question(**{**values, **changes})


def outcome(profile=OBEC, **changes):
    found = route(question(**changes), profile)
    if isinstance(found, Route):
        return found.channel
    return [code for finding in found.findings for code in finding.codes]


def test_an_open_ask_goes_by_letter():
    assert outcome() == "manual_request"


@pytest.mark.parametrize(
    ("prefers", "expected"),
    [
        (("customer_upload",), "customer_upload"),
        (("customer_upload", "manual_request"), "customer_upload"),
        (("nectar", "customer_upload"), "customer_upload"),  # Nectar is not named in the consent
        (("nectar_sync", "credentials", "fax"), "manual_request"),
        (("manual_request", "customer_upload"), "manual_request"),
    ],
)
def test_her_preference_comes_first_where_it_passes(prefers, expected):
    assert outcome(prefers=prefers) == expected


def test_nectar_is_tried_only_if_preferred_or_named():
    ticked = {"onward_recipients": frozenset({"nectar"})}
    assert outcome(**ticked) == "manual_request"
    assert outcome(prefers=("nectar",), **ticked) == "nectar"
    assert outcome(channel="nectar", **ticked) == "nectar"


def test_rejected_alternatives_are_kept():
    found = route(question(prefers=("nectar",)), OBEC)
    assert isinstance(found, Route)
    assert [attempt.channel for attempt in found.rejected] == ["nectar"]
    assert next(f.codes for f in found.rejected[0].findings) == ("scope.onward_recipient",)


def test_a_named_channel_is_never_replaced():
    found = route(question(channel="customer_upload", data_types=("usage_15min",)), OBEC)
    assert isinstance(found, Refusal)
    assert found.code == "channel.not_available"
    assert outcome(channel="customer_upload", data_types=("usage_15min",)) == ["channel.not_available"]


def test_if_no_open_channel_passes_the_letters_reasons_are_given():
    assert outcome(assurance="L1", prefers=("nectar", "customer_upload")) == ["assurance.too_low"]


TABLE = {
    "manual_request": ["route"] * 7,
    "customer_upload": ["route"] * 6 + [["channel.not_available"]],
    "nectar": ["route", "route", ["channel.not_yet"], "route", "route", "route", ["channel.not_available"]],
    "nectar_sync": [["channel.not_yet"]] * 6 + [["channel.not_available"]],
}


@pytest.mark.parametrize("channel", TABLE)
@pytest.mark.parametrize(("place", "data_type"), list(enumerate(DATA_TYPES)))
def test_what_each_channel_carries(channel, place, data_type):
    expected = TABLE[channel][place]
    found = outcome(channel=channel, data_types=(data_type,), onward_recipients=frozenset({"nectar"}))
    assert found == (channel if expected == "route" else expected)


def test_not_available_comes_before_not_yet_and_the_history_limit_after_both():
    asked = {"data_types": ("payment", "usage_15min"), "onward_recipients": frozenset({"nectar"})}
    assert outcome(channel="nectar", **asked) == ["channel.not_available", "channel.not_yet"]
    old = {"data_types": ("usage_15min",), "start": date(2024, 3, 1)}
    assert outcome(channel="customer_upload", **old) == ["channel.not_available", "scope.history_limit"]


def test_a_missing_tick_for_nectar_comes_before_what_nectar_cannot_do():
    assert outcome(channel="nectar_sync") == ["scope.onward_recipient", "channel.not_yet"]
    assert outcome(channel="nectar", onward_recipients=frozenset({"Nectar"})) == ["scope.onward_recipient"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [(date(2024, 3, 2), "customer_upload"), (date(2024, 3, 1), ["scope.history_limit"])],
)
@pytest.mark.parametrize("data_type", ["bill", "account_info", "usage_hourly"])
def test_the_portal_reaches_back_24_months_to_the_day(start, expected, data_type):
    assert outcome(channel="customer_upload", start=start, data_types=(data_type,)) == expected


@pytest.mark.parametrize("channel", ["manual_request", "nectar"])
def test_the_other_channels_have_no_limit(channel):
    assert outcome(channel=channel, start=date(1999, 1, 1), onward_recipients=frozenset({"nectar"})) == channel


def test_a_preferred_channel_whose_history_ends_too_late_gives_way():
    assert outcome(prefers=("customer_upload",), start=date(2024, 3, 1)) == "manual_request"


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 2, 28), 24, date(2024, 2, 28)),
        (date(2024, 2, 29), 48, date(2020, 2, 29)),
        (date(2026, 3, 31), 13, date(2025, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 5, 31), 1, date(2026, 4, 30)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 3, 30), 1, date(2024, 2, 29)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(1, 5, 5), 1, date(1, 4, 5)),
        (date(1, 5, 5), 5, date.min),  # time begins there
        (date(2, 1, 1), 24, date.min),
    ],
)
def test_months_are_counted_to_the_same_day(day, months, expected):
    assert months_before(day, months) == expected


FINE = ("usage_hourly", "usage_15min")


@pytest.mark.parametrize("data_type", DATA_TYPES)
@pytest.mark.parametrize("level", ["L1", "L2", "L3", None, "L4", "l3", ""])
def test_release_needs_l2_and_l3_for_fine_usage(data_type, level):
    enough = level == "L3" or (level == "L2" and data_type not in FINE)
    assert outcome(data_types=(data_type,), assurance=level) == ("manual_request" if enough else ["assurance.too_low"])


@pytest.mark.parametrize(
    ("level", "hours", "passes"),
    [("L2", 48, True), ("L2", 47.9999, False), ("L2", -1, False), ("L1", 100, False), ("L3", 0, True)],
)
def test_l2_and_a_notice_48_hours_ago_are_enough_for_fine_usage(level, hours, passes):
    notice = NOW - timedelta(hours=hours)
    found = outcome(data_types=("usage_hourly",), assurance=level, notice_at=notice)
    assert found == ("manual_request" if passes else ["assurance.too_low"])


def test_48_hours_are_elapsed_hours_also_over_the_change_to_summer_time():
    notice = datetime.fromisoformat("2026-03-07T09:00:00-06:00").astimezone(UTC)
    same_clock_time = datetime.fromisoformat("2026-03-09T09:00:00-05:00").astimezone(UTC)  # 47 hours later
    asked = {"data_types": ("usage_hourly",), "assurance": "L2", "notice_at": notice}
    assert outcome(now=same_clock_time, **asked) == ["assurance.too_low"]
    assert outcome(now=same_clock_time + timedelta(hours=1), **asked) == "manual_request"


@pytest.mark.parametrize(
    ("channel", "level", "passes"),
    [
        ("manual_request", "L1", True),
        ("customer_upload", "L1", False),
        ("nectar", "L1", False),
        ("customer_upload", "L2", False),
        ("customer_upload", "L3", True),
        ("manual_request", None, False),
        ("manual_request", "L0", False),
    ],
)
def test_the_letter_alone_may_go_out_at_l1(channel, level, passes):
    found = outcome(
        channel=channel,
        step="order",
        assurance=level,
        data_types=("usage_hourly",),
        onward_recipients=frozenset({"nectar"}),
    )
    assert found == (channel if passes else ["assurance.too_low"])


def test_an_open_order_at_l1_passes_over_her_preference_to_the_letter():
    assert outcome(step="order", assurance="L1", prefers=("customer_upload",)) == "manual_request"


def test_another_utilitys_table_is_its_own():
    second = load(Path(__file__).resolve().parents[1] / "fixtures" / "utilities" / "junegrass.toml")
    assert outcome(second, data_types=("usage_15min",), assurance="L2") == "customer_upload"
    assert outcome(second, data_types=("bill",), assurance="L2") == "manual_request"
    assert outcome(second, data_types=("bill", "usage_15min")) == ["channel.not_available"]
    assert outcome(second, step="order", assurance="L1", channel="manual_request") == ["assurance.too_low"]
    assert outcome(second, channel="customer_upload", data_types=("usage_daily",), start=date(2025, 2, 1)) == [
        "scope.history_limit"
    ]


def test_findings_name_their_rules():
    findings = examine(question(), OBEC.channels["nectar"], OBEC)
    assert [finding.rule for finding in findings] == [15, 16, 17]


def low(level, data_types, **changes):
    found = route(question(assurance=level, data_types=data_types, **changes), OBEC)
    return next(finding.input for finding in found.findings if finding.rule == 17)


@pytest.mark.parametrize(
    ("level", "data_types", "ways"),
    [
        ("L1", ("bill",), ["own_bill", "confirmed_by_utility"]),
        ("L1", ("bill", "usage_hourly"), ["own_bill", "notice", "confirmed_by_utility"]),
        ("L2", ("usage_hourly",), ["notice", "posted_code", "confirmed_by_utility"]),
        (None, ("usage_15min",), ["own_bill", "notice", "confirmed_by_utility"]),
    ],
)
def test_too_low_says_how_to_raise_it_the_nearest_way_first(level, data_types, ways):
    assert low(level, data_types)["raise_by"] == ways


def test_too_low_says_when_a_notice_that_was_sent_opens_it():
    notice = NOW - timedelta(hours=40)
    assert low("L2", ("usage_hourly",), notice_at=notice)["opens_at"] == (notice + timedelta(hours=48)).isoformat()
    assert low("L2", ("usage_hourly",))["opens_at"] is None
    assert low("L1", ("usage_hourly",), notice_at=notice)["opens_at"] is None
    assert low("L1", ("bill", "usage_hourly"), notice_at=notice)["opens_at"] is None


def test_a_refusal_names_every_other_way_that_was_tried():
    found = route(question(prefers=("nectar",), assurance=None), OBEC)
    assert isinstance(found, Refusal)
    assert found.detail == "not by manual_request"
    assert [attempt.channel for attempt in found.rejected][:1] == ["nectar"]
    assert "manual_request" not in [attempt.channel for attempt in found.rejected]


@pytest.mark.parametrize(("said", "shown"), [("L2", "L2"), ("L9", None), ("", None), (None, None)])
def test_a_proof_that_nobody_knows_is_none_and_is_not_repeated(said, shown):
    (finding,) = examine(question(assurance=said), OBEC.channels["manual_request"], OBEC)[2:]
    assert finding.input["assurance"] == shown


@pytest.mark.parametrize(("ago", "hours"), [(timedelta(hours=5), 5), (timedelta(hours=5, minutes=59), 5), (None, None)])
def test_a_notice_is_so_many_whole_hours_old(ago, hours):
    asked = question(notice_at=None if ago is None else NOW - ago)
    (finding,) = examine(asked, OBEC.channels["manual_request"], OBEC)[2:]
    assert finding.input["notice_hours"] == hours


NOTICE = next(need for need in OBEC.assurance.values() if need.level_with_notice and need.notice_hours)


def test_a_proof_is_enough_or_is_not():
    full, less = RANK[NOTICE.level], RANK[NOTICE.level_with_notice]
    wait = timedelta(hours=NOTICE.notice_hours)
    assert less < full
    for rank, waited, need, enough in (
        (full, None, NOTICE, True),
        (less, None, NOTICE, False),
        (less, wait, NOTICE, True),
        (less, wait - timedelta(seconds=1), NOTICE, False),
        (less - 1, wait, NOTICE, False),
        (less, wait, replace(NOTICE, level_with_notice=None), False),
        (less, wait, replace(NOTICE, notice_hours=None), False),
    ):
        assert _is_sure_enough(rank, waited, need) is enough


def test_a_notice_is_no_way_where_a_bill_of_her_own_would_do():
    less = replace(NOTICE, level="L2", level_with_notice="L1")
    assert _ways(RANK["L1"] - 1, [less]) == ["own_bill", "confirmed_by_utility"]
    assert _ways(RANK["L1"], [less, NOTICE]) == ["own_bill", "notice", "confirmed_by_utility"]
