"""One way to write a full name, whatever it was typed with."""

import pytest

from broker.parties import full_names


@pytest.mark.parametrize(
    "typed",
    [
        "Olga Officer", " Olga  Officer ", "Olga\N{NO-BREAK SPACE}Officer", "Olga\tOfficer",
        "Ol\N{SOFT HYPHEN}ga Officer", "Olga \N{ZERO WIDTH SPACE} Officer", "\N{RIGHT-TO-LEFT MARK}Olga Officer",
        "\N{FULLWIDTH LATIN CAPITAL LETTER O}lga Officer", "Olga O\N{LATIN SMALL LIGATURE FFI}cer",
    ],
)  # fmt: skip
def test_a_name_is_written_in_one_way(typed: str) -> None:
    assert full_names.plain(typed) == "Olga Officer"
    assert full_names.plain(full_names.plain(typed)) == "Olga Officer"


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("Olga Officer", False),
        ("\N{CYRILLIC CAPITAL LETTER O}lga Officer", True),
        ("Olga \N{GREEK CAPITAL LETTER OMICRON}fficer", True),
        ("José Núñez-O'Hara", False),
        ("Ольга Иванова", False),
        ("山田 Hanako", False),
        ("", False),
    ],
)
def test_letters_that_look_alike_are_of_one_script(name: str, mixed: bool) -> None:
    assert full_names.is_mixed(name) == mixed
