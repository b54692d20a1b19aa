"""Any usage file of the portal, however it is wrapped, cut or shuffled: the totals are right, or it is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from broker.sandbox import Refused
from tests.unit.test_importers import ZONE, daily, read_csv, totals

MARK = " Meter Reading Information"
HOME = ZoneInfo(ZONE)
amounts = st.decimals(Decimal(0), Decimal(40), places=3)


@st.composite
def blocks(draw: Any) -> tuple[list[str], dict[str, str], dict[str, Decimal]]:
    """The rows of delivered, received and net, hour by hour, some days around the change of the clocks."""
    start = draw(st.datetimes(datetime(2025, 3, 8), datetime(2025, 11, 3), timezones=st.just(UTC)))
    start = start.replace(minute=0, second=0, microsecond=0)
    delivered = draw(st.lists(amounts, min_size=2, max_size=50))
    received = [-draw(amounts) for _ in delivered]
    missing = draw(st.sets(st.integers(0, len(delivered) - 1), max_size=4))
    rows: dict[str, list[str]] = {"delivered": [], "received": [], "net": []}
    sums = dict.fromkeys(rows, Decimal(0))
    for number, (a, b) in enumerate(zip(delivered, received, strict=True)):
        if number in missing:
            continue
        first = (start + timedelta(hours=number)).astimezone(HOME)
        last = (start + timedelta(hours=number + 1)).astimezone(HOME)
        # By the clock on the wall an hour is one hour long, but for the one before the hour that spring leaves out.
        end = max(last.replace(tzinfo=None), first.replace(tzinfo=None, fold=0) + timedelta(hours=1))
        for role, value in (("delivered", a), ("received", b), ("net", a + b)):
            rows[role].append(f" {first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M},{value:.3f},,\n")
            sums[role] += value
    assume(rows["net"])
    head = daily(peak_kw=None).partition(" 2025-10-19 00:00 to ")[0]
    before, block = head.split(MARK)[:2]
    return [before, block], {role: "".join(each) for role, each in rows.items()}, sums


def written(parts: list[str], rows: dict[str, str], order: list[str]) -> str:
    before, block = parts
    return before + "".join(MARK + block + rows[role] + " \n" for role in order)


@settings(deadline=None, max_examples=150)
@given(made=blocks(), order=st.permutations(["delivered", "received", "net"]), wrap=st.integers(0, 5))
def test_totals_are_right_or_the_file_is_refused(made: Any, order: list[str], wrap: int) -> None:
    parts, rows, sums = made
    text = written(parts, rows, order)
    ways = [
        text,
        "\ufeff" + text,
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        text.replace(" to ", "\xa0to "),
    ]
    ways.append(text.replace("\n ", "\n"))
    try:
        found = read_csv(ways[wrap])
    except Refused:
        return
    assert {role: Decimal(total) for role, total in totals(found).items()} == sums
    keys = [(each["start"], each["end"]) for each in found["series"][0]["readings"]]
    assert len(set(keys)) == len(keys) == rows["net"].count("\n")


@settings(deadline=None, max_examples=100)
@given(made=blocks(), data=st.data())
def test_a_row_that_is_gone_doubled_or_changed_never_makes_a_silent_total(made: Any, data: Any) -> None:
    parts, rows, sums = made
    lines = rows["net"].splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    act = data.draw(st.sampled_from(["gone", "doubled", "changed"]))
    line = lines[at]
    if act == "changed":
        stamp, _, rest = line.partition(",")
        line = f"{stamp},{Decimal(rest.split(',')[0]) + 7:.3f},,\n"
    lines[at] = {"gone": "", "doubled": line + line, "changed": line}[act]
    try:
        found = read_csv(written(parts, {**rows, "net": "".join(lines)}, ["delivered", "received", "net"]))
    except Refused:
        return
    assert {role: Decimal(total) for role, total in totals(found).items()} == sums
