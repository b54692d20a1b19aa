"""Words that are marked the short way are marked as they are the long way, and what is kept of them is our own."""

import inspect
import itertools
import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broker.credentials import labels, marks, scan, shape, signs, tokens, words
from broker.credentials.labels import label_of, maybe_label
from broker.credentials.shape import EMAIL, Level
from broker.credentials.tokens import Doc
from tests.unit.test_credentials_quick import TEXTS

WORDS = sorted({word for text in TEXTS for word in re.findall(r"[^\s|]+", text)})
FAR = ("пароль", "ПАРОЛЬ", "password\u0436", "п\u0430ssword", "клаvе", "кот", "中文", "中文字", "한글말", "ά\u03bbφα")
NEAR = ("contraseña", "Ñandú", "\u212aey", "ﬁn", "naïve", "\u0301ab", "ſet", "İst", "Ωhm", "ǆin")


def _in_full(word: str) -> marks.Mark:
    return marks._bare(word) if word.isascii() and word.isalpha() else marks._in_full(word, marks._Named())


def test_each_word_is_marked_as_it_would_be_alone() -> None:
    different = dict.fromkeys([*WORDS, *FAR, *NEAR])
    known, speaking = marks.marked(different)
    assert len(different) > 10_000
    assert {word: known[word] for word in different if known[word] != _in_full(word)} == {}
    assert len(set(speaking)) == len(speaking)
    silent = [known[word] for word in different.keys() - set(speaking)]
    assert len(silent) > 1_000
    for made in silent:
        assert (made.level < Level.NAME, made.label, made.labels) == (True, None, ())
        assert not any((made.user, made.access, made.place))
        assert EMAIL.search(made.core) is None


@pytest.mark.parametrize("count", [marks.MANY - 1, marks.MANY])
def test_of_many_words_those_that_are_not_plain_are_the_same(count: int) -> None:
    theirs = [word for word in [*FAR, *NEAR, *WORDS] if word not in marks._public]
    for at in range(0, len(theirs), count):
        some = theirs[at : at + count]
        found = marks._not_plain(some)
        missed = {word for word in some if not marks._is_plain(word)} - set(found)
        assert len(found) == len(set(found))
        assert not any(map(marks._is_plain, found))
        assert not missed or len(some) == marks.MANY
        assert [word for word in missed if not marks._is_quiet(marks.mark(word))] == []


_OF_NAMES = (
    "password pass Pass pin Pin PW pwd clave user User login in on log co op Clave old Old field name code e a x IS"
)


@given(
    st.lists(st.sampled_from([*_OF_NAMES.split(), *".,;:(){}[]<>/\\'\"`?=&_-"]), min_size=1, max_size=9).map("".join)
)
@example("myPin(")
@example("user-name")
@example("cLave")
@example("ab=cd")
@example("Cider-Press")
@example("Old_field")
@example("because,")
def test_of_a_quiet_name_nothing_is_asked_and_nothing_is_kept(word: str) -> None:
    if not marks._not_quiet([word]):
        made = marks.mark(word)
        assert marks._is_quiet(made)
        assert not (
            made.word in marks._PUBLIC and word.startswith(made.core) and word[len(made.core) :] in marks._BEHIND
        )


def test_most_names_of_programs_are_quiet() -> None:
    program = [word for word in re.findall(r"\S+", inspect.getsource(re)) if not word.isalpha()]
    assert len(marks._not_quiet(program)) < len(program) * 0.7


@given(st.lists(st.text("pasworcdeintz", min_size=1, max_size=14), min_size=1, max_size=9))
@example(["loginpw", "kettle", "passfrase"])
def test_of_many_words_each_that_may_name_a_secret_is_told(several: list[str]) -> None:
    assert labels.maybe_labels(several) >= {word for word in several if maybe_label(word)} - labels.NAMED


def test_of_many_words_most_are_not_told() -> None:
    asked = {word for word in map(str.lower, WORDS) if word.isascii() and word.isalpha()}
    told = labels.maybe_labels(asked) - labels.NAMED
    assert told <= asked
    assert len(told) < len(asked) // 4


@pytest.mark.parametrize(
    "text",
    [
        "The outage, at 3|4 pm: see 12.50,44 or  rob77's\u2003kettle of MO.\n" * 700,
        "\n".join(WORDS),
        " ".join(f"{number:06},Kettle{number % 7}" for number in range(3_000)),
    ],
)
def test_the_words_of_a_long_text_are_those_of_it_however_they_are_asked_for(text: str) -> None:
    assert len(text) > tokens.PAGES
    doc = Doc(text, "csv_upload")
    assert not isinstance(doc.tokens, list)
    each = [doc.tokens[at] for at in range(len(doc.tokens))]
    assert each == [(m.start(), m.end(), m[0], marks.mark(m[0])) for m in re.finditer(r"[^\s|]+", text)]
    assert list(doc.tokens) == each
    assert doc.tokens[7:19] == each[7:19]
    assert doc.tokens[-3:] == each[-3:]
    assert doc.tokens[-1] == each[-1]
    with pytest.raises(IndexError):
        doc.tokens[len(each)]
    assert doc.entries == [at for at, token in enumerate(each) if token.mark.access or token.mark.place]
    assert doc.mailed == [at for at, token in enumerate(each) if "@" in token.text]
    assert doc.shaped == [at for at, token in enumerate(each) if token.mark.level >= Level.NAME]
    assert doc.labelled == [at for at, token in enumerate(each) if token.mark.label]
    assert doc.bag == frozenset(re.findall(r"[^\W_]+", text.lower()))


def test_a_short_texts_words_are_put_together_at_once() -> None:
    assert isinstance(Doc("k" * tokens.PAGES, "web_form").tokens, list)


@pytest.mark.parametrize(
    "word", [*FAR, *NEAR, "ab", "abc", "a" * 64, "a" * 65, "products", "pasword", "entity", "user"]
)
def test_a_plain_word_is_marked_as_any_word_is(word: str) -> None:
    assert not marks._is_plain(word) or marks._mark_of_plain(word) == _in_full(word)


def test_most_words_of_a_stranger_are_plain() -> None:
    plain = ["entity", "products", "Ibragimov", "кот", "中文字"]
    assert all(map(marks._is_plain, plain))
    others = ["ab", "the", "user", "portal", "pin", "pasword", "loginpw", "contraseña", "a1b", "İst", "\u212aey"]
    assert [word for word in others if marks._is_plain(word)] == []


@given(st.text(string.ascii_letters + "ñéа中.,;?!\"'()[]-:=/&>", min_size=1, max_size=14))
@example("entity.")
@example('"entity"')
@example("(entity)")
@example("entity,")
@example("p/w.")
def test_a_word_between_signs_is_marked_as_any_word_is(word: str) -> None:
    assert marks._dressed(word, marks._Named()) == marks._in_full(word, marks._Named())


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
    monkeypatch.setattr(marks, "_public", {})
    Doc("the portal", "web_form")
    assert len(marks._public) == 2
    monkeypatch.setattr(marks, "MOST_KEPT", 3)
    Doc("page bill meter", "web_form")
    assert len(marks._public) == 3


SHAPES = "q4Zz.-_:=#(a9Xxmy PA@*+/,%~$<{[•"


@given(st.text(SHAPES, min_size=1, max_size=18))
@example("sha256:ab")
@example("0123456789abcdef")
@example("%(name)s")
@example("enter_password")
@example("q9+Z==")
@example("Z9+/")
def test_what_a_word_cannot_be_by_its_first_sign_it_is_not(word: str) -> None:
    masked = shape._MASK.fullmatch(word) is not None or shape._TEMPLATE.fullmatch(word) is not None
    assert shape.is_mask(word) is masked
    assert shape.is_opaque(word) is (shape._LONG_HEX.fullmatch(word) is not None)
    assert shape.is_veiled(word) is (shape._VEILED.fullmatch(word) is not None)
    if word[0] in string.ascii_letters:
        assert shape._NUMBER.fullmatch(word) is None
    if word[0] in string.ascii_lowercase:
        assert shape._ID.fullmatch(word) is None
    if shape._SETS.isdisjoint(word):
        assert shape._SETTING.match(word) is None
    if not word[0].isupper():
        assert shape._JOINED.fullmatch(word) is None
    if not word[-1].isdigit():
        assert shape._WORD_NUMBER.fullmatch(word) is None


@given(st.text("abZ9_-é", max_size=30))
@example("chrome_browser_form")
@example("a_b_c")
@example("aZ" * 10 + "a" + "Z" * 29)
def test_a_run_of_small_letters_is_none_of_chance(text: str) -> None:
    kinds = [0 if each.islower() else 1 if each.isupper() else 2 if each.isdigit() else 3 for each in text]
    steps = sum(one != other for one, other in itertools.pairwise(kinds))
    assert shape.is_of_chance(text) is (steps > shape.MOST_CHANGES * len(text))


@given(st.text("pasworcdehkz_-. WPñ", max_size=14))
@example("password")
@example("pass-word")
@example("webPassword")
def test_a_name_of_small_letters_is_one_word(name: str) -> None:
    whole = labels._TWO_WORDS.sub(lambda match: match[1] + match[2].lower(), name)
    assert labels.named(name) == labels._HUMP.sub(" ", whole).strip()


@given(st.text("paswordcefhinkzutgymoñ", min_size=6, max_size=13))
@example("kontraseña")
@example("pasguord")
@example("passfraze")
@example("psswod")
@example("kguontrasena")
@example("pssfrase")
def test_a_misspelt_word_may_be_one_by_its_letters(word: str) -> None:
    heard = word
    for written, said in labels._SOUNDS:
        heard = heard.replace(written, said)
    by_ear = heard != word and labels._is_near(heard)
    slow = labels._is_near(word) or by_ear or any(labels.near(heard, right, 1) for right in labels._BY_EAR)
    assert labels._misspelt(word) is (slow and word not in words.NOT_FUZZY)


_ENDS = re.compile(r"(?<=[\w$@!-])(?=[\"'\[\])]{0,3}(?:[:=(]|->))")
_NAME = re.compile(r"[\w$@!-]{2,40}\Z")


def _glued_names(word: str) -> list[tuple[int, str]]:
    """Give the names to which values are glued, each looked for from its end: the slow way."""
    found = [_NAME.search(word, max(0, ends.start() - 40), ends.start()) for ends in _ENDS.finditer(word)]
    return [(match.end(), match[0]) for match in found if match is not None]


@given(st.text("pwsin-_$@!19\"'[]():=>,/é", max_size=50))
@example("a" * 60 + "=b")
@example('{"pw":"x"}')
@example("x-->y->[z]:=")
def test_names_found_backwards_are_those_found_forwards(word: str) -> None:
    back = [(len(word) - m.start(1), m[1][::-1]) for m in marks._NAME_BACK.finditer(word[::-1])]
    assert back[::-1] == _glued_names(word)


@given(st.text("ab:=/,|&?\"'{}()[]<>;-", max_size=20))
def test_the_last_glued_piece_is_what_stands_behind_the_last_sign(word: str) -> None:
    assert marks._last_glued(word) == re.split(r"[:=/,|&?\"'{}()\[\]<>;]+", word)[-1]
