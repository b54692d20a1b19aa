"""Green Button XML: what is tied to what by its links, roles by flow direction and arithmetic, days by the zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.importers import green_button, usage_file
from broker.sandbox import Refused, pack
from tests.unit.test_importers import SHARED, ZONE, needs_real_inputs, totals

HOME = ZoneInfo(ZONE)


def read(text: str | bytes) -> dict[str, Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return usage_file.read({"data": pack(data), "zone": ZONE})


def entry(own: str, up: str, content: str, *related: str) -> str:
    links = "".join(f'<link rel="related" href="{each}"/>' for each in related)
    return (
        f'<entry><link rel="self" href="{own}"/><link rel="up" href="{up}"/>{links}<content>{content}</content></entry>'
    )


def espi(name: str, inside: str) -> str:
    return f'<{name} xmlns="http://naesb.org/espi">{inside}</{name}>'


def meter(number: int, values: list[tuple[int, int, object]], **changes: object) -> list[str]:
    """Entries of one meter reading: values are (start, duration, value); changes are those of its reading type."""
    base = f"/UsagePoint/0/MeterReading/{number}"
    kind: dict[str, object] = {
        "accumulationBehaviour": 4,
        "commodity": 1,
        "flowDirection": 1,
        "intervalLength": 3600,
        "kind": 12,
        "powerOfTenMultiplier": 0,
        "uom": 72,
        **changes,
    }
    rows = "".join(
        espi(
            "IntervalReading",
            f"<timePeriod><duration>{length}</duration><start>{start}</start></timePeriod>{_value(v)}",
        )
        for start, length, v in values
    )
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in kind.items() if value is not None)
    return [
        entry(f"{base}/IntervalBlock/0", f"{base}/IntervalBlock", espi("IntervalBlock", rows), base),
        entry(f"/ReadingType/{number}", "/ReadingType", espi("ReadingType", inside)),
        entry(
            base,
            "/UsagePoint/0/MeterReading",
            espi("MeterReading", ""),
            f"{base}/IntervalBlock",
            f"/ReadingType/{number}",
        ),
    ]


def _value(value: object) -> str:
    return "" if value is None else f"<value>{value}</value>"


POINT = entry("/UsagePoint/0", "/UsagePoint", espi("UsagePoint", "<ServiceCategory><kind>0</kind></ServiceCategory>"))


def feed(*entries: str, title: str = "Usage") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{POINT}{"".join(entries)}</feed>'


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=HOME).timestamp())


def hours(first: str, values: list[object]) -> list[tuple[int, int, object]]:
    return [(at(first) + 3600 * number, 3600, value) for number, value in enumerate(values)]


@needs_real_inputs
def test_the_real_feed_of_the_portal_says_what_its_table_says() -> None:
    found = read((SHARED / "greenbutton" / "nisc_smarthub_daily.xml").read_bytes())
    assert totals(found) == {"delivered": "72.630", "received": "-40.520", "net": "32.110", "demand": "10.672"}
    assert (found["layout"], found["zone"]) == ("greenbutton.nisc", "America/Denver")
    assert found["series"][0]["readings"][0]["start"] == "2025-10-19T00:00:00-06:00"
    assert [each["unit"] for each in found["series"]] == ["kWh", "kWh", "kWh", "kW"]


@needs_real_inputs
@pytest.mark.parametrize(
    ("name", "zone", "resolution", "count", "total"),
    [
        ("espi_15min_est_with_cost", "America/New_York", "PT15M", 96, "93.846"),
        ("espi_hourly_pst_year_header", "America/Los_Angeles", "PT1H", 362, "291.018"),
    ],
)
def test_real_feeds_of_other_utilities(name: str, zone: str, resolution: str, count: int, total: str) -> None:
    found = read((SHARED / "greenbutton" / f"{name}.xml").read_bytes())
    (series,) = found["series"]
    assert (found["zone"], series["resolution"], series["count"], series["total"]) == (zone, resolution, count, total)


@needs_real_inputs
def test_what_nobody_measured_is_marked() -> None:
    found = read((SHARED / "greenbutton" / "espi_15min_est_with_cost.xml").read_bytes())
    qualities = [each["quality"] for each in found["series"][0]["readings"]]
    assert qualities[:3] == ["estimated", "implied", "as_stated"]


@needs_real_inputs
def test_a_feed_without_intervals_has_no_values_and_a_customers_feed_is_refused() -> None:
    assert read((SHARED / "greenbutton" / "espi_prefixed_no_intervals.xml").read_bytes())["series"] == []
    with pytest.raises(Refused) as refused:
        read((SHARED / "greenbutton" / "espi_customer_feed.xml").read_bytes())
    assert refused.value.code == "file.not_usage"


def test_order_in_the_document_says_nothing() -> None:
    one = meter(1, hours("2025-07-04T00:00", [500, 600]))
    two = meter(2, hours("2025-07-04T00:00", [100, 900]), flowDirection=19)
    plain, mixed = read(feed(*one, *two)), read(feed(two[0], one[0], two[2], one[2], one[1], two[1]))
    assert totals(plain) == totals(mixed) == {"delivered": "1.100", "received": "-1.000"}


def test_days_of_23_and_25_hours() -> None:
    for first, length in (("2025-03-09", 23), ("2025-11-02", 25)):
        (series,) = read(feed(*meter(1, hours(f"{first}T00:00", [1000] * length))))["series"]
        assert (series["count"], series["total"], series["gaps"]) == (length, f"{length}.000", [])
        assert len({each["start"] for each in series["readings"]}) == length
        for said in (86400, length * 3600):
            daily = [(at(f"{first}T00:00"), said, 9000), (at(f"{first}T00:00") + length * 3600, 86400, 1000)]
            (day,) = read(feed(*meter(1, daily, intervalLength=86400)))["series"]
            assert (day["count"], day["gaps"], day["total"]) == (2, [], "10.000")
            assert day["readings"][0]["end"][11:16] == "00:00"


def test_the_same_hour_in_two_blocks_counts_once_and_a_contradiction_not_at_all() -> None:
    rows = hours("2025-07-04T00:00", [500, 600])
    (series,) = read(feed(*meter(1, [*rows, rows[1]])))["series"]
    assert (series["count"], series["total"]) == (2, "1.100")
    with pytest.raises(Refused):
        read(feed(*meter(1, [*rows, (rows[1][0], 3600, 601)])))


def test_many_blocks_in_one_entry_are_read_as_one() -> None:
    one, two = hours("2025-07-04T00:00", [500]), hours("2025-07-04T01:00", [600])
    whole = meter(1, [*one, *two])
    two_blocks = whole[0].replace(MORE, f"</IntervalReading></IntervalBlock>{BLOCK}<IntervalReading", 1)
    (series,) = read(feed(two_blocks, *whole[1:]))["series"]
    assert (series["count"], series["total"]) == (2, "1.100")


def test_a_demand_may_be_what_an_instrument_showed() -> None:
    (series,) = read(feed(*meter(1, HOUR, uom=38, kind=8, accumulationBehaviour=6)))["series"]
    assert (series["role"], series["total"]) == ("demand", "0.500")
    with pytest.raises(Refused):
        read(feed(*meter(1, HOUR, kind=8)))


def test_no_value_is_not_zero() -> None:
    (series,) = read(feed(*meter(1, hours("2025-07-04T00:00", [500, None, 600]))))["series"]
    assert (series["count"], series["missing"], series["gaps_count"], series["total"]) == (2, 1, 1, "1.100")


def test_power_is_never_energy() -> None:
    energy, power = meter(1, hours("2025-07-04T00:00", [500])), meter(2, hours("2025-07-04T00:00", [900]), uom=38)
    found = read(feed(*energy, *power))
    assert [(each["role"], each["unit"], each["total"]) for each in found["series"]] == [
        ("delivered", "kWh", "0.500"),
        ("demand", "kW", "0.900"),
    ]


def test_a_multiplier_of_the_reading_type_counts() -> None:
    (series,) = read(feed(*meter(1, hours("2025-07-04T00:00", [2]), powerOfTenMultiplier=3)))["series"]
    assert series["total"] == "2"


BLOCK = '<IntervalBlock xmlns="http://naesb.org/espi">'
MORE = "</IntervalReading><IntervalReading"
HOUR = hours("2025-07-04T00:00", [500])
QUARTER = [(at("2025-07-04T00:00"), 900, 5)]
NET = meter(3, hours("2025-07-04T00:00", [20]), flowDirection=4)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (lambda: feed(*meter(1, HOUR), *meter(2, HOUR)), "file.roles_unproven"),
        (lambda: feed(*meter(1, HOUR, flowDirection=None)), "file.roles_unproven"),
        (lambda: feed(*meter(1, HOUR, flowDirection=20)), "file.roles_unproven"),
        (lambda: feed(*meter(1, hours("2025-07-04T00:00", [-500]))), "file.roles_unproven"),
        (
            lambda: feed(
                *meter(1, HOUR), *meter(2, HOUR, flowDirection=19), *NET
            ),
            "file.roles_unproven",
        ),
        (lambda: feed(*meter(1, HOUR), *meter(2, QUARTER, intervalLength=900, flowDirection=4)),
         "file.roles_unproven"),
        (lambda: feed(*meter(1, HOUR, accumulationBehaviour=3)), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR, intervalLength=1800)), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR, intervalLength=900)), "file.layout_unknown"),
        (lambda: feed(*meter(1, hours("2025-07-04T00:00", [51_000]))), "file.layout_unknown"),
        (lambda: feed(*meter(1, hours("2025-07-04T00:00", ["0.5"]))), "file.layout_unknown"),
        (lambda: feed(*meter(1, [(at("2025-07-04T05:00"), 86400, 500)], intervalLength=86400)), "file.layout_unknown"),
        (lambda: feed(POINT, *meter(1, HOUR)), "file.layout_unknown"),
        (lambda: feed(meter(1, HOUR)[0]), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR)).replace("<kind>0</kind>", "<kind>1</kind>"), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR)).replace("<value>", "<powerOfTenMultiplier>3</powerOfTenMultiplier><value>"),
         "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR, powerOfTenMultiplier=3), title="NISC Readings Feed"), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR)).replace("<feed", "<list").replace("</feed", "</list"), "file.layout_unknown"),
        (lambda: feed(*meter(1, HOUR)).replace("/feed>", "/fee>"), "file.unreadable"),
        (lambda: "<!DOCTYPE feed>" + feed(*meter(1, HOUR)), "file.unreadable"),
        (lambda: '<!DOCTYPE f [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><feed>&c;</feed>', "file.unreadable"),
        (lambda: "<a>" * 5000, "file.unreadable"),
    ],
    ids=[
        "two of one role", "no direction", "a direction that is none", "delivered below nothing", "net is not the sum",
        "two resolutions", "a register, not its change", "half hours", "rows that last longer than the type says",
        "more than a home can use", "no whole number", "a day that begins at five", "two meters", "a block of nobody",
        "gas", "a multiplier beside a value", "another dialect", "no feed", "broken", "a document type",
        "entities", "deep",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused_whole(text: Callable[[], str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text())
    assert refused.value.code == code


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        green_button.read({"data": pack(b"<" + data), "zone": ZONE})


@settings(deadline=None, max_examples=60)
@given(
    first=st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 1)),
    values=st.lists(st.none() | st.integers(0, 49_000), min_size=1, max_size=80),
    order=st.randoms(use_true_random=False),
)
def test_hours_in_any_order_give_their_sum_or_a_refusal(first: datetime, values: list[int | None], order: Any) -> None:
    start = first.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    rows = [(int((start + timedelta(hours=n)).timestamp()), 3600, value) for n, value in enumerate(values)]
    order.shuffle(rows)
    (series,) = read(feed(*meter(1, rows)))["series"]
    assert Decimal(series["total"]) == Decimal(sum(value or 0 for value in values)).scaleb(-3)
    assert series["count"] + series["missing"] == len(values)
