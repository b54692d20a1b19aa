"""A bill's name line: who is named in it, and whose typed name fits it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consents.joint.names import lines_agree, names_a_holder, others, read

TWO = [
    ("JAMES R OR BETTY SMITH", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES R AND BETTY SMITH", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES R & BETTY SMITH", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES&BETTY SMITH", ["JAMES SMITH", "BETTY SMITH"]),
    ("James or Betty Smith", ["JAMES SMITH", "BETTY SMITH"]),
    ("JAMES AND/OR BETTY SMITH", ["JAMES SMITH", "BETTY SMITH"]),
    ("JAMES / BETTY SMITH", ["JAMES SMITH", "BETTY SMITH"]),
    ("JAMES + BETTY SMITH", ["JAMES SMITH", "BETTY SMITH"]),
    ("JAMES SMITH OR BETTY JONES", ["JAMES SMITH", "BETTY JONES"]),
    ("JAMES R SMITH JR OR BETTY SMITH", ["JAMES R SMITH JR", "BETTY SMITH"]),
    ("JAMES R SMITH, JR. & BETTY SMITH", ["JAMES R SMITH JR", "BETTY SMITH"]),
    ("JAMES III OR BETTY ANN SMITH", ["JAMES SMITH III", "BETTY ANN SMITH"]),
    ("SMITH, JAMES R & BETTY", ["JAMES R SMITH", "BETTY SMITH"]),
    ("SMITH JAMES R & BETTY", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES SMITH & BETTY", ["JAMES SMITH", "BETTY SMITH"]),
    ("MR JAMES & MRS BETTY SMITH", ["JAMES SMITH", "BETTY SMITH"]),
    ("JOSÉ R OR MARÍA DE LA CRUZ", ["JOSE R CRUZ", "MARIA DE LA CRUZ"]),
    ("JAMES R OR BETTY SMITH % ANN JONES", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES R OR BETTY SMITH C/O ANN JONES", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES R OR BETTY SMITH JT TEN", ["JAMES R SMITH", "BETTY SMITH"]),
    ("JAMES  R   OR\tBETTY O'NEIL-SMITH", ["JAMES R O'NEIL-SMITH", "BETTY O'NEIL-SMITH"]),
]
ONE = [
    "JAMES R SMITH", "BETTY SMITH", "SMITH, JAMES R", "JAMES R SMITH JR", "JAMES SMITH % BETTY JONES",
    "JAMES SMITH C/O BETTY JONES", "AMANDA ORTEGA", "ANDY ORR", "SANDRA LANDOR", "ROSE ANDERSON", "JAMES Y SMITH",
    "JAMES SMITH DBA SMITH AND SMITH", "SMITH & SONS LLC", "B & B FARMS", "JOHNSON AND JOHNSON INC",
    "ESTATE OF JAMES AND BETTY SMITH", "JAMES & BETTY SMITH FAMILY TRUST", "ST PETER AND ST PAUL CHURCH", "SMITH BROS",
]  # fmt: skip
SOMEBODY_MORE = [
    "JAMES R SMITH OR", "JAMES R SMITH &", "MR & MRS JAMES SMITH", "MR. AND MRS. JAMES SMITH", "JAMES SMITH ET UX",
    "JAMES SMITH ET AL", "JAMES SMITH AND WIFE", "JAMES SMITH & SPOUSE",
]  # fmt: skip


@pytest.mark.parametrize(("line", "names"), TWO)
def test_two_holders_are_read_in_order_each_with_a_surname(line: str, names: list[str]) -> None:
    found = read(line)
    assert [each.name for each in found.holders] == names
    assert found.is_joint
    assert not found.body


@pytest.mark.parametrize("line", ONE)
def test_one_holder_stays_one(line: str) -> None:
    assert not read(line).is_joint
    assert len(read(line).holders) == 1


@pytest.mark.parametrize("line", SOMEBODY_MORE)
def test_a_holder_who_is_not_named_is_still_one_more(line: str) -> None:
    found = read(line)
    assert found.unnamed
    assert found.is_joint
    assert len(found.holders) == 1


def test_three_holders() -> None:
    found = read("JAMES, BETTY AND ANN SMITH")
    assert [each.name for each in found.holders] == ["JAMES SMITH", "BETTY SMITH", "ANN SMITH"]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Betty Smith", "JAMES R OR BETTY SMITH"),
        ("James Smith", "JAMES R OR BETTY SMITH"),
        ("James R. Smith", "JAMES R OR BETTY SMITH"),
        ("James Robert Smith", "JAMES R OR BETTY SMITH"),
        ("Mrs. Betty Smith", "JAMES R OR BETTY SMITH"),
        ("James R or Betty Smith", "JAMES R OR BETTY SMITH"),
        ("james smith jr", "JAMES R SMITH JR & BETTY SMITH"),
        ("Maria Garcia", "JOSÉ OR MARÍA GARCÍA"),
        ("James R Smith", "SMITH JAMES R"),
        ("James R Smith", "SMITH JAMES R & BETTY"),
        ("Betty Smith", "SMITH, JAMES R & BETTY"),
        ("SMITH & SONS LLC", "SMITH & SONS LLC"),
    ],
)
def test_a_holder_is_known_by_the_own_name(typed: str, line: str) -> None:
    assert names_a_holder(typed, line)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Ann Smith", "JAMES R OR BETTY SMITH"),
        ("Betty Jones", "JAMES R OR BETTY SMITH"),
        ("James T Smith", "JAMES R OR BETTY SMITH"),
        ("Smith", "JAMES R OR BETTY SMITH"),
        ("Betty", "JAMES R OR BETTY SMITH"),
        ("", "JAMES R OR BETTY SMITH"),
        ("Ann Jones", "JAMES SMITH % ANN JONES"),
        ("James Smith", "JAMES & BETTY SMITH FAMILY TRUST"),
        ("James Smith", ""),
    ],
)
def test_nobody_else_is(typed: str, line: str) -> None:
    assert not names_a_holder(typed, line)


def test_the_other_holder_is_the_one_who_did_not_sign() -> None:
    assert others("JAMES R OR BETTY SMITH", "Betty Smith") == ("JAMES R SMITH",)
    assert others("JAMES R OR BETTY SMITH", "James Smith") == ("BETTY SMITH",)
    assert others("JAMES R OR BETTY SMITH", "JAMES R OR BETTY SMITH") == ("BETTY SMITH",)
    assert others("BETTY SMITH", "Betty Smith") == ()


def test_two_lines_agree_when_they_share_a_holder() -> None:
    assert lines_agree("JAMES OR BETTY SMITH", "JAMES R OR BETTY SMITH")
    assert lines_agree("BETTY SMITH", "SMITH, JAMES R & BETTY")
    assert not lines_agree("CARL OR ANN SMITH", "JAMES R OR BETTY SMITH")


@given(st.text(max_size=300))
@example("0,.")
@example("SMITH, -")
def test_any_text_is_read_and_never_fails(line: str) -> None:
    found = read(line)
    assert bool(found.holders) == bool(line.strip()) or not line.strip().isascii()
    assert not names_a_holder("", line)
    if line.strip() and len(line) <= 200 and found.holders:
        assert names_a_holder(line, line)


@given(st.sampled_from([line for line, _ in TWO]))
def test_reading_a_holder_again_gives_one_holder(line: str) -> None:
    assert all(len(read(each.name).holders) == 1 for each in read(line).holders)
