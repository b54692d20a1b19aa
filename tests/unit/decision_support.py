"""What the tests of the decision share: a good line, and how to change it."""

import json
from types import SimpleNamespace

from broker.terms import DATA_TYPES
from broker.utilities import published
from requests_app.decision_lines import answer

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
EVERYTHING = {"data_types": list(DATA_TYPES)}


def facts(**values):
    """Give facts of the one account."""
    return {ACCOUNT: values}
