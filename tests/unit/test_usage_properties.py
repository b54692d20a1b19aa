"""Every other layout, however it is cut, doubled, wrapped or shuffled: the totals are right, or the file is refused.

Hours of the portal's table: `test_smarthub_properties.py`. Here its days, billing periods and quarter hours with money,
the portal's archive, its own feed, and Green Button feeds of others. A total may never be silently wrong.
"""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from broker.importers import usage_file, usage_zip
from broker.sandbox import Refused, pack, unpack
from tests.unit.test_green_button import feed, meter
from tests.unit.test_importers import ZONE, daily, totals

HOME = ZoneInfo(ZONE)
MARK = " Meter Reading Information"
HEADER = "Usage(Real energy in kilowatt-hours),Events occurred"
amounts = st.decimals(Decimal(0), Decimal(11), places=3)
quarters = st.decimals(Decimal(0), Decimal(5), places=3)
ROLES = ("delivered", "received", "net")
STEPS = {"day": timedelta(days=1), "quarter": timedelta(minutes=15)}


def read(data: bytes) -> dict[str, Any]:
    return usage_file.read({"data": pack(data), "zone": ZONE, "days": None})


def right_or_refused(data: bytes, sums: dict[str, Decimal]) -> bool:
    """Read, and demand the very totals; True where it was read, False where it was refused."""
    try:
        found = read(data)
    except Refused:
        return False
    said = {role: Decimal(total) for role, total in totals(found).items()}
    assert said == {role: sums[role] for role in said}
    for one in found["series"]:
        keys = [(each["start"], each["end"]) for each in one["readings"]]
        assert len(set(keys)) == len(keys)
    return True


# --- the portal's table -----------------------------------------------------------------------------------------------


def _ends(draw: Any, layout: str, count: int) -> list[tuple[datetime, datetime]]:
    """Give periods in wall-clock time, some of them around the days of 23 and of 25 hours."""
    if layout == "quarter":
        first = draw(st.sampled_from([datetime(2023, 3, 12), datetime(2023, 11, 5), datetime(2023, 7, 1)]))
        begin = first.replace(tzinfo=HOME).astimezone(UTC)
        moments = [(begin + n * STEPS["quarter"]).astimezone(HOME) for n in range(count)]
        found = []
        for each in moments:
            end = (each.astimezone(UTC) + STEPS["quarter"]).astimezone(HOME).replace(tzinfo=None)
            found.append((wall := each.replace(tzinfo=None), max(end, wall + STEPS["quarter"])))
        return found
    first = draw(st.sampled_from([datetime(2025, 3, 7), datetime(2025, 10, 30), datetime(2024, 12, 30)]))
    if layout == "day":
        return [(first + timedelta(days=n), first + timedelta(days=n + 1)) for n in range(count)]
    lengths = [draw(st.integers(26, 35)) for _ in range(count)]
    found = []
    for length in lengths:
        found.append((first, first + timedelta(days=length)))
        first += timedelta(days=length)
    return found


@st.composite
def tables(draw: Any) -> tuple[str, dict[str, list[str]], dict[str, Decimal], bool]:
    """One layout's rows of each role, what each comes to, and whether none is missing."""
    layout = draw(st.sampled_from(["day", "period", "quarter"]))
    count = draw(st.integers(2, 24 if layout != "quarter" else 40))
    missing = draw(st.sets(st.integers(0, count - 1), max_size=3))
    costs = layout == "quarter"
    rows: dict[str, list[str]] = {role: [] for role in ROLES}
    sums = dict.fromkeys(ROLES, Decimal(0))
    for number, (start, end) in enumerate(_ends(draw, layout, count)):
        a, b = draw(quarters if costs else amounts), -draw(quarters if costs else amounts)
        if number in missing:
            continue
        for role, value in (("delivered", a), ("received", b), ("net", a + b)):
            money = f",{abs(value) / 10:.2f}" if costs else ",,"
            rows[role].append(f" {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M},{value:.3f}{money}\n")
            sums[role] += value
    assume(rows["net"])
    return layout, rows, sums, not missing


def written(layout: str, rows: dict[str, list[str]], order: list[str]) -> str:
    head = daily(peak_kw=None).partition(" 2025-10-19 00:00 to ")[0]
    if layout == "quarter":
        head = head.replace("Events occurred", "Cost in dollars")
    before, block = head.split(MARK)[:2]
    return before + "".join(MARK + block + "".join(rows[role]) + " \n" for role in order)


WRAPS = (
    lambda text: text,
    lambda text: "\ufeff" + text,
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    lambda text: text.replace(" to ", "\xa0to "),
    lambda text: text.replace("\n ", "\n"),
)


@settings(deadline=None, max_examples=200)
@given(made=tables(), order=st.permutations(ROLES), wrap=st.sampled_from(WRAPS))
def test_days_periods_and_quarters_are_right_in_any_order_and_wrapping(made: Any, order: list[str], wrap: Any) -> None:
    layout, rows, sums, whole = made
    was_read = right_or_refused(wrap(written(layout, rows, list(order))).encode(), sums)
    assert was_read or not whole  # a row that is missing where the clock goes back may make the rest unsure


@settings(deadline=None, max_examples=200)
@given(made=tables(), data=st.data())
def test_cut_doubled_or_changed_rows_are_never_a_silent_total(made: Any, data: Any) -> None:
    layout, rows, sums, _whole = made
    lines, act = list(rows["net"]), data.draw(st.sampled_from(["gone", "doubled", "changed", "cut"]))
    at = data.draw(st.integers(0, len(lines) - 1))
    text = ""
    if act == "cut":
        whole = written(layout, rows, list(ROLES))
        text = whole[: data.draw(st.integers(0, len(whole) - 3))]
    else:
        stamp, value, rest = lines[at].split(",", 2)
        changed = f"{stamp},{Decimal(value) + 7:.3f},{rest}"
        lines[at] = {"gone": "", "doubled": lines[at] * 2, "changed": changed}[act]
        text = written(layout, {**rows, "net": lines}, list(ROLES))
    try:
        found = read(text.encode())
    except Refused:
        return
    # What was cut off at the end of the last block may be missing; what is there is no other number.
    said = {role: Decimal(total) for role, total in totals(found).items()}
    if act == "cut":
        there = {role: _values(found, role) for role in said}
        assert all(there[role] == _numbers(rows[role])[: len(there[role])] for role in said)
    else:
        assert said == sums


def _values(found: dict[str, Any], role: str) -> list[Decimal]:
    (one,) = [each for each in found["series"] if each["role"] == role]
    return [Decimal(each["value"]) for each in one["readings"]]


def _numbers(rows: list[str]) -> list[Decimal]:
    return [Decimal(each.split(",")[1]) for each in rows]


@settings(deadline=None, max_examples=60)
@given(one=tables(), other=tables())
def test_two_layouts_in_one_file_are_never_added(one: Any, other: Any) -> None:
    assume(one[0] != other[0])
    head = written(one[0], one[1], ["delivered"])
    with pytest.raises(Refused):
        read((head + written(other[0], other[1], ["delivered"]).partition(MARK)[2].join([MARK, ""])).encode())


# --- the portal's archive ---------------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


@settings(deadline=None, max_examples=60)
@given(made=tables(), beside=st.booleans(), second=st.booleans(), data=st.data())
def test_of_an_archive_its_one_usage_file_is_read_or_nothing(made: Any, beside: bool, second: bool, data: Any) -> None:
    layout, rows, sums, _whole = made
    inside = written(layout, rows, list(ROLES)).encode()
    members = {"usage.csv": inside}
    members |= {"usage_formatted.html": b"<p>1</p>"} if beside else {}
    members |= {"again.csv": inside} if second else {}
    archive = zipped(members)
    if data.draw(st.booleans()):
        archive = archive[: data.draw(st.integers(0, len(archive) - 1))]
    try:
        taken = unpack(usage_zip.only_file({"data": pack(archive)})["data"])
    except Refused:
        return
    assert not second
    assert taken == inside
    right_or_refused(taken, sums)


# --- feeds ------------------------------------------------------------------------------------------------------------


@st.composite
def feeds(draw: Any) -> tuple[list[list[str]], dict[str, Decimal]]:
    """Entries of three meter readings of the same hours, days or quarters, and what each comes to."""
    length = draw(st.sampled_from([900, 3600, 86400]))
    begin = draw(st.sampled_from([datetime(2025, 3, 8), datetime(2025, 11, 1), datetime(2025, 7, 4)]))
    count = draw(st.integers(1, 30 if length != 86400 else 5))
    missing = draw(st.sets(st.integers(0, count - 1), max_size=3))
    start = begin.replace(tzinfo=HOME)
    rows: dict[str, list[tuple[int, int, object]]] = {role: [] for role in ROLES}
    sums = dict.fromkeys(ROLES, Decimal(0))
    for number in range(count):
        a, b = draw(st.integers(0, 11_000)), -draw(st.integers(0, 11_000))
        if number in missing:
            continue
        days = (start + timedelta(days=number)).timestamp()
        moment = int(days) if length == 86400 else int(start.timestamp()) + number * length
        for role, value in (("delivered", a), ("received", b), ("net", a + b)):
            rows[role].append((moment, length, value))
            sums[role] += Decimal(value) / 1000
    assume(rows["net"])
    directions = {"delivered": 1, "received": 19, "net": 4}
    made = [
        meter(number, rows[role], flowDirection=directions[role], intervalLength=length)
        for number, role in enumerate(ROLES, 1)
    ]
    return made, sums


@settings(deadline=None, max_examples=150)
@given(made=feeds(), data=st.data(), nisc=st.booleans())
def test_feeds_are_right_in_any_order(made: Any, data: Any, nisc: bool) -> None:
    meters, sums = made
    entries = data.draw(st.permutations([each for one in meters for each in one]))
    title = "NISC Readings Feed" if nisc else "Usage"
    text = feed(*entries, title=title)
    if nisc:  # the portal's own multiplier beside each value, which its numbers contradict
        text = text.replace(
            "</timePeriod><value>", "</timePeriod><powerOfTenMultiplier>3</powerOfTenMultiplier><value>"
        )
    right_or_refused(data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode(), sums)


@settings(deadline=None, max_examples=150)
@given(made=feeds(), data=st.data())
def test_a_feed_with_doubled_cut_or_lost_entries_is_never_a_silent_total(made: Any, data: Any) -> None:
    meters, sums = made
    entries = [each for one in meters for each in one]
    act, at = data.draw(st.sampled_from(["doubled", "lost", "cut"])), data.draw(st.integers(0, len(entries) - 1))
    if act == "doubled":
        text = feed(*entries, entries[at])
    elif act == "lost":
        text = feed(*entries[:at], *entries[at + 1 :])
    else:
        whole = feed(*entries)
        text = whole[: data.draw(st.integers(0, len(whole) - 1))]
        assert not right_or_refused(text.encode(), sums)
        return
    right_or_refused(text.encode(), sums)
