"""Usage files of the SmartHub portal: layouts A (daily), B (hourly), C (longer periods), D (quarter hours with money).

One file holds several blocks under identical captions. Which of them is delivered, received or net is proven by
arithmetic, never taken from their order, and blocks are never added. What cannot be proven is refused.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers.readings import covers, layout_unknown, reading, series
from broker.importers.smarthub_cut import Days, is_inside, read_days
from broker.importers.smarthub_layout import ONE_HOUR, QUARTER, Block, Row, parse
from broker.importers.smarthub_roles import roles
from broker.importers.spans import gaps, in_order
from broker.sandbox.wire import unpack

_RESOLUTIONS = {
    "A": ("P1D", "usage_daily"),
    "B": ("PT1H", "usage_hourly"),
    "C": ("P1M", "usage_monthly"),
    "D": ("PT15M", "usage_15min"),
}
_STEPS = {"B": ONE_HOUR, "D": QUARTER}  # rows that are shorter than a day, and so meet the change of the clocks


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed bytes, "zone": name}`; gives the series, the layout and the account that the file names.

    With `"days"` (pairs of ISO dates) the values of other days never leave this process: `outside` says how many there
    were, and of which months.
    """
    zone = ZoneInfo(payload["zone"])
    file = parse(unpack(payload["data"]))
    days = None if payload.get("days") is None else read_days(payload["days"])
    energy = [block for block in file.blocks if block.unit == "kWh"]
    power = [block for block in file.blocks if block.unit == "kW"]
    if not energy or len(power) > 1:
        raise layout_unknown()
    layout = _layout(energy)
    resolution, data_type = _RESOLUTIONS[layout]
    named = [*roles(energy), *(("demand", block) for block in power)]
    found = [_series(block, role, zone, days, resolution=resolution, data_type=data_type) for role, block in named]
    outside = [row for _, block in named for row in block.rows if days is not None and not is_inside(row, days)]
    return {
        "layout": f"smarthub.{layout}",
        "zone": payload["zone"],
        "account": file.account,
        "covers": covers(found[0]["readings"]),
        "outside": {
            "count": sum(row.value is not None for row in outside),
            "months": sorted({f"{row.start:%Y-%m}-01" for row in outside}),
        },
        "series": found,
    }


def _layout(blocks: list[Block]) -> str:
    kinds = {_length(row) for block in blocks for row in block.rows}
    if len(kinds) != 1:
        raise layout_unknown()  # resolutions are never mixed
    return kinds.pop()


def _length(row: Row) -> str:
    lasts = row.end - row.start
    midnights = row.start.hour == row.end.hour == row.start.minute == row.end.minute == 0
    # On the spring day the hour that does not exist may be folded into its neighbour: 01:00 to 03:00.
    if lasts == ONE_HOUR or (lasts == 2 * ONE_HOUR and row.start.hour == 1):
        return "B"
    if lasts == QUARTER or (lasts == ONE_HOUR + QUARTER and (row.start.hour, row.start.minute) == (1, 45)):
        return "D"
    if lasts == timedelta(days=1) and midnights:
        return "A"
    if midnights and timedelta(days=2) <= lasts <= timedelta(days=100):
        return "C"
    raise layout_unknown()


def _series(
    block: Block, role: str, zone: ZoneInfo, days: list[Days] | None, *, resolution: str, data_type: str
) -> dict[str, Any]:
    step = _STEPS.get(_layout([block]))  # power has periods of its own
    folds = _folds(block.rows, zone)
    uncertain = _uncertain_days(block.rows, zone) if step else set()
    readings, missing = [], 0
    for row, fold in zip(block.rows, folds, strict=True):
        if days is not None and not is_inside(row, days):
            continue
        if row.value == 0 and step and not _exists(row.start, zone):
            continue  # nothing was used in an hour that the spring day does not have
        if row.value is None:
            missing += 1
            continue
        start, end = _instants(row, fold, zone, step=step)
        quality = "uncertain" if row.start.date() in uncertain else "as_stated"
        readings.append(
            reading(role=role, unit=block.unit, start=start, end=end, value=row.value, quality=quality, row=row.line)
        )
    kept = in_order(readings)
    return series(
        role, block.unit, resolution=resolution, data_type=data_type, readings=kept, missing=missing, holes=gaps(kept)
    )


def _folds(rows: list[Row], zone: ZoneInfo) -> list[int]:
    """Tell the hour that the autumn day has twice by the order of the rows: after the step back it is the later one.

    Raises `Refused("file.layout_unknown")` where rows step back at any other hour: the same time would count twice.
    """
    folds, later = [], False
    for number, row in enumerate(rows):
        if number and row.start < rows[number - 1].end:
            later = True
            if not _is_repeated(row.start, zone):
                raise layout_unknown()
        elif later and not _is_repeated(row.start, zone):
            later = False
        folds.append(int(later))
    return folds


def _instants(row: Row, fold: int, zone: ZoneInfo, *, step: timedelta | None) -> tuple[str, str]:
    start = row.start.replace(tzinfo=zone, fold=fold)
    if step is None:
        return start.isoformat(), row.end.replace(tzinfo=zone).isoformat()
    # By the clock on the wall the hour before a repeated one seems to last two hours; in truth it lasts one.
    end = (start.astimezone(UTC) + step).astimezone(zone)
    if row.end - row.start != step and end.replace(tzinfo=None) != row.end:
        raise layout_unknown()  # 01:00 to 03:00 is an hour on the spring day alone
    return start.isoformat(), end.isoformat()


def _is_repeated(wall: datetime, zone: ZoneInfo) -> bool:
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    return early.utcoffset() != late.utcoffset() and _exists(wall, zone)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def _uncertain_days(rows: list[Row], zone: ZoneInfo) -> set[Any]:
    """Give the days on which the clocks change and the rows do not show it: no hour is invented for them."""
    found = set()
    starts = Counter(row.start for row in rows)
    for row in rows:
        if not _exists(row.start, zone) or (_is_repeated(row.start, zone) and starts[row.start] != 2):
            found.add(row.start.date())
    return found
