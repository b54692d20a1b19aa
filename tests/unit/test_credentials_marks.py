"""What one word may be, by itself: what it names, where labels end in it, whether it ends a sentence."""

import pytest

from broker.credentials import marks
from broker.credentials.labels import Label
from broker.credentials.marks import is_ours, mark
from broker.credentials.shape import Level
from broker.credentials.tokens import Doc


@pytest.mark.parametrize(
    ("text", "joins"),
    [
        *((f"pw{sign}", True) for sign in (":", "=", "->", "=>", ':"', ":'", '":')),
        *((text, False) for text in ("pw", ":pw", "=pw", "pw-", "pw,")),
    ],
)
def test_a_word_joins_what_stands_behind_its_sign(text: str, joins: bool) -> None:
    assert mark(text).joins is joins


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        *((f"barn{sign}", True) for sign in (".", ";", "?", "!", '."', "!)", ".”")),
        *((text, False) for text in ("barn", "barn,", ".barn", "b.arn", '"barn"', "barn)", "barn;)")),
    ],
)
def test_a_word_closes_a_sentence_with_its_last_sign(text: str, closes: bool) -> None:
    assert mark(text).closes is closes


@pytest.mark.parametrize(
    ("text", "word", "label"),
    [
        ("pin's", "pin", Label.PIN),
        ("password's", "password", Label.STRONG),
        ("clerk's", "clerk's", None),
        ("p/w", "p/w", Label.STRONG),
        ("x=password", "x=password", Label.STRONG),
        ("password=x", "password=x", None),
        ("dkim=pass", "dkim=pass", None),
        ("pass", "pass", Label.WEAK),
        ("my-password", "my-password", Label.STRONG),
        ("x-y=password", "x-y=password", Label.STRONG),
        ("x-y=barn", "x-y=barn", None),
        ("barn-red", "barn-red", None),
    ],
)
def test_a_word_names_a_secret_by_itself_or_by_its_last_part(text: str, word: str, label: Label | None) -> None:
    made = mark(text)
    assert (made.word, made.label) == (word, label)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("pw:x", ((2, Label.STRONG),)),
        ("pw", ((2, Label.STRONG),)),
        ("p/w", ((3, Label.STRONG),)),
        ("x=password", ()),
        ('"pw":"x"', ((3, Label.STRONG),)),
        ("?acct=1&pw=x", ((10, Label.STRONG),)),
        ("pw(x)pin:4", ((2, Label.STRONG), (8, Label.PIN))),
        ("rita_password:x", ((13, Label.STRONG),)),
        ("rita_pin:4471", ((8, Label.PIN),)),
        ("parcel_pin:4471", ()),
        ("parcel_b_pin:4471", ((12, Label.PIN),)),
        ("zip_otp:65560", ()),
        ("rita_otp:4471", ((8, Label.CODE),)),
        ("rar_pin:4471", ((7, Label.PIN),)),
        ("rar_password:x", ()),
        ("parcel_password:x", ((15, Label.STRONG),)),
        ("pdf_open_password:x", ()),
        ("pdf_a_b_password:x", ((16, Label.STRONG),)),
        (f"zip_{'x' * 27}_password:9", ()),
        (f"zip_{'x' * 28}_password:9", ((41, Label.STRONG),)),  # of a longer name no more than its end is looked at
        ("docs/password/reset", ()),
        ("kettle:4471", ()),
    ],
)
def test_where_labels_end_in_a_word(text: str, labels: tuple[tuple[int, Label], ...]) -> None:
    assert mark(text).labels == labels


@pytest.mark.parametrize(
    ("text", "level", "told"),
    [
        ("kettle", Level.PLAIN, (False, False, False)),
        ("ab", Level.NEVER, (False, False, False)),
        ("abc", Level.PLAIN, (False, False, False)),
        ("Gravel9", Level.LIKELY, (False, False, False)),
        ("username", Level.PLAIN, (True, True, False)),
        ("logged", Level.PLAIN, (False, True, False)),
        ("portal", Level.PLAIN, (False, False, True)),
        ("(portal)", Level.PLAIN, (False, False, True)),
    ],
)
def test_what_a_word_speaks_of(text: str, level: Level, told: tuple[bool, bool, bool]) -> None:
    made = mark(text)
    assert (made.level, (made.user, made.access, made.place)) == (level, told)


def test_words_of_ours_are_kept_as_sentences_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_public", {})
    doc = Doc("portal Portal, PORTAL: pOrtal portal- (portal kettlewright, 44, x=portal", "web_form")
    assert sorted(marks._public) == ["PORTAL:", "Portal,", "portal"]
    assert [is_ours(token.text, token.mark) for token in doc.tokens[:4]] == [True, True, True, False]
    assert not is_ours("portal", mark("kettle"))


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("4471", "0000"),
        ("2025-10-01T00:15,0.22,kWh", "0000-00-00T00:00,0.00,kWh"),
        ("72174961,Mill", "00000000,Mill"),
        ("T-4471", "T-0000"),
        ("2025-10-01T00", None),
        ("rob77", None),
        ("7up", None),
        ("barn", None),
        ("44\u0664", None),
    ],
)
def test_figures_are_alike_where_none_of_them_touches_a_letter(text: str, alike: str | None) -> None:
    assert marks._alike(text) == alike
