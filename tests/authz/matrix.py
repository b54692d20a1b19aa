"""Reads the declared matrix: for each address and method, what each kind of caller gets."""

from dataclasses import dataclass
from pathlib import Path

from tests.authz.paths import Place

FILE = Path(__file__).parent / "matrix.txt"
WORDS = {"ok", "state", "login", "start", "away", "404", "none", "401", "403", "405", "503"}


@dataclass(frozen=True)
class Row:
    """One address and method: the area that it stands in, and the word for each actor."""

    area: str
    name: str
    method: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Area:
    """A part of the site: its title and its rows."""

    name: str
    title: str
    actors: tuple[str, ...]
    rows: tuple[Row, ...]


def areas(text: str = "") -> list[Area]:
    """Read the file; ValueError for a line that says too little, too much or an unknown word."""
    found = []
    for part in (text or FILE.read_text()).split("\n== ")[1:]:
        head, columns, *lines = part.splitlines()
        name, _colon, title = head.partition(": ")
        actors = tuple(columns.split())
        found.append(Area(name, title, actors, tuple(_row(name, line, actors) for line in lines if line.strip())))
    return found


def declared() -> dict[tuple[str, str], Row]:
    """Give every row by the name of its address and its method."""
    rows = [row for area in areas() for row in area.rows]
    found = {(row.name, row.method): row for row in rows}
    if len(found) != len(rows):
        raise ValueError("a row stands there twice")
    return found


def row_of(place: Place, method: str, rows: dict[tuple[str, str], Row]) -> Row | None:
    """Give the row of an address: of its own table where one is declared, else that of all tables."""
    own = f"{place.name}/{place.table}"
    return rows.get((own, method)) or rows.get((place.name, method))


def _row(area: str, line: str, actors: tuple[str, ...]) -> Row:
    method, name, *words = line.split()
    if len(words) != len(actors) or not WORDS.issuperset(words):
        raise ValueError(f"not a row: {line}")
    return Row(area, name, method, dict(zip(actors, words, strict=True)))
