"""What a picture is: SVG with a title and a description, the table beside it, and the files of both (rules)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from consents import csv_cells

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
INK, PALE, FRAME = "#1b1b1b", "#d6dfe9", "#71767a"
WIDTH = 800


class Svg(str):
    """Markup whose every text is escaped already: a template writes it as it stands."""

    __slots__ = ()

    def __html__(self) -> str:
        """Say so to the template engine."""
        return str(self)


@dataclass(frozen=True)
class Table:
    """Rows under a head, all of them text."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_csv(self) -> str:
        """Give the rows as a file for other programs; no cell is a formula."""
        return csv_cells.table([self.head, *self.rows])

    def labelled(self) -> list[list[tuple[str, str]]]:
        """Give each row as (head, cell): on a narrow screen the head stands before its cell."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Picture:
    """One picture.

    `name`: a part of a file's name, the same for the same kind of picture. `table` stands beside it; `data` is what its
    CSV holds, the same or finer.
    """

    name: str
    title: str
    description: str
    svg: Svg
    table: Table
    data: Table

    def as_file(self) -> str:
        """Give the picture as an SVG file that stands by itself."""
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n'


def svg(ident: str, height: int, title: str, description: str, parts: Iterable[str], patterns: str = "") -> Svg:
    """Put markup together; `ident` begins every id in it, so that several pictures may stand on one page."""
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="{ident}-t {ident}-d" font-family="{FONT}" font-size="13" '
        f'fill="{INK}"><title id="{ident}-t">{escape(title)}</title><desc id="{ident}-d">{escape(description)}</desc>'
        f'<defs>{patterns}</defs><rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def hatch(ident: str, colour: str, under: str = "#fff") -> str:
    """Give a pattern of slanted lines: what is missing is told by texture, not by colour alone."""
    return (
        f'<pattern id="{ident}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="{under}"/><rect width="2" height="6" fill="{colour}"/></pattern>'
    )


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Give a text at a place."""
    return f'<text x="{place(x)}" y="{place(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """Give a rectangle; `more` are further attributes of ours."""
    return (
        f'<rect x="{place(x)}" y="{place(y)}" width="{place(width)}" height="{place(height)}" fill="{fill}"'
        f"{' ' + more if more else ''}/>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Give a thin line."""
    return f'<line x1="{place(x1)}" y1="{place(y1)}" x2="{place(x2)}" y2="{place(y2)}" stroke="{colour}"/>'


def place(value: float) -> str:
    """Write a coordinate with at most one digit after the point."""
    return f"{value:.1f}".removesuffix(".0")


def every(count: int, most: int) -> int:
    """Give of how many names one is written, so that at most `most` stand side by side."""
    return max(1, -(-count // most))


def rows(made: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Give rows as a table keeps them."""
    return tuple(tuple(row) for row in made)
