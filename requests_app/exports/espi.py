"""Readings as Green Button XML (NAESB REQ.21 ESPI, in an Atom feed) (rules).

An account is a usage point, named by the id that its reader knows it by (many end in the same digits); a kind of its
values is a meter reading with the reading type that it is tied to, and its values lie in blocks of a month. Values are
whole numbers of Wh or W times a power of ten, so that nothing is rounded. What went back is positive here and said by
`flowDirection`. A value of which another file says otherwise is marked questionable. Where each value came from is a
`via` link of the meter reading.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
FLOW = {"delivered": "1", "net": "4", "received": "19", "demand": "1"}
UNIT = {"kWh": "72", "kW": "38"}  # Wh and W
QUALITY = {"as_stated": "14", "estimated": "8", "implied": "11", "": "14"}
QUESTIONABLE = "10"  # flagged, uncertain
LENGTH = {"PT15M": 900, "PT1H": 3600, "P1D": 86400}
# Start and end of summer time in the United States since 2007, as the specification writes such rules.
SUMMER_END, SUMMER_START, SUMMER_OFFSET = "B40E2000", "360E2000", "3600"
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:espi")


def feed(shown: Mapping[str, Any], *, made_at: datetime, links: Mapping[str, str]) -> bytes:
    """Give released readings as a feed; `links`: the address of each file by its id; `made_at`: the feed's own time."""
    root = Element("feed", {"xmlns": ATOM})
    place = f"/espi/1_1/resource/Subscription/{shown['id']}"
    stamp = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _text(root, "id", _name(place, stamp))
    _text(root, "title", "Green Button usage feed")
    _text(root, "updated", stamp)
    SubElement(root, "link", {"rel": "self", "href": place})
    author = SubElement(root, "author")
    _text(author, "name", "Utility data broker")
    series = [one for one in shown["series"] if one["unit"] in UNIT and one["role"] in FLOW and one["readings"]]
    for account, some in groupby(sorted(series, key=_account), key=_account):
        _usage_point(_Feed(root, stamp, links), f"{place}/UsagePoint/{account}", list(some))
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made


class _Feed:
    """A feed in the making."""

    def __init__(self, root: Element, stamp: str, links: Mapping[str, str]) -> None:
        self.root, self.stamp, self.links = root, stamp, links

    def entry(self, own: str, up: str, title: str, *related: str, via: Sequence[str] = ()) -> Element:
        """Add an entry and give its content."""
        entry = SubElement(self.root, "entry")
        _text(entry, "id", _name(own))
        for rel, href in [("self", own), ("up", up), *(("related", each) for each in related)]:
            SubElement(entry, "link", {"rel": rel, "href": href})
        for each in via:
            SubElement(entry, "link", {"rel": "via", "href": self.links[each]})
        _text(entry, "title", title)
        content = SubElement(entry, "content", {"type": "application/xml"})
        _text(entry, "published", self.stamp)
        _text(entry, "updated", self.stamp)
        return content


def _usage_point(out: _Feed, own: str, series: Sequence[Mapping[str, Any]]) -> None:
    meters = [f"{own}/MeterReading/{number:02}" for number in range(1, len(series) + 1)]
    clock, types = f"{own}/LocalTimeParameters/01", "/espi/1_1/resource/ReadingType"
    point = _espi(
        out.entry(own, own.rpartition("/")[0], f"Account ending {series[0]['account_ending']}", *meters, clock),
        "UsagePoint",
    )
    _text(SubElement(point, "ServiceCategory"), "kind", "0")
    zone = _espi(out.entry(clock, f"{own}/LocalTimeParameters", series[0]["zone"]), "LocalTimeParameters")
    offset = datetime(2026, 1, 15, tzinfo=ZoneInfo(series[0]["zone"])).utcoffset()
    rules = (SUMMER_END, SUMMER_OFFSET, SUMMER_START, str(int(offset.total_seconds()) if offset else 0))
    for name, value in zip(("dstEndRule", "dstOffset", "dstStartRule", "tzOffset"), rules, strict=True):
        _text(zone, name, value)
    for meter, one in zip(meters, series, strict=True):
        kind = f"{types}/{_name(meter).removeprefix('urn:uuid:')}"
        title = f"{one['role']} {one['unit']} {one['resolution']}"
        sources = dict.fromkeys(each["file"] for each in one["sources"])
        reading = out.entry(meter, f"{own}/MeterReading", title, f"{meter}/IntervalBlock", kind, via=list(sources))
        _espi(reading, "MeterReading")
        power = _power(one)
        _reading_type(out.entry(kind, types, title), one, power)
        for number, (month, values) in enumerate(groupby(one["readings"], key=_month), 1):
            block = out.entry(f"{meter}/IntervalBlock/{number:04}", f"{meter}/IntervalBlock", month)
            _block(_espi(block, "IntervalBlock"), list(values), one, power)


def _reading_type(content: Element, one: Mapping[str, Any], power: int) -> None:
    kind = _espi(content, "ReadingType")
    energy = one["unit"] == "kWh"
    start, end = _span(one["readings"][0], one["readings"][0], ZoneInfo(one["zone"]))
    facts = {
        "accumulationBehaviour": "4" if energy else "6",
        "commodity": "1",
        "dataQualifier": "12" if energy else "8",
        "flowDirection": FLOW[one["role"]],
        "intervalLength": str(LENGTH.get(one["resolution"]) or int((end - start).total_seconds())),
        "kind": "12" if energy else "8",
        "powerOfTenMultiplier": str(power),
        "timeAttribute": "0",
        "uom": UNIT[one["unit"]],
    }
    for name, value in facts.items():
        _text(kind, name, value)


def _block(block: Element, values: Sequence[Mapping[str, Any]], one: Mapping[str, Any], power: int) -> None:
    zone = ZoneInfo(one["zone"])
    _period(SubElement(block, "interval"), *_span(values[0], values[-1], zone))
    for each in values:
        row = SubElement(block, "IntervalReading")
        quality = SubElement(row, "ReadingQuality")
        _text(quality, "quality", QUALITY.get(each["quality"], QUESTIONABLE))
        _period(SubElement(row, "timePeriod"), *_span(each, each, zone))
        value = Decimal(each["value"]).scaleb(3 - power)
        _text(row, "value", str(int(-value if one["role"] == "received" else value)))


def _period(at: Element, first: datetime, last: datetime) -> None:
    _text(at, "duration", str(int((last - first).total_seconds())))
    _text(at, "start", str(int(first.timestamp())))


def _power(one: Mapping[str, Any]) -> int:
    """Give the power of ten at which every value is a whole number of Wh or W, to the last figure that it has."""
    lowest = min(_exponent(Decimal(each["value"])) for each in one["readings"])
    return lowest + 3


def _exponent(value: Decimal) -> int:
    found = value.as_tuple().exponent
    return min(found, 0) if isinstance(found, int) else 0


def _span(first: Mapping[str, Any], last: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    return _instant(first["start"], zone), _instant(last["end"], zone, ends=True)


def _instant(text: str, zone: ZoneInfo, *, ends: bool = False) -> datetime:
    """Read a moment; a day without a time begins at its midnight, and as an end it belongs to what ends."""
    if len(text) > 10:
        return datetime.fromisoformat(text).astimezone(UTC)
    day = date.fromisoformat(text) + timedelta(days=int(ends))
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _account(one: Mapping[str, Any]) -> str:
    return str(one["account_id"])


def _month(each: Mapping[str, Any]) -> str:
    return str(each["start"])[:7]


def _espi(content: Element, name: str) -> Element:
    return SubElement(content, name, {"xmlns": ESPI})


def _text(at: Element, name: str, text: str) -> None:
    SubElement(at, name).text = text


def _name(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMES, ' '.join(parts))}"
