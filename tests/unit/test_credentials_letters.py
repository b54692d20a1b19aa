"""The second opinion, by groups of letters: what it reads, how far it may go, and what it brings."""

import pytest

from broker.credentials import learned, letters, scan
from tests.fixtures.credentials import train

HANDED = "I left the office tablet logged in, she will hand it to you at the counter."
CLEAN = "The meter by the mill was read on the 14th, and the bill came a week later than it used to."
TEXT = "some passage"
PASSAGE: list[learned.Part] = [(0, len(TEXT), learned.Sentence())]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", set()),
        ("a", {" a", "a ", " a "}),
        ("Ab", {" a", "ab", "b ", " ab", "ab ", " ab "}),
        ("7", {" 0", "0 ", " 0 "}),
        ("a a\nA", {" a", "a ", " a "}),
        ("abcd", {" a", "ab", "bc", "cd", "d ", " ab", "abc", "bcd", "cd ", " abc", "abcd", "bcd "}),
    ],
)
def test_groups_stand_within_words_and_know_no_capital_and_no_figure(text: str, groups: set[str]) -> None:
    assert letters.groups(text) == groups


def test_it_has_an_opinion() -> None:
    assert letters.opinion(HANDED) > 0 > letters.opinion(CLEAN)


@pytest.mark.parametrize(
    ("by_words", "by_letters", "like"),
    [
        (0.1, 0.0, True),
        (-0.1, 0.0, False),
        (-0.1, 0.5, True),
        (0.1, -0.5, False),
        (learned.MOST + 0.01, -9.0, True),  # what words are sure of stands
        (-learned.MOST - 0.01, 9.0, False),
        (learned.MOST - 0.01, -9.0, False),
        (-learned.MOST + 0.01, 9.0, True),
    ],
)
def test_it_tips_the_scales_and_no_more(
    monkeypatch: pytest.MonkeyPatch, by_words: float, by_letters: float, like: bool
) -> None:
    monkeypatch.setattr(letters, "opinion", lambda _text: by_letters)
    assert learned._is_like(TEXT, PASSAGE, by_words) is like


def test_with_it_more_logins_of_messages_are_found_at_no_more_false_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in train.rows("messages") if len(row["text"]) > 200]

    def stopped(label: str) -> int:
        return sum(scan(row["text"], row["inlet"]) is not None for row in rows if row["label"] == label)

    found, alarms = stopped("block"), stopped("allow")
    monkeypatch.setattr(learned, "SHARE", 0.0)
    monkeypatch.setattr(learned, "MOST", 0.0)
    # By words alone it takes a lower level to find as many, and stops more honest ones.
    monkeypatch.setattr(learned, "ENOUGH", {inlet: level - LOWER for inlet, level in learned.ENOUGH.items()})
    assert found > stopped("block")
    assert alarms < stopped("allow")


LOWER = 0.15
