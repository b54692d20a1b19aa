"""Pictures of readings: units never mixed, gaps shown as gaps, days of 23 and 25 hours right, small in bytes."""

import gzip
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents import csv_cells
from requests_app.charts import axis, bars, every, heat, profile, words
from requests_app.charts.drawn import Picture
from requests_app.charts.hours import by_hour
from requests_app.charts.series import Series, read
from requests_app.charts.shades import shades

ZONE = "America/Chicago"
SVG = "{http://www.w3.org/2000/svg}"


def hours(first: str, end: str, value: str = "1.5", minutes: int = 60) -> list[dict[str, Any]]:
    """Readings of every hour (or quarter) from one local day to before another."""
    zone, found = ZoneInfo(ZONE), []
    moment = datetime.fromisoformat(first).replace(tzinfo=zone).astimezone(UTC)
    last = datetime.fromisoformat(end).replace(tzinfo=zone).astimezone(UTC)
    while moment < last:
        after = moment + timedelta(minutes=minutes)
        start, stop = moment.astimezone(zone).isoformat(), after.astimezone(zone).isoformat()
        found.append({"start": start, "end": stop, "value": value})
        moment = after
    return found


def series(
    values: list[dict[str, Any]], role: str = "delivered", unit: str = "kWh", resolution: str = "PT1H"
) -> Series:
    return read(role, unit, resolution, values, zone=ZONE)


def drawn(picture: Picture | None) -> tuple[Picture, ET.Element]:
    assert picture is not None
    return picture, ET.fromstring(picture.svg)


def words_in(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_a_month_is_the_sum_of_its_hours_and_says_which_days_are_not_whole() -> None:
    found = bars.stretches(series(hours("2026-01-30", "2026-03-01")), "month")
    assert [(each.first, each.value, each.missing) for each in found] == [
        (date(2026, 1, 1), Decimal(72), 29), (date(2026, 2, 1), Decimal(28 * 36), 0),
    ]  # fmt: skip


def test_a_month_of_which_nothing_is_known_stands_as_a_gap_and_not_as_nothing_used() -> None:
    values = hours("2026-01-01", "2026-02-01") + hours("2026-03-01", "2026-04-01")
    picture, root = drawn(bars.bars(series(values), ident="b", by="month"))
    assert [row[1] for row in picture.table.rows] == ["1116", "no value", "1114.5"]  # March has an hour less
    gaps = [each for each in root.iter(f"{SVG}rect") if each.get("fill") == "url(#b-none)"]
    assert len(gaps) == 2  # in the picture and in its key
    assert "no value: missing, not zero" in words_in(root)
    assert picture.data.rows[1][4] == ""


def test_a_whole_month_with_a_day_of_23_or_25_hours_is_whole() -> None:
    for month, end, length in (("2026-03-01", "2026-04-01", 743), ("2026-11-01", "2026-12-01", 721)):
        (bar,) = bars.stretches(series(hours(month, end, "1")), "month")
        assert (bar.value, bar.missing) == (Decimal(length), 0)


def test_two_bills_that_begin_in_one_month_are_two_bars() -> None:
    values = [
        {"start": "2026-01-01", "end": "2026-01-29", "value": "100"},
        {"start": "2026-01-30", "end": "2026-02-27", "value": "90"},
    ]
    found = bars.stretches(series(values, "billed", "USD", "P1M"), "month")
    assert [(each.value, each.days) for each in found] == [(Decimal(100), 29), (Decimal(90), 29)]


def test_of_power_the_highest_counts_and_its_axis_says_kw() -> None:
    values = [{**each, "value": str(n % 7)} for n, each in enumerate(hours("2026-01-01", "2026-02-01"))]
    picture, root = drawn(bars.bars(series(values, "demand", "kW"), ident="b", by="month"))
    assert picture.table.head[1] == "Highest (kW)"
    assert picture.table.rows[0][1] == "6"
    assert "kW" in words_in(root)
    assert "kWh" not in picture.svg


@pytest.mark.parametrize("unit", ["kWh", "kW"])
def test_no_picture_speaks_of_two_units(unit: str) -> None:
    for picture in every.pictures(series(hours("2026-01-01", "2026-03-01"), unit=unit), ident="p"):
        other = "kW" if unit == "kWh" else "kWh"
        said = " ".join([*words_in(ET.fromstring(picture.svg)), picture.title, *picture.table.head]).split()
        assert unit in {each.strip("(),:") for each in said}
        assert other not in {each.strip("(),:") for each in said}


def test_what_goes_back_hangs_below_the_line() -> None:
    values = [
        {"start": f"2026-01-0{day}T00:00:00-06:00", "end": f"2026-01-0{day + 1}T00:00:00-06:00", "value": value}
        for day, value in ((1, "30"), (2, "-10"))
    ]
    _, root = drawn(bars.bars(series(values, "net", resolution="P1D"), ident="b"))
    up, down = [each for each in root.findall(f"{SVG}rect") if each.get("fill") == bars.BLUE]
    foot = float(up.get("y", 0)) + float(up.get("height", 0))
    assert foot == pytest.approx(float(down.get("y", 0)), abs=0.11)
    assert float(up.get("height", 0)) == pytest.approx(3 * float(down.get("height", 0)), abs=0.3)


def test_quarters_make_an_hour_only_if_all_four_are_there() -> None:
    values = hours("2026-01-01", "2026-01-02", "0.25", 15)
    del values[6]
    found = by_hour(series(values, resolution="PT15M"))
    assert sorted(found.values()) == [Decimal(1)] * 23


def test_days_and_months_have_no_hours() -> None:
    values = [{"start": "2026-01-01T00:00:00-06:00", "end": "2026-01-02T00:00:00-06:00", "value": "30"}]
    by_day = series(values, resolution="P1D")
    assert heat.years(by_day, ident="h") == []
    assert profile.mean_day(by_day, ident="p") is None
    assert [each.name for each in every.pictures(by_day, ident="e")] == ["months"]


def test_the_hour_that_never_was_is_no_gap_and_the_one_that_came_twice_has_two_halves() -> None:
    spring, autumn = series(hours("2026-03-07", "2026-03-10")), series(hours("2026-10-31", "2026-11-03"))
    (short,), (long,) = heat.years(spring, ident="s"), heat.years(autumn, ident="a")
    assert short.table.rows[0][1:3] == ("71", "0")
    assert long.table.rows[0][1:3] == ("24", "0")
    assert long.table.rows[1][1:3] == ("49", "0")
    assert "no such hour: the clocks go forward" in words_in(ET.fromstring(short.svg))
    assert "url(#s-2026-none)" not in short.svg
    twice = [row[0] for row in long.data.rows if row[1:3] == ("2026-11-01", "1")]
    assert twice == ["2026-11-01T01:00:00-05:00", "2026-11-01T01:00:00-06:00"]
    widths = {each.get("stroke-width") for each in ET.fromstring(long.svg).iter(f"{SVG}path")}
    assert widths == {"24", "12"}


def test_a_missing_hour_is_hatched_and_empty_in_the_file() -> None:
    values = hours("2026-05-01", "2026-05-03")
    del values[5]
    (picture,) = heat.years(series(values), ident="h")
    hatched = [p for p in ET.fromstring(picture.svg).iter(f"{SVG}path") if p.get("stroke") == "url(#h-2026-none)"]
    assert [each.get("d") for each in hatched] == [f"M56 {heat.TOP + 5 * heat.ROW}v{heat.ROW}"]
    assert picture.data.rows[5][-1] == ""
    assert picture.table.rows[0][1:3] == ("47", "1")


def test_each_year_has_its_own_picture_with_one_scale() -> None:
    values = [{**each, "value": str(n % 24)} for n, each in enumerate(hours("2025-12-30", "2026-01-03"))]
    first, second = heat.years(series(values), ident="h")
    assert (first.name, second.name) == ("hours-2025", "hours-2026")
    colours = [{p.get("stroke") for p in ET.fromstring(each.svg).iter(f"{SVG}path")} for each in (first, second)]
    assert colours[0] == colours[1]


def test_one_single_value_is_a_picture_too() -> None:
    pictures = every.pictures(series(hours("2026-01-01", "2026-01-02")[:1]), ident="one")
    assert [each.name for each in pictures] == ["months", "hours-2026", "day"]
    for each in pictures:
        ET.fromstring(each.svg)


def test_of_no_values_there_is_no_picture() -> None:
    assert every.pictures(series([]), ident="none") == []


def test_the_mean_day_tells_weekdays_from_weekends_and_counts_no_missing_hour() -> None:
    values = hours("2026-01-05", "2026-01-12", "2")  # Monday to Sunday
    values = [
        {**each, "value": "5"} if datetime.fromisoformat(each["start"]).weekday() >= 5 else each for each in values
    ]
    del values[3]
    weekdays, weekend = profile.means(series(values))
    assert {each.value for each in weekdays} == {Decimal(2)}
    assert [each.count for each in weekdays[:5]] == [5, 5, 5, 4, 5]
    assert {(each.value, each.count) for each in weekend} == {(Decimal(5), 2)}


def test_the_mean_day_of_a_change_of_the_clock() -> None:
    weekdays, weekend = profile.means(series(hours("2026-03-08", "2026-03-09")))
    assert [each.count for each in weekend] == [1, 1, 0, *[1] * 21]
    assert not any(each.count for each in weekdays)
    weekdays, weekend = profile.means(series(hours("2026-11-01", "2026-11-02")))
    assert [each.count for each in weekend] == [1, 2, *[1] * 22]


def test_a_year_of_hours_is_small_enough_for_a_page() -> None:
    values = [
        {**each, "value": f"{(n * 7919 % 1000) / 250:.3f}"} for n, each in enumerate(hours("2025-01-01", "2026-01-01"))
    ]
    assert len(values) == 8760
    pictures = every.pictures(series(values), ident="y")
    whole = "".join(each.svg + "".join(map("".join, each.table.rows)) for each in pictures)
    assert len(gzip.compress(whole.encode(), 6)) < 40_000  # the worst: every hour differs from its neighbour


def test_words_of_a_file_are_escaped_wherever_they_stand() -> None:
    picture, root = drawn(bars.bars(series(hours("2026-01-01", "2026-01-02"), role='<script>"&'), ident="b"))
    assert "<script" not in picture.svg
    assert root.findtext(f"{SVG}title") == picture.title


def test_a_picture_is_a_file_that_stands_by_itself_and_runs_nothing() -> None:
    for picture in every.pictures(series(hours("2026-01-01", "2026-01-03")), ident="f"):
        root = ET.fromstring(picture.as_file())
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}title") is not None
        assert root.find(f"{SVG}desc") is not None
        assert "style=" not in picture.svg
        assert "script" not in picture.svg
        assert "href" not in picture.svg


def test_the_words_are_the_readers() -> None:
    (picture, *_) = every.pictures(series(hours("2026-01-01", "2026-01-03")), ident="f", say=lambda text: f"<{text}>")
    assert picture.title == "<Energy used>, kWh: <by month>"


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=300))
def test_every_value_has_a_colour_and_no_colour_is_without_a_value(values: list[Decimal]) -> None:
    scale = shades(values)
    used = {scale.of(each) for each in values}
    assert used <= set(range(len(scale.colours)))
    assert len(set(scale.colours)) == len(scale.colours)
    ordered = sorted(values)
    if not ordered[0] < 0 < ordered[-1]:
        assert used == set(range(len(scale.colours)))


@given(st.decimals(-(10**6), 10**6, places=2), st.decimals(-(10**6), 10**6, places=2))
def test_an_axis_holds_nothing_and_both_ends(one: Decimal, other: Decimal) -> None:
    marks = axis.ticks(min(one, other), max(one, other))
    assert marks[0] <= min(one, other, Decimal(0))
    assert marks[-1] >= max(one, other, Decimal(0))
    assert 0 in marks
    assert 2 <= len(marks) <= 12


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1.500", "1.5"),
        ("100", "100"),
        ("0.0001", "0.0001"),
        ("-0", "0"),
        ("-0.5", "-0.5"),
        ("1E+3", "1000"),
        ("2.6666666", "2.667"),
    ],
)
def test_numbers_are_written_in_full(value: str, said: str) -> None:
    assert words.number(Decimal(value)) == said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("-3.5", "-3.5"),
        ("-12", "-12"),
        ("-1+1", "'-1+1"),
        ("-3.5 ", "'-3.5 "),
        ("-٣", "'-٣"),
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1\n", "'-1\n"),
    ],
)
def test_a_negative_number_stays_a_number_and_a_formula_does_not_run(cell: str, said: str) -> None:
    assert csv_cells.quoted(cell) == said
