"""How much a word looks like a secret: each way a word is judged, with the word next to it that is judged otherwise."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broker.credentials import shape
from broker.credentials.shape import (
    Level,
    core,
    is_address,
    is_mask,
    is_opaque,
    is_user_like,
    is_veiled,
    level,
)

FILLED = "wick!" + "o" * 58  # with one more sign as long as a value may be


def test_the_levels_rise() -> None:
    assert Level.NEVER < Level.PLAIN < Level.NAME < Level.LIKELY < Level.MIXED
    assert len(Level) == 5


@pytest.mark.parametrize(
    ("word", "found"),
    [
        # too short or too long
        ("ab", Level.NEVER), ("abc", Level.PLAIN), ("a" * 64, Level.PLAIN), ("a" * 65, Level.NEVER),
        ("a1", Level.NEVER), ("a1b", Level.NAME), (f"{FILLED}9", Level.MIXED), (f"{FILLED}o9", Level.NEVER),
        # cells of a row are judged each for itself, two words with a comma together
        ("Lantern24,oil", Level.MIXED), ("Lantern24,oil,x", Level.LIKELY), ("a,b,c", Level.NEVER),
        # addresses, masks, and what a machine made
        ("mill.office@coop.example", Level.NEVER), ("bill_2025.pdf", Level.NEVER), ("********", Level.NEVER),
        ("0123456789abcdef", Level.NEVER), ("1234567890123456", Level.NEVER), ("0123456789abcde", Level.NAME),
        ("{wick9}", Level.NEVER), ("123456789012345", Level.PLAIN),
        # a veiled hash, numbers, measures, ordinals, identifiers
        ("q1Z2", Level.PLAIN), ("12qZ+/=", Level.PLAIN), ("$1,250.00", Level.PLAIN), ("15kwh", Level.PLAIN),
        ("7pt", Level.PLAIN), ("123x", Level.PLAIN), ("14Ab", Level.PLAIN), ("AB-12/C3", Level.PLAIN),
        ("AB12", Level.PLAIN), ("A-7", Level.PLAIN), ("(573)", Level.PLAIN), ("4821", Level.PLAIN),
        # too few letters, markup, settings, versions
        ("a!1", Level.PLAIN), ("ab1!", Level.MIXED), ("wick9}", Level.PLAIN), ("wick|oil9", Level.PLAIN),
        ("setting=x9!", Level.PLAIN), ("call(9)!", Level.PLAIN), ("lantern!oil_v2", Level.PLAIN),
        ("lantern-rev3", Level.PLAIN),
    ],
)  # fmt: skip
def test_what_is_plainly_no_secret_and_what_stands_beside_it(word: str, found: Level) -> None:
    assert level(word) is found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        # no sentence joins words by a dot; names and firms join them by a hyphen
        ("Lantern.Oil", Level.LIKELY), ("Lantern^Oil", Level.LIKELY), ("Lantern-Oil", Level.NAME),
        ("Cider-Press-12", Level.NAME), ("Cider.Press.12", Level.LIKELY),
        ("Lantern.Bill", Level.PLAIN), ("Lantern-Office", Level.PLAIN), ("Lantern.About", Level.PLAIN),
        # one word and a number
        ("lantern24", Level.NAME), ("Lantern24", Level.LIKELY), ("myLantern24", Level.MIXED),
        ("LANTERN24", Level.PLAIN), ("june24", Level.PLAIN), ("June24", Level.PLAIN), ("Window7", Level.LIKELY),
        ("Ab12", Level.LIKELY), ("aB12", Level.MIXED), ("ab12", Level.NAME),
        ("Lantern_24", Level.LIKELY), ("LANTERN_24", Level.PLAIN), ("lantern_24", Level.LIKELY),
        ("June_24", Level.LIKELY), ("june_24", Level.PLAIN),
        ("Lantern-24", Level.MIXED), ("Lantern.24", Level.MIXED), ("lantern-24", Level.LIKELY),
        ("lantern.24", Level.NAME), ("lantern.2024", Level.NAME),
        ("lantern-2024", Level.PLAIN), ("lantern-024", Level.LIKELY), ("lantern-20245", Level.LIKELY),
        ("Lantern-2024", Level.MIXED), ("lantern_2024", Level.LIKELY),
    ],
)  # fmt: skip
def test_a_word_with_a_number_and_words_that_are_joined(word: str, found: Level) -> None:
    assert level(word) is found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        # digits among letters, without a sign
        ("24lantern", Level.NAME), ("l4ntern", Level.NAME), ("24Lantern", Level.MIXED), ("24LANTERN7", Level.PLAIN),
        ("it's1x", Level.NAME), ("It's1x", Level.MIXED), ("o’neil9", Level.NAME),
        # digits and signs
        ("wick?oil9", Level.MIXED), ("Wick#Oil9", Level.MIXED), ("wick/oil9!", Level.PLAIN),
        ("wick\\oil9!", Level.PLAIN),
        ("wick-oil-9x", Level.NAME), ("Wick-oil-9x", Level.MIXED), ("WICK-OIL-9X", Level.PLAIN),
        ("june-bill-9", Level.PLAIN), ("June-Bill-x9", Level.MIXED), ("june-lamp-9", Level.NAME),
        ("lamp:9;x", Level.NAME), ("Wick,Oil9", Level.MIXED), ("_bill_9", Level.PLAIN),
        # signs and no digits
        ("wick+oil", Level.NAME), ("wick&oil", Level.NAME), ("wick+oil&gas", Level.NAME),
        ("Wick+Oil", Level.MIXED), ("wick!oil", Level.MIXED),
        ("WICK!OIL", Level.PLAIN), ("WICK+OIL", Level.PLAIN), ("Wick!Oil/x", Level.PLAIN), ("a!b", Level.PLAIN),
        ("wick+o", Level.PLAIN), ("wick!", Level.PLAIN), ("wick@oil", Level.MIXED),
        ("wick_Oil", Level.LIKELY), ("a_Bcde", Level.LIKELY), ("a_Bcd", Level.PLAIN), ("wick_oil", Level.PLAIN),
        ("WICK_OIL", Level.PLAIN), ("wick-Oil", Level.PLAIN), ("wick.oil", Level.PLAIN),
        ("**/**", Level.NEVER), ("https://wick", Level.NEVER),
        ("BAB#64", Level.PLAIN),
        # letters and digits beyond ASCII
        ("ñ44!4", Level.PLAIN), ("ñá44!4", Level.MIXED), ("Wické²", Level.MIXED), ("wické²", Level.NAME),
    ],
)  # fmt: skip
def test_a_word_of_letters_digits_and_signs(word: str, found: Level) -> None:
    assert level(word) is found


@pytest.mark.parametrize(
    ("word", "inner"),
    [
        ("Lantern24", "Lantern24"), ('"(Lantern24)",', "Lantern24"), ("**Lantern24**", "Lantern24"),
        ("__Lantern24!__", "Lantern24"), ("Lantern24*", "Lantern24*"), ("Lantern24_", "Lantern24_"),
        ("Lantern24****", "Lantern24"), ("...", ""),
    ],
)  # fmt: skip
def test_the_punctuation_around_a_word_is_taken_off(word: str, inner: str) -> None:
    assert core(word) == inner


@pytest.mark.parametrize(
    ("text", "found"),
    [("****", True), ("…", True), ("your_password", True), ("<oil lamp>", True), ("${LAMP}", True),
     ("Lantern24", False), ("**Lantern", False)],
)  # fmt: skip
def test_a_mask_is_the_place_of_a_value(text: str, found: bool) -> None:
    assert is_mask(text) is found


@pytest.mark.parametrize(
    ("word", "found"),
    [("rob@mill.example", True), ("rob@localhost", True), ("www.mill", True), ("mill.coop", True),
     ("lantern.pdf", True), ("lantern", False), ("rob@lantern", False)],
)  # fmt: skip
def test_an_address_is_of_the_mail_or_the_web_or_a_file(word: str, found: bool) -> None:
    assert is_address(word) is found


@pytest.mark.parametrize(
    ("word", "found"),
    [("mill.office", True), ("rob_west", True), ("ro_we", True), ("r_well", True), ("rowe_a", True), ("rowea_", False),
     ("_mill", False), ("r_we", False), ("Mill.office", False), ("milloffice", False), ("mill.com", False)],
)  # fmt: skip
def test_a_user_name_is_joined_inside_and_is_no_address(word: str, found: bool) -> None:
    assert is_user_like(word) is found


def test_a_digest_is_opaque_and_what_is_left_of_one_is_veiled() -> None:
    assert is_opaque("0123456789abcdef")
    assert not is_opaque("0123456789abcde")
    assert is_veiled("q12Z+/=")
    assert not is_veiled("1234")
    assert not is_veiled("q12x")


@given(st.text("abz09./_-", min_size=3, max_size=24))
@example("chrome/browser/net/url_fetcher.cc")
@example("energy.coop/bills/2026")
@example("user/pass")
@example("qq/q")
@example("a1/b")
@example("a/b/")
def test_a_path_is_as_plain_as_the_long_way_says(word: str) -> None:
    short = level(word)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shape, "_PATH", re.compile("(?!)"))
        assert level(word) == short
