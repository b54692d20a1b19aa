"""An ask of our own words alone is not read by the gate, and whatever is anything else is."""

import itertools
import json
import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory

from broker.credentials import scan
from broker.inlets.members import members
from broker.inlets.our_words import LONGEST, only_ours
from broker.inlets.parts import parts
from broker.terms import DATA_TYPES, FORBIDDEN_WAYS, NAMED_WAYS, PURPOSES

ASK = {"accounts": ["40900017"], "data_types": ["usage_daily"], "from": "2025-10-01", "to": "2025-11-01"}


def asks() -> list[dict[str, Any]]:
    """Asks of every purpose and way, and of accounts, days and ids by chance."""
    rng, made = random.Random(131), []
    for purpose, channel in itertools.product(PURPOSES, (None, *NAMED_WAYS)):
        for _ in range(12):
            first = date(2019, 1, 1) + timedelta(days=rng.randrange(3000))
            ask: dict[str, Any] = {
                "accounts": [f"{rng.randrange(10**9):0{rng.choice((8, 9, 10))}d}" for _ in range(rng.randrange(1, 9))],
                "data_types": rng.sample(DATA_TYPES, rng.randrange(1, len(DATA_TYPES))),
                "from": first.isoformat(),
                "to": (first + timedelta(days=rng.randrange(1, 800))).isoformat(),
                "purpose": purpose,
            }
            ask |= {} if channel is None else {"channel": channel}
            ask |= {"consent": str(UUID(int=rng.getrandbits(128), version=4))} if rng.random() < 0.5 else {}
            names = list(ask)
            rng.shuffle(names)
            made.append({name: ask[name] for name in names})
    return made


def test_the_gate_would_find_nothing_in_what_it_does_not_read() -> None:
    """Beside the names of ways that are forbidden, which are words for a login: those are refused by their own code."""
    read = asks()
    assert len(read) > 500
    for ask in read:
        body = json.dumps(ask)
        assert only_ours(body)
        if ask.get("channel") not in FORBIDDEN_WAYS:
            assert scan(body, "api_json") is None
            assert scan(members(body) or "", "api_json") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"accounts": ["4829"]},  # a PIN
        {"accounts": ["482913"]},  # a code that was sent to somebody
        {"accounts": ["40900017 Gravel8!"]},
        {"accounts": "40900017"},
        {"accounts": [40900017]},
        {"accounts": [["40900017"]]},
        {"accounts": ["４０９０００１７"]},  # digits of another script
        {"data_types": ["usage_daily", "Gravel8!"]},
        {"data_types": {"usage_daily": "x"}},
        {"from": "1961-04-03"},  # a birthday
        {"to": "2025-11-01 Gravel8!"},
        {"purpose": "Gravel8!"},
        {"purpose": None},
        {"channel": "my-own-way"},
        {"consent": "c0ffee"},
        {"utility": "obec"},
        {"password": "Gravel8!"},
        {"Gravel8!": "2025-11-01"},
        {"accounts": {"accounts": ["40900017"]}},
    ],
)
def test_whatever_is_not_ours_is_read(changed: dict[str, Any]) -> None:
    assert only_ours(json.dumps(ASK, ensure_ascii=False))
    assert not only_ours(json.dumps({**ASK, **changed}, ensure_ascii=False))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "null",
        '"40900017"',
        '{"purpose":"rate_comparison"',
        '{"purpose":"rate_comparison"} pw Gravel8!',
        '{"purpose":"rate_comparison","purpose":"Gravel8!"}',
        '{"purpose":"Gravel8!","purpose":"rate_comparison"}',
        '[{"purpose":"rate_comparison"}]',
        "[" * 5000,
        '{"purpose":"rate_comparison"}' + " " * LONGEST,
    ],
)
def test_what_is_no_plain_ask_is_read(body: str) -> None:
    assert not only_ours(body)


def test_only_what_everybody_reads_in_the_same_way_is_not_read() -> None:
    def read(kind: str) -> list[str]:
        sent = RequestFactory().post("/api/v1/decisions/check", json.dumps(ASK), content_type=kind)
        return [each.text for each in parts(sent, "api:checkDecision") if each.name == "body"]

    assert read("application/json") == []
    assert read("application/json; charset=utf-16") != []
