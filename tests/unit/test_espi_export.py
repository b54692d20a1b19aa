"""Green Button XML that we write: our own importer reads the same values back, and its structure is that of ESPI."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.importers import usage_file
from broker.sandbox import pack
from requests_app.exports import espi

ZONE = "America/Chicago"
HOME = ZoneInfo(ZONE)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FILE = "c2a5e6d1-54e4-4c0f-9d62-5c7f6f4f8b33"
ATOM, ESPI = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"
# What ESPI has in each element, in its order; a "?" may be left out, a "*" stand many times. Written from what the
# standard describes (REQ.21), not taken from any file.
ORDER: dict[str, list[str]] = {
    "UsagePoint": ["roleFlags?", "ServiceCategory", "status?"],
    "ServiceCategory": ["kind"],
    "LocalTimeParameters": ["dstEndRule", "dstOffset", "dstStartRule", "tzOffset"],
    "MeterReading": [],
    "ReadingType": [
        "accumulationBehaviour?", "commodity?", "consumptionTier?", "currency?", "dataQualifier?", "defaultQuality?",
        "flowDirection?", "intervalLength?", "kind?", "phase?", "powerOfTenMultiplier?", "timeAttribute?", "tou?",
        "uom?",
    ],
    "IntervalBlock": ["interval?", "IntervalReading*"],
    "interval": ["duration?", "start?"],
    "IntervalReading": ["cost?", "ReadingQuality*", "timePeriod?", "value?"],
    "ReadingQuality": ["quality"],
    "timePeriod": ["duration?", "start?"],
}  # fmt: skip
ENTRY = ["id", "link", "title", "content", "published", "updated"]


def series(values: list[str], **changes: Any) -> dict[str, Any]:
    """Hours from 1 October 2025 on, one value each."""
    start = datetime(2025, 10, 1, tzinfo=HOME)
    length = changes.pop("length", timedelta(hours=1))
    at = [(start.astimezone(UTC) + n * length).astimezone(HOME) for n in range(len(values) + 1)]
    return {
        "data_type": "usage_hourly",
        "role": "delivered",
        "unit": "kWh",
        "resolution": "PT1H",
        "zone": ZONE,
        "account_id": "9c3e51b07a2d4f68",
        "account_ending": "0017",
        "readings": [
            {"start": a.isoformat(), "end": b.isoformat(), "value": v, "quality": "as_stated", "row": n, "source": 0}
            for n, (a, b, v) in enumerate(zip(at, at[1:], values, strict=False))
        ],
        "sources": [{"file": FILE}],
        **changes,
    }


def written(*some: dict[str, Any]) -> bytes:
    shown = {"id": "7f1f6f2e-2b6e-4c1e-9a57-0d7d2f5a1c11", "series": list(some)}
    return espi.feed(shown, made_at=NOON, links={FILE: "https://broker.example/api/v1/file"})


def read_back(data: bytes) -> dict[tuple[str, str], dict[str, Decimal]]:
    found = usage_file.read({"data": pack(data), "zone": ZONE})
    assert found["layout"] == "greenbutton.espi"
    return {
        (one["role"], one["resolution"]): {each["start"]: Decimal(each["value"]) for each in one["readings"]}
        for one in found["series"]
    }


def said(one: dict[str, Any]) -> dict[str, Decimal]:
    return {each["start"]: Decimal(each["value"]) for each in one["readings"]}


def well_formed(data: bytes) -> Element:
    """Check the feed against the structure that Atom and ESPI ask for, and its links against each other."""
    root = fromstring(data)
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert len(root.findall(f"{ATOM}{name}")) == 1, name
    own: Counter[str] = Counter()
    related: set[str] = set()
    ids: Counter[str] = Counter()
    for entry in root.findall(f"{ATOM}entry"):
        names = [child.tag.removeprefix(ATOM) for child in entry]
        assert [name for n, name in enumerate(names) if name not in names[:n]] == ENTRY
        ids[entry.findtext(f"{ATOM}id", "")] += 1
        links = [(link.get("rel", ""), link.get("href", "")) for link in entry.findall(f"{ATOM}link")]
        [self] = [href for rel, href in links if rel == "self"]
        [up] = [href for rel, href in links if rel == "up"]
        assert self.startswith(f"{up}/")
        own[self] += 1
        related |= {href for rel, href in links if rel == "related"}
        [content] = entry.findall(f"{ATOM}content")
        [inside] = content
        _ordered(inside)
    assert set(own.values()) == set(ids.values()) == {1}
    ups = {href.rpartition("/")[0] for href in own}
    assert related <= set(own) | ups, "what an entry points at is in the feed"
    return root


def _ordered(node: Element) -> None:
    name = node.tag.removeprefix(ESPI)
    if name not in ORDER:
        assert not list(node), f"{name} holds nothing but text"
        assert node.text
        return
    rest = [child.tag.removeprefix(ESPI) for child in node]
    for each in ORDER[name]:
        bare, many = each.rstrip("?*"), each.endswith("*")
        here = 0
        while rest and rest[0] == bare and (many or here == 0):
            rest.pop(0)
            here += 1
        assert here or each[-1] in "?*", f"{name} lacks {bare}"
    assert not rest, f"{name} has {rest} where ESPI has none"
    for child in node:
        _ordered(child)


def test_hours_days_and_months_come_back_as_they_were() -> None:
    hours = series(["1.234", "0", "0.5"])
    days = series(["49.600", "23.030"], resolution="P1D", data_type="usage_daily", length=timedelta(days=1))
    month = series(["812.5"], resolution="P1M", data_type="usage_monthly", length=timedelta(days=31))
    well_formed(written(hours, days, month))
    for one in (hours, days, month):  # our importer takes one kind of data at a time, and so does `data_type`
        assert read_back(written(one)) == {("delivered", one["resolution"]): said(one)}


def test_what_went_back_is_positive_in_the_feed_and_negative_with_us() -> None:
    back = series(["-11.000", "0", "-29.520"], role="received")
    data = written(back)
    root = well_formed(data)
    assert [int(each.text or "") for each in root.iter(f"{ESPI}value")] == [11000, 0, 29520]
    assert root.findtext(f".//{ESPI}flowDirection") == "19"
    assert read_back(data) == {("received", "PT1H"): said(back)}


def test_a_demand_is_power() -> None:
    demand = series(["7.25", "6.5"], role="demand", unit="kW")
    data = written(demand)
    assert well_formed(data).findtext(f".//{ESPI}uom") == "38"
    assert read_back(data) == {("demand", "PT1H"): said(demand)}


def test_a_value_of_which_another_file_says_otherwise_is_questionable() -> None:
    one = series(["1.5", "2.5"])
    one["readings"][1]["quality"] = "flagged"
    root = well_formed(written(one))
    assert [each.text for each in root.iter(f"{ESPI}quality")] == ["14", "10"]


def test_where_values_came_from_is_a_link() -> None:
    root = well_formed(written(series(["1.5"])))
    via = [link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "via"]
    assert via == ["https://broker.example/api/v1/file"]


def test_two_accounts_are_two_usage_points() -> None:
    root = well_formed(written(series(["1"]), series(["2"], account_id="00aa51b07a2d4f68")))
    assert len(list(root.iter(f"{ESPI}UsagePoint"))) == 2


def test_a_period_that_is_said_by_days_ends_with_its_last_day() -> None:
    month = series(["1204"], resolution="P1M", data_type="usage_monthly")
    month["readings"][0] |= {"start": "2025-09-03", "end": "2025-10-02"}
    root = well_formed(written(month))
    [period] = root.iter(f"{ESPI}timePeriod")
    assert int(period.findtext(f"{ESPI}duration") or 0) == 30 * 86400
    assert (
        datetime.fromtimestamp(int(period.findtext(f"{ESPI}start") or 0), HOME).isoformat()[:16] == "2025-09-03T00:00"
    )


@pytest.mark.parametrize("first", ["2025-11-01", "2026-03-07"])
def test_days_of_twenty_five_and_twenty_three_hours_come_back(first: str) -> None:
    start = datetime.fromisoformat(first).replace(tzinfo=HOME)
    at = [start + timedelta(days=n) for n in range(4)]  # by the clock on the wall
    one = series(["1", "2", "3"], resolution="P1D", data_type="usage_daily")
    for each, a, b in zip(one["readings"], at, at[1:], strict=False):
        each |= {"start": a.isoformat(), "end": b.isoformat()}
    assert read_back(written(one)) == {("delivered", "P1D"): said(one)}


@given(
    st.lists(
        st.decimals(min_value=0, max_value=40, allow_nan=False, places=3) | st.decimals(0, 40, places=1), min_size=1
    ),
    st.sampled_from(["delivered", "received", "net"]),
)
@settings(deadline=None, max_examples=60)
def test_no_value_is_rounded_or_moved(values: list[Decimal], role: str) -> None:
    texts = [format(-each if role == "received" else each, "f") for each in values]
    one = series(texts, role=role)
    data = written(one)
    assert read_back(data) == {(role, "PT1H"): said(one)}


def test_whatever_stands_in_a_title_is_text() -> None:
    root = well_formed(written(series(["1"], zone=ZONE, account_ending="0<&17")))
    assert "Account ending 0<&17" in {each.text for each in root.iter(f"{ATOM}title")}
