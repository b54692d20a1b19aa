"""Usage files of the SmartHub portal: layouts A (daily), B (hourly) and C (longer periods).

One file holds several blocks under identical captions. Which of them is delivered, received or net is proven by
arithmetic, never taken from their order, and blocks are never added. What cannot be proven is refused.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers.readings import covers, reading, series, unreadable
from broker.importers.smarthub_cut import Days, is_inside, read_days
from broker.importers.smarthub_layout import Block, Row, parse
from broker.importers.smarthub_roles import roles
from broker.sandbox.wire import unpack

_RESOLUTIONS = {
    "A": ("P1D", "usage_daily"),
    "B": ("PT1H", "usage_hourly"),
    "C": ("P1M", "usage_monthly"),
}


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
        raise unreadable()
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
        raise unreadable()  # resolutions are never mixed
    return kinds.pop()


def _length(row: Row) -> str:
    hours = (row.end - row.start).total_seconds() / 3600
    midnights = row.start.hour == row.end.hour == row.start.minute == row.end.minute == 0
    # On the spring day the hour that does not exist may be folded into its neighbour: 01:00 to 03:00.
    if hours == 1 or (hours == 2 and row.start.hour == 1):
        return "B"
    if hours == 24 and midnights:
        return "A"
    if midnights and 48 <= hours <= 24 * 100:
        return "C"
    raise unreadable()


def _series(
    block: Block, role: str, zone: ZoneInfo, days: list[Days] | None, *, resolution: str, data_type: str
) -> dict[str, Any]:
    hourly = resolution == "PT1H"
    folds = _folds(block.rows)
    uncertain = _uncertain_days(block.rows, zone) if hourly else set()
    readings, missing = [], 0
    for row, fold in zip(block.rows, folds, strict=True):
        if days is not None and not is_inside(row, days):
            continue
        if row.value is None:
            missing += 1
            continue
        start, end = _instants(row, fold, zone, hourly=hourly)
        quality = "uncertain" if row.start.date() in uncertain else "as_stated"
        readings.append(
            reading(role=role, unit=block.unit, start=start, end=end, value=row.value, quality=quality, row=row.line)
        )
    return series(role, block.unit, resolution=resolution, data_type=data_type, readings=readings, missing=missing)


def _folds(rows: list[Row]) -> list[int]:
    """Tell a repeated wall-clock hour of the autumn day by its order: the second one is the later."""
    return [int(index > 0 and row.start == rows[index - 1].start) for index, row in enumerate(rows)]


def _instants(row: Row, fold: int, zone: ZoneInfo, *, hourly: bool) -> tuple[str, str]:
    start = row.start.replace(tzinfo=zone, fold=fold)
    if not hourly:
        return start.isoformat(), row.end.replace(tzinfo=zone).isoformat()
    # By the clock on the wall the hour before a repeated one seems to last two hours; in truth it lasts one.
    end = (start.astimezone(UTC) + timedelta(hours=1)).astimezone(zone)
    if row.end - row.start != timedelta(hours=1) and end.replace(tzinfo=None) != row.end:
        raise unreadable()  # 01:00 to 03:00 is an hour on the spring day alone
    return start.isoformat(), end.isoformat()


def _is_repeated(wall: datetime, zone: ZoneInfo) -> bool:
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    return early.utcoffset() != late.utcoffset() and _exists(wall, zone)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def _uncertain_days(rows: list[Row], zone: ZoneInfo) -> set[Any]:
    """Give the days on which the clocks change and the rows do not show it: no hour is invented for them."""
    found = set()
    starts = [row.start for row in rows]
    for row in rows:
        if not _exists(row.start, zone) or (_is_repeated(row.start, zone) and starts.count(row.start) != 2):
            found.add(row.start.date())
    return found
