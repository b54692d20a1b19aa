"""The gate's small model: made from the open corpora alone, the same every time, and it says where it looked."""

import re
import time

import pytest

from broker.credentials import engine, learned, scan
from broker.credentials.rules import BY_ID, RULES
from broker.credentials.tokens import Doc
from tests.fixtures.credentials import train

SAID = "my portal opens with the name of our first horse and the year we bought it"


def test_training_again_gives_the_same_weights() -> None:
    assert train.written(train.train(train.trained_on(train.ORIGINS))) == train.WEIGHTS.read_text(encoding="utf-8")


def test_the_model_is_small_and_holds_no_name_and_no_secret() -> None:
    assert train.WEIGHTS.stat().st_size <= 300_000
    for sign in learned.MODEL.weights:
        for symbol in sign:
            assert len(symbol) <= learned.STEM or symbol.startswith("<"), sign
            assert not re.search(r"\d", symbol) or symbol.startswith("<d"), sign


def test_it_is_trained_on_no_line_of_the_halves_that_are_checked() -> None:
    used = {line.get("id") for line in train.trained_on(train.ORIGINS)}
    for origin in train.HALVED:
        kept = {line["id"] for line in train.lines(origin) if not train.develops(line["id"])}
        assert kept
        assert not kept & used


def test_it_says_where_its_strongest_words_stand() -> None:
    found = scan(SAID, "web_form")
    assert found is not None
    assert found.rule == "access.learned"
    assert 0 <= found.start < found.end <= len(SAID)
    assert "first horse" in SAID[found.start : found.end]


def test_a_false_alarm_of_it_may_be_let_through() -> None:
    assert BY_ID["access.learned"].id.startswith("access."), "broker.looking lets language through, and nothing else"


def test_writers_that_were_left_out_are_found_more_often_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = train.lines("open_third")
    wanted = [line for line in lines if line["label"] == "block"]
    without = tuple(rule for rule in RULES if rule.id != "access.learned")
    monkeypatch.setattr(engine, "RULES", without)
    alone = sum(scan(line["text"], line["inlet"]) is not None for line in wanted)
    model = train.train(train.trained_on(origin for origin in train.ORIGINS if origin != "open_third"))
    monkeypatch.setattr(learned, "MODEL", model)
    monkeypatch.setattr(engine, "RULES", RULES)
    both = sum(scan(line["text"], line["inlet"]) is not None for line in wanted)
    assert both >= alone + 0.03 * len(wanted)


def test_four_times_the_text_takes_about_four_times_the_time() -> None:
    def spent(text: str) -> float:
        doc = Doc(text, "web_form")
        start = time.process_time()
        learned.learned(doc)
        return time.process_time() - start

    unit = "I sign in to the portal every month and print the chart; could you use the letter instead? "
    assert min(spent(unit * 800) / (spent(unit * 200) + 0.005) for _round in range(4)) <= 8
