"""Tables for other people's programs: a head, values with where they came from, and no formula in any cell."""

import csv
import io
from typing import Any

import pytest

from requests_app.api import examples
from requests_app.exports import tables


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def with_cell(name: str, value: str) -> dict[str, Any]:
    one = examples.READINGS["series"][0]
    return {**examples.READINGS, "series": [{**one, "readings": [{**one["readings"][0], name: value}]}]}


def test_a_value_stands_beside_where_it_came_from() -> None:
    [row] = rows(tables.readings(examples.READINGS))
    source = examples.SOURCE
    assert list(row) == list(tables.READINGS)
    assert (row["start"], row["value"], row["unit"], row["row"]) == ("2025-10-19T00:00-05:00", "49.600", "kWh", "7")
    for name in ("file", "file_sha256", "channel", "came_by", "consent", "importer"):
        assert row[name] == source[name]
    assert (row["importer_version"], row["cut_from_sha256"]) == ("3", "")


def test_what_another_file_says_is_named_with_that_file() -> None:
    one = examples.READINGS["series"][0]
    other = {**examples.SOURCE, "file_sha256": "00" * 32}
    reading = {**one["readings"][0], "quality": "flagged", "also": [1], "revisions": [{"value": "50", "source": 1}]}
    shown = {"series": [{**one, "sources": [examples.SOURCE, other], "readings": [reading]}]}
    [row] = rows(tables.readings(shown))
    assert row["also_in_sha256"] == "00" * 32
    assert row["others_say"] == f"50 ({'00' * 32})"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    [row] = rows(tables.readings(with_cell("quality", f"{start}cmd|' /C calc'!A0")))
    assert row["quality"].startswith("'")


@pytest.mark.parametrize("number", ["-11.000", "0", "49.600", "-3"])
def test_a_number_is_a_number_also_with_a_minus(number: str) -> None:
    [row] = rows(tables.readings(with_cell("value", number)))
    assert row["value"] == number


def test_an_unreadable_bill_has_its_days_and_no_figure() -> None:
    good, bad = rows(tables.bills(examples.BILLS))
    assert (good["total"], good["usage_kwh"], good["quality"], good["page"]) == ("142.17", "1204", "as_read", "1")
    assert (bad["from"], bad["to"], bad["total"], bad["usage_kwh"]) == ("2025-10-03", "2025-11-02", "", "")
    assert bad["quality"] == "unreadable"
    assert bad["file_sha256"] == examples.SOURCE["file_sha256"]


def test_lines_and_quotes_are_those_of_rfc_4180() -> None:
    text = tables.readings(examples.READINGS)
    assert text.count("\r\n") == 2
    assert text.startswith('"account_id","account_ending","data_type"')
