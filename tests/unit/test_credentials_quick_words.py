"""Words that are marked the short way are marked as they are the long way, and what is kept of them is our own."""

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broker.credentials import labels, scan, signs, tokens
from broker.credentials.labels import label_of, maybe_label
from broker.credentials.shape import EMAIL, Level
from broker.credentials.tokens import Doc
from tests.unit.test_credentials_quick import TEXTS

WORDS = sorted({word for text in TEXTS for word in re.findall(r"[^\s|]+", text)})
FAR = ("пароль", "ПАРОЛЬ", "password\u0436", "п\u0430ssword", "клаvе", "кот", "中文", "中文字", "한글말", "ά\u03bbφα")
NEAR = ("contraseña", "Ñandú", "\u212aey", "ﬁn", "naïve", "\u0301ab", "ſet", "İst", "Ωhm", "ǆin")


def _in_full(word: str) -> tokens.Mark:
    return tokens._bare(word) if word.isascii() and word.isalpha() else tokens._in_full(word)


def test_each_word_is_marked_as_it_would_be_alone() -> None:
    known, speaking = tokens._marked([*WORDS, *FAR, *NEAR])
    assert len(known) > 10_000
    assert {word: made for word, made in known.items() if made != _in_full(word)} == {}
    assert speaking == [word for word in known if word in set(speaking)]
    silent = [known[word] for word in known.keys() - set(speaking)]
    assert len(silent) > 500
    for made in silent:
        assert (made.level, made.label, made.labels) == (Level.PLAIN, None, ())
        assert not any((made.user, made.access, made.place, made.closes, made.joins))
        assert EMAIL.search(made.core) is None


@pytest.mark.parametrize(
    "word", [*FAR, *NEAR, "ab", "abc", "a" * 64, "a" * 65, "products", "pasword", "entity", "user"]
)
def test_a_plain_word_is_marked_as_any_word_is(word: str) -> None:
    made = tokens._plain(word)
    assert made is None or made == _in_full(word)


def test_most_words_of_a_stranger_are_plain() -> None:
    plain = ["entity", "products", "Ibragimov", "кот", "中文字"]
    assert all(map(tokens._plain, plain))
    others = ["ab", "the", "user", "portal", "pin", "pasword", "loginpw", "contraseña", "a1b", "İst", "\u212aey"]
    assert [word for word in others if tokens._plain(word)] == []


@given(st.text(string.ascii_letters + "ñéа中.,;?!\"'()[]-:=/&>", min_size=1, max_size=14))
@example("entity.")
@example('"entity"')
@example("(entity)")
@example("entity,")
@example("p/w.")
def test_a_word_between_signs_is_marked_as_any_word_is(word: str) -> None:
    assert tokens._dressed(word) == tokens._in_full(word)


def test_hardly_any_word_that_names_nothing_may_name_something() -> None:
    named_nothing = {word.lower() for word in WORDS if word.isalpha() and label_of(word.lower()) is None}
    asked = [word for word in named_nothing if maybe_label(word)]
    assert len(asked) < len(named_nothing) // 5


def test_of_a_words_own_meaning_only_our_words_are_kept() -> None:
    scan("The portal asks Zanzibarkettle for the password again, and Zanzibarkettle's page is slow.", "web_form")
    kept = " ".join([*labels._of_ours, *signs._of_ours]).lower()
    assert "portal" in kept
    assert "zanzibar" not in kept


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_public", {})
    Doc("the portal", "web_form")
    assert len(tokens._public) == 2
    monkeypatch.setattr(tokens, "MOST_KEPT", 3)
    Doc("page bill meter", "web_form")
    assert len(tokens._public) == 3
