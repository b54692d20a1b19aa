"""Every code has words for a person and an HTTP status."""

import re

import pytest

from broker.problems import RETRYABLE, STATUS, document
from broker.reasons import REASONS, reason

PROMISED = [
    "consent.absent",
    "consent.expired",
    "consent.revoked",
    "consent.superseded",
    "consent.suspended",
    "consent.paused_dormant",
    "consent.not_started",
    "consent.objection",
    "purpose.mismatch",
    "scope.account",
    "scope.data_type",
    "scope.range",
    "scope.history_limit",
    "scope.onward_recipient",
    "account.ended",
    "assurance.too_low",
    "utility.unknown",
    "ask.incomplete",
    "ask.invalid",
    "channel.forbidden.credentials",
    "channel.forbidden.scraping",
    "channel.forbidden.smarthub_delegate",
    "channel.forbidden.mobile_app",
    "channel.not_available",
    "channel.not_available.green_button",
    "channel.not_available.espi",
    "channel.not_available.edi",
    "channel.not_available.utility_api",
    "channel.not_available.nectar_loa",
    "channel.not_yet",
    "channel.unknown",
    "log.unavailable",
    "ask.too_much",
    "data.gone",
    "auth.missing",
    "auth.invalid",
    "not_found",
    "idempotency.missing",
    "idempotency.conflict",
    "request.too_large",
    "file.type",
    "file.unreadable",
    "rate.limited",
    "state.conflict",
    "data.not_ready",
    "server.error",
]


@pytest.mark.parametrize("code", PROMISED)
def test_every_promised_code_has_words(code):
    found = reason(code)
    assert found.code == code
    assert found.title
    assert found.text.endswith(".")
    assert found.instead.endswith(".")


def test_an_unknown_code_is_our_mistake():
    with pytest.raises(KeyError):
        reason("consent.maybe")


def test_every_code_has_a_status_and_every_status_a_code():
    assert set(STATUS) == set(REASONS)


@pytest.mark.parametrize(
    ("code", "status"),
    [("consent.expired", 403), ("scope.data_type", 403), ("ask.incomplete", 400), ("ask.invalid", 400)],
)
def test_the_binding_statuses(code, status):
    assert STATUS[code] == status


def test_no_log_means_service_unavailable_and_worth_a_retry():
    assert STATUS["log.unavailable"] == 503
    assert "log.unavailable" in RETRYABLE


def test_a_problem_document_names_code_rules_and_what_would_work():
    problem = document(
        "scope.data_type",
        detail="",
        rules=[{"rule": 11, "result": "fail"}],
        nearest=[{"data_type": "bill", "channel": "manual_request"}],
        trace_id="t-1",
    )
    assert problem["status"] == 403
    assert problem["type"].endswith("scope.data_type")
    assert problem["codes"] == ["scope.data_type"]
    assert problem["nearest_permitted"] == [{"data_type": "bill", "channel": "manual_request"}]
    assert problem["detail"] == reason("scope.data_type").text
    assert problem["retryable"] is False


def test_texts_are_plain():
    for each in REASONS.values():
        for sentence in re.split(r"(?<=[.!?])\s", f"{each.text} {each.instead}"):
            assert len(sentence.split()) <= 25, each.code


def test_codes_have_the_shape_of_codes():
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*", code) for code in REASONS)
