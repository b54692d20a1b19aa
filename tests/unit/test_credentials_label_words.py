"""Which words name a secret: each of its clothes, at its border, beside a word that looks like it and is none."""

import pytest

from broker.credentials import labelled, labels
from broker.credentials.labels import Label, fold, label_of, named, near
from broker.credentials.lexicon import CLASS_OF
from broker.credentials.model import COMMON
from broker.credentials.shape import Level
from broker.credentials.tokens import Doc


@pytest.mark.parametrize(
    ("word", "label"),
    [
        # the words themselves
        ("password", Label.STRONG), ("secret", Label.WEAK), ("pwd", Label.STRONG), ("pin", Label.PIN),
        ("otp", Label.CODE), ("lamp", None),
        ("", None),
        # a label at the end of a longer word
        ("smarthubpassword", Label.STRONG), ("loginpw", Label.STRONG), ("userpass", Label.STRONG),
        ("o" * 16 + "password", Label.STRONG), ("o" * 17 + "password", None), ("compass", None), ("ourpw", None),
        ("my4pass", None), ("lampass", None), ("mypass", Label.STRONG), ("web-pass", None),
        # a number behind it
        ("password2", Label.STRONG), ("pwd24", Label.STRONG), ("clave6", None), ("lamp2", None), ("secret2", None),
        # digits and signs in place of letters
        ("p4ss", Label.WEAK), ("pa$$word", Label.STRONG), ("p*a*s*s*w*o*rd", Label.STRONG), ("p*a*s*s*w*o*r*d", None),
        ("p*wd", None), ("otp5", None), ("p1n5", None), ("pa55wrod", Label.STRONG), ("pa55wr-od", None),
        ("p4ssed", None), ("p4ssport", None), ("l4ntern", None), ("455575", None),
        # misspelt
        ("passord", Label.STRONG), ("paword", Label.STRONG), ("pbssword", Label.STRONG), ("passcodd", Label.STRONG),
        ("passphrasd", Label.STRONG), ("passwodrs", Label.STRONG), ("pascodde", Label.STRONG),
        ("contrase", Label.STRONG), ("contrasn", Label.STRONG), ("contraxxna", Label.STRONG), ("contraxxxa", None),
        ("passort", None), ("pabbbword", None), ("cassword", None), ("passworl", None), ("passworb", None),
        ("passed", None), ("passport", None), ("postcode", None), ("pasta", None), ("contrato", None),
        # as it is heard
        ("pazfrase", Label.STRONG), ("passfrasa", Label.STRONG), ("pasfrasa", None), ("pasfras", None),
        ("pazzed", None), ("cnotrasena", Label.STRONG), ("cntorasena", None),
    ],
)  # fmt: skip
def test_a_word_and_what_it_names(word: str, label: Label | None) -> None:
    assert label_of(word) is label


@pytest.mark.parametrize(
    ("word", "found"),
    [("passed", False), ("pasta", False), ("contraxxxa", False), ("cassword", False), ("passworl", False),
     ("passord", True), ("contrase", True), ("kontrasena", True), ("pazwordz", True),
     ("kitchen", False), ("zapatos", False), ("tomahawk", False)],  # written otherwise by ear, and still no label
)  # fmt: skip
def test_a_misspelt_label_is_one_or_is_none(word: str, found: bool) -> None:
    assert labels._misspelt(word) is found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        # as no list has it: by a slip, by ear, with figures and signs for letters
        ("psword", True), ("passwort", True), ("passord", True), ("kontrasena", True), ("pazword", True),
        ("pa55word", True), ("pa$$word", True), ("p4ss", True), ("cl4ve", True), ("passwordd", True),
        # rightly written, with a number behind it, or two words
        ("password", False), ("clave", False), ("pass1", False), ("clave6", False), ("password2", False),
        ("password!", False), ("smarthubpassword", False), ("p4ss/word", False),
        # none, or not of this kind
        ("lamp", False), ("pin", False), ("otp", False), ("p1n", False), ("passed", False), ("", False),
    ],
)  # fmt: skip
def test_a_label_is_misspelt_where_no_list_has_it_so(word: str, found: bool) -> None:
    assert labels.is_misspelt(word) is found


@pytest.mark.parametrize(
    ("word", "right", "limit", "found"),
    [
        ("password", "password", 0, True), ("pasword", "password", 1, True), ("pasword", "password", 0, False),
        ("passwrod", "password", 1, True), ("apssword", "password", 1, True), ("passwodr", "password", 1, True),
        ("ab", "ba", 1, True), ("aab", "aba", 1, True), ("abc", "cab", 1, False), ("abc", "cab", 2, True),
        ("abcd", "badc", 2, True), ("abcd", "badc", 1, False), ("a", "b", 0, False), ("a", "aa", 1, True),
        ("", "ab", 1, False), ("", "ab", 2, True), ("ba", "ab", 0, False), ("aba", "bab", 1, False),
        ("aba", "bab", 2, True),
        ("aaaaaa", "aba", 3, False), ("aabbba", "bab", 3, False), ("aabbba", "bab", 4, True),
    ],
)  # fmt: skip
def test_letters_lost_added_changed_or_swapped_are_counted(word: str, right: str, limit: int, found: bool) -> None:
    assert near(word, right, limit) is found


@pytest.mark.parametrize(
    ("word", "folded"), [("Contraseña", "contrasena"), ("CLAVE", "clave"), ("Ünter", "unter"), ("straße", "straße")]
)
def test_a_word_is_folded(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize(
    ("name", "read"),
    [("webPassword", "web Password"), ("web_password", "web password"), ("pass_Word", "password"),
     ("PASS-CODE", "PASScode"), ("user[name]", "user name"), ("_pw_", "pw")],
)  # fmt: skip
def test_a_programs_name_is_read_as_words(name: str, read: str) -> None:
    assert named(name) == read


@pytest.mark.parametrize(
    ("value", "code"),
    [("123", False), ("1234", True), ("12345678", True), ("123456789", False), ("12-34", True), ("12 34", True),
     ("12a4", False), ("", False)],
)  # fmt: skip
def test_a_code_has_four_to_eight_digits(value: str, code: bool) -> None:
    assert labelled.is_code(value) is code


def walked(words: int) -> str:
    """So many words in which nothing ends and nothing is named."""
    return " ".join(["lamp"] * words)


@pytest.mark.parametrize(("between", "found"), [(14, True), (15, True), (16, False)])
def test_a_value_is_looked_for_as_far_behind_its_label_as_a_sentence_goes(between: int, found: bool) -> None:
    doc = Doc(f"password {walked(between)} Wick!Oil9", "web_form")
    assert doc.tokens[-1].mark.level is Level.MIXED
    assert (labelled._after(doc, 0, Label.STRONG) is not None) is found


@pytest.mark.parametrize(("between", "found"), [(5, True), (6, True), (7, False)])
def test_a_value_is_looked_for_a_shorter_way_before_its_label(between: int, found: bool) -> None:
    doc = Doc(f"Wick!Oil9 {walked(between)} password", "web_form")
    assert (labelled._before(doc, between + 1, Label.STRONG) is not None) is found


def test_only_what_our_own_words_name_is_kept() -> None:
    assert {"portal", "lamp"} & (CLASS_OF.keys() | COMMON)
    ours = [next(iter(CLASS_OF.keys() - COMMON)), next(iter(COMMON - CLASS_OF.keys()))]
    for word in (*ours, "zanzibarkettle", "pasfrasd"):
        label_of(word)
    assert labels._of_ours.keys() >= set(ours)
    assert not labels._of_ours.keys() & {"zanzibarkettle", "pasfrasd"}
