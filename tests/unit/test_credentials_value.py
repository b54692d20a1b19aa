"""Whether what stands behind a label is a value: each reason against it, and the value that stands beside it."""

import pytest

from broker.credentials import value

SIX = "copper lantern walnut river saddle cloud"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        # what has names of its own, or is the next label of a form
        ("{Lantern24", None), ("  {Lantern24", None), ("username:", None), ("Lantern24=", None), ("...", None),
        ("", None),
        ("q1q2Z3q4=", "q1q2Z3q4="), ("Lantern24", "Lantern24"), ("  'Lantern24'", "Lantern24"),
        ("tractor&user=ada of the mill by the old road", "tractor"), ('Lantern24","user', "Lantern24"),
        ('Lantern24"} or "Wick9"}', "Lantern24"), ("Lantern24; user=ada", "Lantern24"),
        # what a person wrote in place of a value
        ("tachado", None), ("tachado lamp", "tachado"), ("*tachado lamp", None), ("tachado* lamp", None),
        ("tachado&user=ada", None), ("tachado\nlamp lantern", None), ("tachado&Lantern24", None),
        ("Lantern24&tachado", "Lantern24&tachado"), ("(hidden)", None), ("<crossed out>", None),
        # the place of a value
        ("your_password!", None), ("type here password\nLantern24", None), ("%3Cyour%20password%3E", None),
        ("Lantern%2124", "Lantern%2124"), ("****", None),
        # one line, and what comes later in it
        ("tractor\nis the one", "tractor"), ("the lamp Lantern24", "Lantern24"), ('the lamp "Lantern24"', None),
        ("the lamp lantern24", None), ("the lamp\nLantern24", None),
    ],
)  # fmt: skip
def test_what_a_label_with_a_separator_states(rest: str, said: str | None) -> None:
    assert value.stated(rest) == said


@pytest.mark.parametrize(
    ("word", "line", "found"),
    [
        ("Lantern24", "the Lantern24", True), ("lantern24", "lantern24 of the mill", True),
        ("Lantern24.pdf", "Lantern24.pdf", True), ("lantern24.pdf", "lantern24.pdf", False),
        ("mill.coop", "mill.coop", False), ("a" * 64, "a" * 64, True), ("a" * 65, "a" * 65, False),
        ("password", "password", False), ("username", "username", False), ("tractor", "tractor", True),
        ("the", "the copper lantern", True), ("the", "the copper", False), ("the", "the copper is", False),
        ("short", "short", False), ("meter", "meter", True), ("meter", "meter lamp", False),
        ("tractor", "tractor lamp", True), ("abc", "abc", True), ("ab", "ab", False),
        ("123", "123", False), ("1234", "1234", True), ("1" * 12, "1" * 12, True), ("1" * 13, "1" * 13, False),
        ("1234", "1234 digits", False), ("1234", "1234 lamps", True), ("12345", "12345 days.", False),
        ("tractor", "tractor of the mill", False),
    ],
)  # fmt: skip
def test_a_word_is_a_value_or_is_none(word: str, line: str, found: bool) -> None:
    assert value._is_value(word, line) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("copper lantern walnut", True), ("copper lantern", False), (SIX, True), (f"{SIX} meadow", False),
        ("the copper lantern", True), ("copper the lantern walnut", False), ("copper lantern the", False),
        ("copper 5 lantern", False), ("copper lantern short", False), ("'copper', 'lantern', 'walnut'", True),
        ("no copper, lantern walnut meadow", False),  # what begins with a no and goes on behind a comma denies
        ("copper lantern, walnut meadow", True),
    ],
)  # fmt: skip
def test_a_recited_phrase_is_of_three_to_six_plain_words(line: str, found: bool) -> None:
    assert value._recited(line) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("1234", True), ("1234.", True), ("1234 digits", False), ("1234, hours", False), ("1234 lamps", True),
        ("1234 of digits", True), ("1234 lamps of days", True),
    ],
)  # fmt: skip
def test_a_number_that_counts_something_is_no_value(line: str, found: bool) -> None:
    assert value._ends_or_cut(line, "1234") is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", False), ("copper", True), (SIX, True), (f"{SIX} meadow", False), (f"{SIX}, meadow and more", True),
        ("copper the lantern", False), ("copper. The lantern is his", True), ("copper  is the lantern", True),
        ("walking stick", False), ("walking 5x", False), ("bring lamps", False), ("king", True), ("landed", False),
        ("lamp landed", True), ("wick9ed", True), ("walk", True), ("lantern", True), ("landed; walnut; river", False),
    ],
)  # fmt: skip
def test_a_phrase_is_a_few_words_and_no_sentence(line: str, found: bool) -> None:
    assert value._phrase(line) is found


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("lamp " * 9 + "Lantern24", "Lantern24"), ("lamp " * 10 + "Lantern24", None),
        ("lamp (Lantern24), oil", "Lantern24"),
        ("lamp lantern24", None), ("lamp www.mill,Lantern24,oil", None), ("Lantern24 Wick!Oil9", "Lantern24"),
    ],
)  # fmt: skip
def test_a_value_may_come_later_in_its_line(line: str, word: str | None) -> None:
    assert value._later(line) == word


@pytest.mark.parametrize(
    ("line", "found"),
    [("hidden)", True), ("is hidden]", True), ("crossed all out>", True), ("hidden", False), ("walnut)", False),
     ("a b c hidden)", False), ("hidden, lamp", True),
     # begun with a word that sends elsewhere or denies, and not that word alone, nor a list
     ("not given)", True), ("see the note]", True), ("vea nota>", True), ("unknown yet)", True), ("see)", False),
     ("not given, lamp", False), ("given not)", False), ("copper lamp)", False)],
)  # fmt: skip
def test_a_remark_stands_in_brackets(line: str, found: bool) -> None:
    assert value._is_remark(line) is found


def test_the_first_line_is_what_stands_before_the_first_break() -> None:
    assert value.line_of(" lamp \noil\nwick") == "lamp"
    assert value.line_of("lamp") == "lamp"
