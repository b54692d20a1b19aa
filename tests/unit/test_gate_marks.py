"""The mark of a refused message: over all of it, under a key that no database holds, and none of short ones."""

from typing import Any

import pytest

from broker.inlets import marks
from broker.inlets.marks import mark
from broker.vault import keyring

TEXTS = (("field note", "a sentence that is long enough"), ("fields together", "note: a sentence and more of it"))
FILES = (("file/usage.csv", b"date,kwh"),)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A key of the test's own; give the names by which it was asked for."""
    asked: list[str] = []

    def secret(name: str) -> bytes:
        asked.append(name)
        return b"k" * 32

    monkeypatch.setattr(keyring, "secret", secret)
    return asked


def marked(
    to: str = "/my/7/note/", sender: str = "unknown", texts: Any = TEXTS, files: Any = FILES, kind: str = "password"
) -> bytes | None:
    return mark(to, sender, texts, files, kind)


def test_it_is_an_hmac_of_32_bytes_under_a_key_of_the_ring(key: list[str]) -> None:
    made = marked()
    assert made is not None
    assert len(made) == 32
    assert key == ["gate-message"]
    assert marked() == made


def test_without_the_key_nobody_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = marked()
    monkeypatch.setattr(keyring, "secret", lambda _name: b"l" * 32)
    assert marked() != made


@pytest.mark.parametrize(
    "other",
    [
        {"to": "/my/8/note/"},
        {"sender": "person:7"},
        {"to": "/my/7/note/unknown", "sender": ""},
        {"texts": (TEXTS[0],)},
        {"texts": (TEXTS[1], TEXTS[0])},
        {"texts": ((TEXTS[0][0], TEXTS[0][1] + "."), TEXTS[1])},
        {"texts": (("field other", TEXTS[0][1]), TEXTS[1])},
        {"files": ()},
        {"files": (("file/usage.csv", b"date,kwH"),)},
        {"files": (("file/other.csv", b"date,kwh"),)},
    ],
)
def test_it_is_of_the_whole_message_and_of_no_other(other: dict[str, Any]) -> None:
    assert marked(**other) != marked()


def test_parts_are_not_cut_at_another_place() -> None:
    one, two = (("a", "bc and a long enough text"),), (("ab", "c and a long enough text"),)
    assert marked(texts=one, files=()) != marked(texts=two, files=())


@pytest.mark.parametrize("kind", ["pin", "one_time_code", "answer"])
def test_of_a_short_secret_there_is_none_whatever_stands_around_it(kind: str) -> None:
    assert marked(kind=kind) is None


def test_of_a_short_message_there_is_none() -> None:
    assert marked(texts=(("note", "x" * (marks.SHORTEST - 1)),), files=()) is None
    assert marked(texts=(("note", " " * 40 + "x" * 8),), files=()) is None
    assert marked(texts=(("note", "x" * marks.SHORTEST),), files=()) is not None


def test_it_ends() -> None:
    assert 0 < marks.LASTS.days <= 7
