"""Green Button XML (ESPI), and the portal's own dialect of it ("NISC Readings Feed").

What an entry is tied to is said by its links alone, never by its place in the document. A role is what `flowDirection`
says, and where delivered, received and net are all there, net has to be their sum. Times are true instants; the zone is
the co-op's, or the one that the feed itself names. Costs and summaries are no use and are left behind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers import feed
from broker.importers.feed import Node
from broker.importers.readings import (
    MAX_HOME_KW,
    covers,
    layout_unknown,
    not_usage,
    reading,
    roles_unproven,
    series,
)
from broker.importers.smarthub_roles import TOLERANCE
from broker.importers.spans import gaps, in_order
from broker.sandbox.wire import unpack

NISC = "NISC Readings Feed"
CUSTOMER = "http://naesb.org/espi/customer"
MAX_READINGS = 200_000
_DATA_TYPES = {
    900: ("PT15M", "usage_15min"),
    3600: ("PT1H", "usage_hourly"),
    86400: ("P1D", "usage_daily"),
}
_MONTH = ("P1M", "usage_monthly")
_LONGER = range(2 * 86400 - 3600, 100 * 86400 + 3601)
_ROLES = {"1": "delivered", "4": "net", "19": "received"}
_UNITS = {"72": "kWh", "38": "kW"}  # Wh and W, given in thousands
_ELECTRICITY = ("0", None)
_COMMODITIES = ("0", "1", "2", None)
_BLOCK = "IntervalBlock"
# accumulationBehaviour and kind: what was used in the interval, not where the register stood; power may be a demand.
_BEHAVIOURS = {"kWh": ("4",), "kW": ("4", "6")}
_KINDS = {"kWh": ("12", None), "kW": ("8", "12", "37", None)}
# ReadingQuality: what was measured, what was filled in, what was worked out, and what nobody vouches for.
_QUALITIES = {
    **dict.fromkeys(("0", "14", "17", "18", "19"), "as_stated"),
    **dict.fromkeys(("8", "9"), "estimated"),
    **dict.fromkeys(("7", "11"), "implied"),
}
_WORST = ("as_stated", "implied", "estimated", "flagged")
_US_RULES = ("360E2000", "B40E2000", "3600")  # start and end of summer time in the United States since 2007
_US_ZONES = {
    "-18000": "America/New_York",
    "-21600": "America/Chicago",
    "-25200": "America/Denver",
    "-28800": "America/Los_Angeles",
}
_NUMBER = re.compile(r"-?\d{1,12}")
_STANDARD_DAY = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass(frozen=True)
class _Entry:
    """An entry of the feed: where it lies, what it hangs on, and its content."""

    own: str
    up: str
    related: tuple[str, ...]
    content: Node | None


@dataclass(frozen=True)
class _Facts:
    """What a reading type says of each of its values."""

    role: str
    unit: str
    resolution: str
    data_type: str
    factor: Decimal  # to thousands of Wh or W
    zone: ZoneInfo
    nisc: bool


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed bytes, "zone": the co-op's}`; gives the series, the layout and the account that it names.

    A feed without intervals gives no series. Raises `Refused`: `file.unreadable`, `file.layout_unknown`,
    `file.roles_unproven`, or `file.not_usage` for a feed that says who somebody is.
    """
    root = feed.parse(unpack(payload["data"]))
    if root.name != "feed":
        raise layout_unknown()
    if _names_customers(root):
        raise not_usage()
    nisc = root.value("title") == NISC
    entries = [_entry(each) for each in root.all("entry")]
    points = [each for each in entries if _is(each, "UsagePoint")]
    if len(points) != 1 or _deep(points[0], "ServiceCategory", "kind") not in _ELECTRICITY:
        raise layout_unknown()  # two meters are two service points: a person says which is whose
    zone = ZoneInfo(_zone(entries, payload["zone"]))
    meters = list(_meters(entries))
    blocks = _blocks(entries, [each for each, _ in meters])
    found = [
        one for each, kind in meters if (one := _series(kind, blocks.get(each.own, []), zone, nisc=nisc)) is not None
    ]
    _check_roles(found)
    return {
        "layout": "greenbutton.nisc" if nisc else "greenbutton.espi",
        "zone": str(zone),
        "account": _deep(points[0], "ServiceDeliveryPoint", "name") or None,
        "covers": covers([reading for one in found for reading in one["readings"]]),
        "outside": {"count": 0, "months": []},
        "series": sorted(found, key=lambda one: ("delivered", "received", "net", "demand").index(one["role"])),
    }


def _names_customers(root: Node) -> bool:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.name.startswith(CUSTOMER):
            return True
        nodes += node.children
    return False


def _entry(node: Node) -> _Entry:
    links: dict[str, list[str]] = {}
    for each in node.all("link"):
        links.setdefault(each.attributes.get("rel", ""), []).append(each.attributes.get("href", ""))
    own, up = links.get("self", [""]), links.get("up", [""])
    content = node.one("content")
    inside = content.children if content is not None else []
    if len(inside) > 1 and all(each.name == _BLOCK for each in inside):  # some write many blocks into one entry
        inside = [Node(_BLOCK, {}, [], [row for each in inside for row in each.children])]
    if len(own) != 1 or len(up) != 1 or len(inside) > 1:
        raise layout_unknown()
    return _Entry(own[0], up[0], tuple(links.get("related", [])), inside[0] if inside else None)


def _is(entry: _Entry, name: str) -> bool:
    return entry.content is not None and entry.content.name == name


def _deep(entry: _Entry, *path: str) -> str | None:
    node = entry.content
    for name in path:
        node = node.one(name) if node is not None else None
    return node.text() if node is not None else None


def _zone(entries: list[_Entry], home: str) -> str:
    """Give the co-op's zone, unless the feed names another one that is known for certain."""
    said = [each for each in entries if _is(each, "LocalTimeParameters")]
    if not said:
        return home
    rules = {tuple(_deep(each, name) for name in ("dstStartRule", "dstEndRule", "dstOffset")) for each in said}
    offsets = {_deep(each, "tzOffset") for each in said}
    if rules != {_US_RULES} or len(offsets) != 1:
        raise layout_unknown()
    offset = offsets.pop() or ""
    standard = _STANDARD_DAY.astimezone(ZoneInfo(home)).utcoffset()
    if standard is not None and str(int(standard.total_seconds())) == offset:
        return home
    if offset not in _US_ZONES:
        raise layout_unknown()
    return _US_ZONES[offset]


def _meters(entries: list[_Entry]) -> Iterator[tuple[_Entry, Node]]:
    """Give each meter reading with the one reading type that it is tied to, by a link or inside it."""
    types = {each.own: each.content for each in entries if _is(each, "ReadingType")}
    for each in entries:
        if not _is(each, "MeterReading") or each.content is None:
            continue
        inside = each.content.one("ReadingType")
        linked = [types[href] for href in each.related if href in types]
        tied = [one for one in (*linked, inside) if one is not None]
        if len(tied) != 1:
            raise layout_unknown()
        yield each, tied[0]


def _blocks(entries: list[_Entry], meters: list[_Entry]) -> dict[str, list[Node]]:
    """Give the blocks of each meter reading; one that hangs on none of them, or on two, makes an unknown file."""
    found: dict[str, list[Node]] = {}
    for block in entries:
        if not _is(block, _BLOCK) or block.content is None:
            continue
        whose = [each.own for each in meters if each.own and _hangs_on(block, each)]
        if len(whose) != 1:
            raise layout_unknown()
        found.setdefault(whose[0], []).append(block.content)
    return found


def _hangs_on(block: _Entry, meter: _Entry) -> bool:
    """Say whether a block is this meter reading's: by the list that it lies in, or by a link of either to the other."""
    ties = (block.up, *block.related)
    return f"{meter.own}/IntervalBlock" in ties or meter.own in ties or block.own in meter.related


def _series(kind: Node, blocks: list[Node], zone: ZoneInfo, *, nisc: bool) -> dict[str, Any] | None:
    unit = _UNITS.get(kind.value("uom") or "")
    rows = [row for each in blocks for row in each.all("IntervalReading")]
    if unit is None or not rows:
        return None  # reactive energy, voltage and the like are not what anybody asked for
    if (
        len(rows) > MAX_READINGS
        or kind.value("accumulationBehaviour") not in _BEHAVIOURS[unit]
        or kind.value("commodity") not in _COMMODITIES
        or kind.value("kind") not in _KINDS[unit]
    ):
        raise layout_unknown()
    facts = _Facts(_role(kind, unit), unit, *_resolution(kind), _factor(kind, nisc=nisc), zone, nisc)
    readings = [_reading(each, number, facts) for number, each in enumerate(rows, 1)]
    kept = in_order(_signed(facts.role, [each for each in readings if each is not None]))
    return series(
        facts.role,
        unit,
        resolution=facts.resolution,
        data_type=facts.data_type,
        readings=kept,
        missing=sum(each is None for each in readings),
        holes=gaps(kept),
    )


def _role(kind: Node, unit: str) -> str:
    role = _ROLES.get(kind.value("flowDirection") or "")
    if role is None:
        raise roles_unproven()
    return "demand" if unit == "kW" else role


def _resolution(kind: Node) -> tuple[str, str]:
    length = _whole(kind.value("intervalLength"))
    if length in _DATA_TYPES:
        return _DATA_TYPES[length]
    if length in _LONGER:
        return _MONTH
    raise layout_unknown()


def _factor(kind: Node, *, nisc: bool) -> Decimal:
    """Give what a value is multiplied with to be in thousands of Wh or W."""
    power = _whole(kind.value("powerOfTenMultiplier") or "0")
    if not -9 <= power <= 9 or (nisc and power):
        raise layout_unknown()  # the dialect's values are Wh: one that says otherwise is another dialect
    return Decimal(1).scaleb(power - 3)


def _reading(row: Node, number: int, facts: _Facts) -> dict[str, Any] | None:
    # The portal writes a multiplier beside each value that its own numbers contradict; nobody else writes one.
    if row.one("powerOfTenMultiplier") is not None and not facts.nisc:
        raise layout_unknown()
    period = row.one("timePeriod")
    if period is None:
        raise layout_unknown()
    start, end = _instants(_whole(period.value("start")), _whole(period.value("duration")), facts)
    text = row.value("value")
    if text is None or text == "":
        return None  # no value is not zero
    value = Decimal(_whole(text)) * facts.factor
    # In UTC: two times of one zone are subtracted by the clock on the wall.
    hours = Decimal((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()) / 3600
    if facts.unit == "kWh" and abs(value) > MAX_HOME_KW * hours:
        raise layout_unknown()  # a slip of units: Wh taken for kWh, or a multiplier that was meant otherwise
    return reading(
        role=facts.role,
        unit=facts.unit,
        start=start.isoformat(),
        end=end.isoformat(),
        value=Decimal(format(value, "f")),
        quality=_quality(row),
        row=number,
    )


def _instants(start: int, duration: int, facts: _Facts) -> tuple[datetime, datetime]:
    zone, resolution = facts.zone, facts.resolution
    try:
        first = datetime.fromtimestamp(start, UTC).astimezone(zone)
        last = datetime.fromtimestamp(start + duration, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        raise layout_unknown() from None
    if resolution in ("PT15M", "PT1H"):
        if duration != (900 if resolution == "PT15M" else 3600):
            raise layout_unknown()
        return first, last
    if resolution == "P1M" and duration not in _LONGER:
        raise layout_unknown()
    if first.time().isoformat() != "00:00:00":
        raise layout_unknown()  # days begin at midnight where the meter is: these are another region's
    # A day of 23 or 25 hours is often written with 24: it ends at the next midnight all the same.
    end = (last + timedelta(hours=2)).replace(hour=0, minute=0, tzinfo=zone, fold=0)
    if abs(end.astimezone(UTC) - last.astimezone(UTC)) > timedelta(hours=1) or end <= first:
        raise layout_unknown()
    if resolution == "P1D" and end.toordinal() != first.toordinal() + 1:
        raise layout_unknown()
    return first, end


def _quality(row: Node) -> str:
    """Give the worst that is said of a value."""
    codes = [each.value("quality") or "" for each in row.all("ReadingQuality")]
    return max((_QUALITIES.get(code, "flagged") for code in codes), key=_WORST.index, default="as_stated")


def _signed(role: str, readings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give readings with the portal's sign: what goes back is negative. What was delivered never is."""
    values = [Decimal(each["value"]) for each in readings]
    below, above = any(value < 0 for value in values), any(value > 0 for value in values)
    if (role in ("delivered", "demand") and below) or (role == "received" and below and above):
        raise roles_unproven()
    if role != "received" or below:
        return readings
    return [
        {**each, "value": str(-value) if value else each["value"]} for each, value in zip(readings, values, strict=True)
    ]


def _check_roles(found: list[dict[str, Any]]) -> None:
    roles = {one["role"]: one for one in found}
    energy = {one["data_type"] for one in found if one["unit"] == "kWh"}
    if len(roles) != len(found) or len(energy) > 1:
        raise roles_unproven()  # two series of one role, or of two resolutions: they are never added
    if not {"delivered", "received", "net"} <= set(roles):
        return
    there: list[dict[tuple[str, str], Decimal]] = [
        {(each["start"], each["end"]): Decimal(each["value"]) for each in roles[role]["readings"]}
        for role in ("delivered", "received", "net")
    ]
    delivered, received, net = there
    for key in net.keys() & delivered.keys() & received.keys():
        if abs(net[key] - delivered[key] - received[key]) > TOLERANCE:
            raise roles_unproven()


def _whole(text: str | None) -> int:
    if text is None or not _NUMBER.fullmatch(text):
        raise layout_unknown()
    return int(text)
