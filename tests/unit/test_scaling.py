"""What docs/scaling.md quotes stands in the result that it names, and its sums are right."""

import json
import re

from tests.environment import ROOT

TEXT = (ROOT / "docs" / "scaling.md").read_text()
YEAR = 365 * 86400


def table(title: str) -> list[list[str]]:
    """Give the rows of the table under a heading."""
    part = TEXT.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return rows[2:]


def number(text: str) -> float:
    """Read the number at the beginning of a cell."""
    found = re.match(r"[\d,.]+", text)
    assert found, text
    return float(found[0].replace(",", ""))


def figures() -> dict[str, float]:
    """Give every measured figure by what it is of."""
    return {what: number(figure) for what, figure, *_more in table("Measured: ") + table("Measured before: ")}


def test_each_measured_figure_stands_where_it_is_quoted_from() -> None:
    rows = table("Measured: ")
    assert len(rows) >= 8
    for what, figure, file, row in rows:
        results = json.loads((ROOT / file.strip("`")).read_text())["results"]
        (found,) = (each for each in results if each["what"].strip() == row)
        shown, unit = figure.split(" ", 1)
        places = len(shown.partition(".")[2])
        assert (round(found["value"], places), found["unit"]) == (number(shown), unit), what


def test_a_figure_without_a_result_stands_on_its_page_until_there_is_one() -> None:
    """Some benchmarks want a quiet machine for long; once such a result is committed, it is what is quoted."""
    for what, figure, command, page in table("Measured before: "):
        name = command.strip("`").removeprefix("./run bench ").split()[0]
        assert not (ROOT / "docs" / "bench" / f"{name}.json").exists(), what
        said = (ROOT / "docs" / page).read_text()
        assert re.search(rf"(?<![\d,.]){re.escape(figure.split()[0])}(?![\d,])", said), (figure, page)


def test_the_sums_are_right() -> None:
    measured = figures()
    assumed = {what: number(figure) for what, figure, _why in table("Assumed")}
    said = {what: number(figure) for what, figure in table("Worked out")}
    permissions, years = assumed["permissions in force"], assumed["years kept"]
    entries = permissions * assumed["entries of a permission in a year"]
    size = entries * measured["an event stored, PostgreSQL"] / 1e9
    peak = entries / YEAR * assumed["peak beside the mean"]
    verify = entries / measured["an event verified, PostgreSQL"] / 60
    letters = permissions * assumed["letters of a permission in a year"]
    reads = permissions * assumed["reads of a permission in a year"] / YEAR * assumed["peak beside the mean"]
    pages = permissions * assumed["pages of a permission in a year"] / YEAR * assumed["peak beside the mean"]
    dearest = max(measured[what] for what, *_more in table("Measured: ") if what.startswith("a page"))
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
        "cores for these reads": reads * measured["a read of data"] / 1000,
        "pages a second, peak": pages,
        "cores for these pages, each as dear as the dearest": pages * dearest / 1000,
        "answers of one co-op's desk in a year": letters / 900,
    }
    assert said.keys() == worked.keys()
    for what, figure in worked.items():
        assert abs(said[what] - figure) <= max(0.06, 0.006 * figure), (what, figure)
