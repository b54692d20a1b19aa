"""The order of the rules, several accounts, what is nearest, and the lines of the command."""

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
from requests_app.decision import NAMES, decide
from requests_app.decision_lines import answer, answers
from tests.unit.decision_support import (
    ACCOUNT,
    ASK,
    CONSENT,
    EVERYTHING,
    LETTER,
    NOW,
    OBEC,
    OTHER,
    asked,
    facts,
    line,
)

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
