"""A column that is named for a secret is read to its last row, however many there are and however wide the table is."""

import pytest

from broker.credentials import scan

SECRET = "Thimble!Gravel8"


def table(rows: int, *, columns: int = 2, heading: str = "SmartHub password", cell: str = SECRET) -> str:
    """A table of readings, with one more column that is empty but in its last row."""
    heads = ",".join(["account", *(f"hour{number}" for number in range(1, columns)), heading])
    said = [
        ",".join(["40900017", *(str(number * row % 97) for number in range(1, columns)), ""]) for row in range(rows)
    ]
    return "\r\n".join([heads, *said, said[-1] + cell]) + "\r\n"


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (390, 2), (410, 2), (9_000, 2), (2, 100), (30, 400), (800, 100)])
def test_the_last_cell_of_a_column_is_read(rows: int, columns: int) -> None:
    text = table(rows, columns=columns)
    found = scan(text, "csv_upload")
    assert found is not None
    assert found.kind == "password"
    assert SECRET in text[found.start : found.end]  # of a long text the place may be a wide one


@pytest.mark.parametrize(
    ("rows", "columns", "heading", "cell"),
    [(9_000, 2, "SmartHub password", ""), (30, 400, "SmartHub password", ""), (9_000, 2, "note", "paid in May"),
     (30, 400, "hour 400", "17"), (30, 400, "password changed", "2026-05-01")],
)  # fmt: skip
def test_a_column_that_is_empty_or_holds_something_else_passes(
    rows: int, columns: int, heading: str, cell: str
) -> None:
    assert scan(table(rows, columns=columns, heading=heading, cell=cell), "csv_upload") is None


def test_rows_in_all_have_an_end() -> None:
    """Each heading has rows of its own; forty headings do not read a megabyte forty times."""
    many = ("account,kwh,password\r\n" + "4090,12.5,\r\n" * 60) * 38
    assert scan(f"{many}4090,12.5,{SECRET}\r\n", "csv_upload") is not None
