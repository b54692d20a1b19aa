"""What docs/scaling.md quotes stands on the page that it names, and its sums are right."""

import re

from tests.environment import ROOT

TEXT = (ROOT / "docs" / "scaling.md").read_text()
YEAR = 365 * 86400


def table(title: str) -> list[list[str]]:
    """Give the rows of the table under a heading."""
    part = TEXT.split(f"## {title}", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return rows[2:]


def number(text: str) -> float:
    """Read the number at the beginning of a cell."""
    found = re.match(r"[\d,.]+", text)
    assert found, text
    return float(found[0].replace(",", ""))


def test_each_measured_figure_stands_where_it_is_quoted_from() -> None:
    rows = table("Measured")
    assert len(rows) >= 10
    for _what, figure, command, page in rows:
        said = (ROOT / "docs" / page).read_text()
        assert re.search(rf"(?<![\d,.]){re.escape(figure.split()[0])}(?![\d,])", said), (figure, page)
        assert command.strip("`").removeprefix("./run bench ").split()[0] in said, command


def test_the_sums_are_right() -> None:
    measured = {what: number(figure) for what, figure, *_more in table("Measured")}
    assumed = {what: number(figure) for what, figure, _why in table("Assumed")}
    said = {what: number(figure) for what, figure in table("Worked out")}
    permissions, years = assumed["permissions in force"], assumed["years kept"]
    entries = permissions * assumed["entries of a permission in a year"]
    size = entries * measured["an event stored, PostgreSQL"] / 1e9
    peak = entries / YEAR * assumed["peak beside the mean"]
    verify = entries / measured["an event verified, PostgreSQL"] / 60
    letters = permissions * assumed["letters of a permission in a year"]
    reads = permissions * assumed["reads of a permission in a year"] / YEAR * assumed["peak beside the mean"]
    worked = {
        "entries in a year": entries,
        "entries a second, mean": entries / YEAR,
        "entries a second, peak": peak,
        "of what paced writers reached, at the peak": 100
        * peak
        / measured["events written by paced writers, PostgreSQL"],
        "entries stored in a year": size,
        "entries stored in seven years": size * years,
        "a whole verification after one year": verify,
        "a whole verification after seven years": verify * years,
        "letters, processor time in a year": letters * measured["a letter made, sealed and checked"] / 3600,
        "letters stored in a year": letters * measured["a letter's file"] / 1e9,
        "reads a second, peak": reads,
        "cores for these reads": reads * measured["a read of data, processor time"] / 1000,
        "answers of one co-op's desk in a year": letters / 900,
    }
    assert said.keys() == worked.keys()
    for what, figure in worked.items():
        assert abs(said[what] - figure) <= max(0.06, 0.006 * figure), (what, figure)
