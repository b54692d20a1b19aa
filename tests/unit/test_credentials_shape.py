"""How a word looks, at the borders: what is too short, what chance writes, what a person does."""

import pytest

from broker.credentials import digests, engine, value
from broker.credentials.labels import Label, label_of
from broker.credentials.shape import Level, is_of_chance, is_user_like, level
from broker.credentials.tokens import Doc
from broker.credentials.views import View, plain


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("ab", Level.NEVER),
        ("abc", Level.PLAIN),
        ("a" * 64, Level.PLAIN),
        ("a" * 65, Level.NEVER),
        ("a1", Level.NEVER),
        ("a1b", Level.NAME),
        ("a12", Level.PLAIN),
        ("4821", Level.PLAIN),
        ("myLantern2024", Level.MIXED),  # a hump inside
        ("Lantern2024", Level.LIKELY),
        ("Lantern-2024", Level.MIXED),  # a sign between
        ("lantern-2024", Level.PLAIN),
        ("lantern-24", Level.LIKELY),
        ("lantern24", Level.NAME),
        ("LANTERN24", Level.PLAIN),
        ("my_Lantern24", Level.MIXED),
        ("wick!Oil9", Level.MIXED),
        ("wick/oil9", Level.PLAIN),
        ("mid-2025", Level.PLAIN),
    ],
)
def test_a_word_at_its_border(word: str, found: Level) -> None:
    assert level(word) == found


@pytest.mark.parametrize("pair", ["aA", "a1", "a-", "A1", "A-", "1-"])
def test_any_two_kinds_of_signs_in_turn_are_of_chance(pair: str) -> None:
    assert is_of_chance(pair * 8)
    assert not is_of_chance(pair[0] * 8 + pair[1] * 8)


def test_of_a_hundred_signs_forty_two_changes_are_a_persons_and_forty_three_are_not() -> None:
    assert not is_of_chance("a" * 58 + "1a" * 21)
    assert is_of_chance("a" * 57 + "1a" * 21 + "1")


@pytest.mark.parametrize(
    ("word", "like"),
    [("mill.office", True), ("r_we", False), ("ro_we", True), ("Mill.office", False), ("_mill", False)],
)
def test_a_user_name_is_small_letters_joined_inside(word: str, like: bool) -> None:
    assert is_user_like(word) is like


@pytest.mark.parametrize("token", ["riGp_58WAm-dX3a5", "riGp_58WAm-dX3a"])
def test_a_token_of_sixteen_signs_is_veiled_and_a_shorter_word_is_read(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    read: list[str] = []

    class Seen(Exception):
        pass

    def doc(view: View, _inlet: str) -> None:
        read.append(view.text)
        raise Seen

    monkeypatch.setattr(Doc, "of", doc)
    with pytest.raises(Seen):
        engine._apply(plain(token), "web_form")
    assert read == [digests.veiled(token) if len(token) >= 16 else token]


def test_a_passphrase_has_six_words_at_most() -> None:
    six = "copper lantern walnut river saddle cloud"
    assert value._recited(six)
    assert value._phrase(six)
    assert value._phrase("copper")
    assert not value._recited(f"{six} meadow")
    assert not value._phrase(f"{six} meadow")
    assert value._recited("copper lantern walnut")
    assert not value._recited("copper lantern")
    assert not value._phrase("")


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        ("Lantern%2124", "Lantern%2124"),
        ("%3Cyour%20password%3E", None),
        ("type here password\nLantern24", None),
        ("hidden&Lantern24", None),
        ("Lantern24&hidden", "Lantern24&hidden"),
        ("(hidden)", None),
        ("{'a': 1}", None),
        ("  'Lantern24'", "Lantern24"),
        ("Lantern24&user=ada", "Lantern24"),
        ("username:", None),
        ("", None),
    ],
)
def test_what_stands_behind_a_label_is_a_value_or_the_place_of_one(behind: str, said: str | None) -> None:
    assert value.stated(behind) == said


@pytest.mark.parametrize("word", ["compromised", "authentication", "beware", "about", "the"])
def test_a_passphrase_holds_no_word_of_a_sentence(word: str) -> None:
    assert value._recited("copper lantern walnut")
    assert not value._recited(f"copper lantern {word}")


@pytest.mark.parametrize(
    ("word", "label"), [("s3cret", Label.WEAK), ("cl4ve", Label.WEAK), ("passw0rd", Label.STRONG), ("c0de", None)]
)
def test_digits_in_place_of_letters_hide_no_label(word: str, label: Label | None) -> None:
    assert label_of(word) is label


def test_a_remark_in_brackets_is_no_value() -> None:
    assert value._is_remark("hidden)")
    assert value._is_remark("is hidden]")
    assert not value._is_remark("hidden")
    assert not value._is_remark("walnut)")
