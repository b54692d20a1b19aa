"""What a decision says of itself: every rule that was looked at, under its number and its name, in their order."""

from dataclasses import replace
from datetime import date

import pytest

from broker.terms import FORBIDDEN_WAYS, NAMED_WAYS
from requests_app.account_rules import allowed_days, earliest_piece
from requests_app.decision import NAMES, decide
from requests_app.reading import Facts, Grant
from tests.unit.decision_support import ASK, CONSENT, NOW, OBEC

FAILING = {
    1: {"profile": None},
    2: {"ask": {**ASK, "purpose": None}},
    3: {"ask": {**ASK, "from": "yesterday"}},
    4: {"ask": {**ASK, "channel": "scraping"}},
    5: {"consent": None},
    6: {"consent": {**CONSENT, "state": "revoked"}},
    7: {"consent": {**CONSENT, "starts": "2026-03-03"}},
    8: {"ask": {**ASK, "purpose": "research"}},
}


def decided(**changes):
    whole = {"consent": CONSENT, "ask": ASK, "profile": OBEC, "now": NOW, **changes}
    return decide(whole["consent"], whole["ask"], whole["profile"], whole["now"])


def shown(findings):
    return [(each.rule, each.name) for each in findings]


@pytest.mark.parametrize("rule", FAILING)
def test_a_refusal_ends_with_the_rule_that_fails(rule):
    found = decided(**FAILING[rule])
    assert shown(found.findings) == [(number, NAMES[number]) for number in range(1, rule + 1)]
    assert [each.passed for each in found.findings] == [True] * (rule - 1) + [False]
    assert found.codes == found.findings[-1].codes


def test_a_route_went_through_every_rule():
    found = decided()
    assert shown(found.findings) == [(number, NAMES[number]) for number in range(1, 9)]
    (account,) = found.accounts
    assert [each.rule for each in account.findings] == list(range(9, 18))
    assert len({each.name for each in account.findings}) == 9
    assert (found.outcome, found.profile_version, found.step) == ("route", OBEC.version, "release")


@pytest.mark.parametrize("channel", ["manual_request", "green_button", "scraping", "nobody_knows_it"])
def test_rule_4_has_its_number_whichever_way_is_named(channel):
    found = decided(ask={**ASK, "channel": channel})
    assert (found.findings[3].rule, found.findings[3].name) == (4, NAMES[4])


def test_the_known_states_are_named_and_no_other_word_is_repeated():
    assert decided().findings[5].input["state"] == "active"
    assert decided(consent={**CONSENT, "state": "revoked"}).findings[5].input["state"] == "revoked"
    assert decided(consent={**CONSENT, "state": "<script>"}).findings[5].input["state"] == "other"


def test_an_account_number_is_judged_by_the_utilitys_own_form_where_it_has_one():
    assert OBEC.account_number is not None
    long = "1" * (OBEC.account_number.max_digits + 1)
    assert decided(ask={**ASK, "accounts": [long]}).codes == ("ask.invalid",)
    narrow = replace(OBEC, account_number=replace(OBEC.account_number, max_digits=4))
    six = {**ASK, "accounts": ["123456"]}
    assert decided(ask=six, profile=narrow).codes == ("ask.invalid",)
    assert "ask.invalid" not in decided(ask=six, profile=replace(OBEC, account_number=None)).codes


GRANT = Grant(
    "acme", "p", "active", "L3", frozenset(), (), frozenset(), date(2025, 1, 1), date(2026, 1, 1), date(2026, 7, 1),
    date(2026, 1, 1), date(2026, 9, 1), (), None,
)  # fmt: skip


def test_the_days_of_a_consent_are_joined_where_they_touch_and_an_empty_range_is_none():
    year, half = (date(2025, 1, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(2026, 7, 1))
    assert allowed_days(GRANT) == [(year[0], half[1])]
    assert allowed_days(replace(GRANT, starts=date(2026, 1, 2))) == [year, (date(2026, 1, 2), half[1])]
    assert allowed_days(replace(GRANT, forward=date(2026, 1, 1))) == [year]
    assert allowed_days(replace(GRANT, starts=date(2025, 6, 1), forward=date(2025, 9, 1))) == [year]
    assert allowed_days(replace(GRANT, history_to=year[0])) == [half]
    assert allowed_days(replace(GRANT, history_from=None)) == [half]
    assert allowed_days(replace(GRANT, forward=None)) == [year]
    assert allowed_days(replace(GRANT, forward=date(2026, 12, 1))) == [(year[0], date(2026, 9, 1))]


def test_the_earliest_piece_lies_within_the_consent_and_before_the_accounts_end():
    apart = replace(GRANT, starts=date(2026, 2, 1))
    assert earliest_piece((date(2025, 6, 1), date(2026, 3, 1)), apart, Facts()) == (date(2025, 6, 1), date(2026, 1, 1))
    assert earliest_piece((date(2026, 1, 1), date(2026, 3, 1)), apart, Facts()) == (date(2026, 2, 1), date(2026, 3, 1))
    assert earliest_piece((date(2026, 1, 5), date(2026, 1, 9)), apart, Facts()) is None
    ended = Facts(ended=date(2025, 7, 1))
    assert earliest_piece((date(2025, 6, 1), date(2026, 3, 1)), apart, ended) == (date(2025, 6, 1), date(2025, 7, 1))
    assert earliest_piece((date(2025, 7, 1), date(2026, 3, 1)), apart, ended) is None


LATER, REFUSED = "later", "refused"


@pytest.mark.parametrize(
    ("asked", "consent", "ways"),
    [
        (None, {}, {"customer_upload": LATER, "nectar": REFUSED, "nectar_sync": REFUSED}),
        (
            None,
            {"onward_recipients": ["nectar"]},
            {"customer_upload": LATER, "nectar": "by_preference", "nectar_sync": REFUSED},
        ),
        (
            "customer_upload",
            {"onward_recipients": ["nectar"]},
            {"manual_request": "named_other", "nectar": "named_other", "nectar_sync": REFUSED},
        ),
    ],
)
def test_every_way_that_was_not_taken_stands_with_its_reason(asked, consent, ways):
    found = decided(ask={**ASK, "channel": asked}, consent={**CONSENT, **consent})
    assert {each.channel: each.because for each in found.alternatives} == ways
    assert all([finding.rule for finding in each.findings] == [15, 16, 17] for each in found.alternatives)


def test_an_order_is_judged_by_rule_17_as_a_release_is():
    found = decide(CONSENT, ASK, OBEC, NOW, step="order")
    assert [each.rule for each in found.accounts[0].findings] == list(range(9, 18))


def test_a_notice_is_offered_only_where_one_helps():
    """Of a utility that wants the third level and takes no notice for it."""
    need = replace(OBEC.assurance["usage_hourly"], level_with_notice=None, notice_hours=None)
    strict = replace(OBEC, assurance={**OBEC.assurance, "usage_hourly": need})
    ask = {**ASK, "data_types": ["usage_hourly"]}
    for profile, helps in ((OBEC, True), (strict, False)):
        found = decided(profile=profile, ask=ask, consent={**CONSENT, "assurance": "L2"})
        assert ("notice" in found.accounts[0].findings[-1].input["raise_by"]) is helps


def test_rule_4_has_its_number_where_a_utility_says_nothing_of_a_way():
    silent = replace(OBEC, refused={})
    ways = sorted({*FORBIDDEN_WAYS, *NAMED_WAYS} - silent.channels.keys())
    assert len(ways) > len(FORBIDDEN_WAYS)
    for name in ways:
        found = decided(profile=silent, ask={**ASK, "channel": name})
        assert (found.findings[3].rule, found.findings[3].name) == (4, NAMES[4])
        assert found.codes == ("channel.unknown" if name not in FORBIDDEN_WAYS else f"channel.forbidden.{name}",)
