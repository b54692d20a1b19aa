"""What the importers read, and what they refuse rather than guess."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.importers import bill_pdf, nectar_usage, smarthub_csv
from broker.rehearsal import paper
from broker.sandbox import Refused, pack

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs"
needs_real_inputs = pytest.mark.skipif(not SHARED.is_dir(), reason="the real inputs are not beside this checkout")
ZONE = "America/Chicago"


def read_csv(text: str | bytes) -> dict[str, Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return smarthub_csv.read({"data": pack(data), "zone": ZONE})


def totals(result: dict[str, Any]) -> dict[str, str]:
    return {each["role"]: each["total"] for each in result["series"]}


def daily(**changes: Any) -> str:
    facts: dict[str, Any] = {
        "account": "4417702",
        "first": date(2025, 10, 19),
        "delivered": [Decimal("49.600"), Decimal("23.030")],
        "received": [Decimal("-11.000"), Decimal("-29.520")],
        "peak_kw": Decimal("10.672"),
    }
    return paper.usage_csv(**(facts | changes))


def hourly(day: str, rows: list[tuple[str, str, str]]) -> str:
    """A house without generation: one block of hours."""
    text = daily(received=[], peak_kw=None, delivered=[Decimal("1.000")])
    head, _, _ = text.partition(" 2025-10-19 00:00 to ")
    return head + "".join(f" {day} {start} to {day} {end},{value},,\n" for start, end, value in rows)


@needs_real_inputs
def test_the_real_file_is_four_series_that_are_never_added() -> None:
    result = read_csv((SHARED / "smarthub" / "united_power_daily.csv").read_bytes())
    assert totals(result) == {"delivered": "72.630", "received": "-40.520", "net": "32.110", "demand": "10.672"}
    assert {each["role"]: each["unit"] for each in result["series"]}["demand"] == "kW"
    assert (result["layout"], result["account"]) == ("smarthub.A", "redacted_account_id")
    assert result["covers"] == {"from": "2025-10-19", "to": "2025-10-21"}
    assert result["series"][0]["readings"][0] == {
        "role": "delivered",
        "unit": "kWh",
        "start": "2025-10-19T00:00:00-05:00",
        "end": "2025-10-20T00:00:00-05:00",
        "value": "49.600",
        "quality": "as_stated",
        "row": 16,
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_the_blocks_says_nothing(order: tuple[int, ...]) -> None:
    mark = " Meter Reading Information"
    head, *blocks = daily(peak_kw=None).split(mark)
    shuffled = head + "".join(mark + blocks[i].rstrip("= \n") + "\n" for i in order)
    assert totals(read_csv(shuffled)) == {"delivered": "72.630", "received": "-40.520", "net": "32.110"}


def test_a_house_without_generation_has_one_block() -> None:
    result = read_csv(daily(received=[], peak_kw=None))
    assert totals(result) == {"delivered": "72.630"}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n ", "\n"),
        lambda text: text.replace(" to ", "\xa0to "),
    ],
    ids=["byte order mark", "CRLF", "CR", "no leading blank", "no-break space"],
)
def test_the_same_numbers_in_other_wrapping(wrap: Callable[[str], str]) -> None:
    assert totals(read_csv(wrap(daily())))["net"] == "32.110"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "date,usage\n2025-10-19,49.6\n",
        lambda text: text.replace("Electricity", "Water"),
        lambda text: text.replace("49.600", "4 9.600"),
        lambda text: text.replace("49.600", "=1+1"),
        lambda text: text.replace("49.600", "49.6e0"),
        lambda text: text.replace("49.600,,", "49.600,12.40,"),
        lambda text: text.replace("2025-10-20 00:00,49", "2025-10-18 00:00,49"),
        lambda text: text.replace("2025-10-19", "2025-02-30"),
        lambda text: text.replace("49.600", "49600.0"),
        lambda text: text.replace("kilowatts)", "kilowatt-hours)"),
        lambda text: text.replace("Detailed Usage", "Detailed usage and cost"),
        lambda text: text + "\n Total,72.63,,\n",
        lambda text: text.replace("00:00 to 2025-10-20 00:00,49", "00:00 to 2025-10-19 00:15,49"),
    ],
    ids=[
        "empty",
        "another layout",
        "not electricity",
        "a blank in a number",
        "a formula",
        "another notation",
        "money in the third field",
        "end before begin",
        "no such day",
        "more than a home can use",
        "two units under one caption",
        "unknown caption",
        "a line too many",
        "quarter hours between days",
    ],
)
def test_what_is_not_exactly_as_known_is_refused_whole(spoil: Callable[[str], str]) -> None:
    with pytest.raises(Refused) as refused:
        read_csv(spoil(daily()))
    assert refused.value.code == "file.layout_unknown"


def test_a_net_that_is_not_the_sum_proves_nothing() -> None:
    with pytest.raises(Refused) as refused:
        read_csv(daily().replace("-6.490", "-6.470"))
    assert refused.value.code == "file.roles_unproven"


def test_what_is_no_text_or_too_large_is_unreadable() -> None:
    for data in (b"\xff\xfe\x00", b"\n" * (5 * 1024 * 1024 + 1)):
        with pytest.raises(Refused) as refused:
            read_csv(data)
        assert refused.value.code == "file.unreadable"


def test_generation_that_no_block_explains_is_refused() -> None:
    with pytest.raises(Refused):
        read_csv(daily(delivered=[Decimal("5.000"), Decimal("-1.000")], received=[], peak_kw=None))


def test_two_blocks_prove_nothing() -> None:
    mark = " Meter Reading Information"
    head, first, second, _ = daily(peak_kw=None).split(mark)
    with pytest.raises(Refused):
        read_csv(head + mark + first + mark + second)


@pytest.mark.parametrize("empty", ["", "-"])
def test_no_value_is_not_zero(empty: str) -> None:
    result = read_csv(daily(received=[], peak_kw=None).replace("49.600", empty))
    (series,) = result["series"]
    assert (series["count"], series["missing"], series["total"]) == (1, 1, "23.030")


def test_the_hour_that_the_autumn_day_has_twice_is_told_by_its_order() -> None:
    rows = [("00:00", "01:00", "1.0"), ("01:00", "02:00", "2.0"), ("01:00", "02:00", "3.0"), ("02:00", "03:00", "4.0")]
    (series,) = read_csv(hourly("2025-11-02", rows))["series"]
    assert [each["start"][11:] for each in series["readings"]] == [
        "00:00:00-05:00",
        "01:00:00-05:00",
        "01:00:00-06:00",
        "02:00:00-06:00",
    ]
    assert series["readings"][1]["end"] == "2025-11-02T01:00:00-06:00"
    assert {each["quality"] for each in series["readings"]} == {"as_stated"}


def test_no_hour_is_invented_for_an_autumn_day_that_shows_one_only() -> None:
    rows = [("00:00", "01:00", "1.0"), ("01:00", "02:00", "5.0"), ("02:00", "03:00", "4.0")]
    (series,) = read_csv(hourly("2025-11-02", rows))["series"]
    assert (series["count"], series["gaps_count"]) == (3, 1)
    assert {each["quality"] for each in series["readings"]} == {"uncertain"}


def test_quarter_hours_of_the_autumn_day_are_told_by_their_order_too() -> None:
    quarters = [f"{hour:02}:{minute:02}" for hour in (0, 1, 1, 2) for minute in (0, 15, 30, 45)] + ["03:00"]
    ends = [f"{hour:02}:{minute:02}" for hour in (0, 1, 1, 2) for minute in (15, 30, 45, 60)]
    ends = [end.replace(":60", "") if ":60" not in end else f"{int(end[:2]) + 1:02}:00" for end in ends]
    (series,) = read_csv(hourly("2025-11-02", [(a, b, "0.1") for a, b in zip(quarters, ends, strict=False)]))["series"]
    assert (series["count"], series["total"], series["resolution"]) == (16, "1.6", "PT15M")
    assert [each["start"][11:] for each in series["readings"][4:12:4]] == ["01:00:00-05:00", "01:00:00-06:00"]
    assert (series["gaps"], {each["quality"] for each in series["readings"]}) == ([], {"as_stated"})


@pytest.mark.parametrize("day", ["2025-11-02", "2025-07-04"])
def test_a_row_that_stands_twice_is_never_counted_twice(day: str) -> None:
    rows = [("13:00", "14:00", "1.0"), ("14:00", "15:00", "2.0"), ("14:00", "15:00", "2.0")]
    with pytest.raises(Refused):
        read_csv(hourly(day, rows))


def test_a_day_that_stands_twice_is_never_counted_twice() -> None:
    row = " 2025-10-19 00:00 to 2025-10-20 00:00,49.600,,\n"
    with pytest.raises(Refused):
        read_csv(daily(received=[], peak_kw=None).replace(row, row + row))


def test_missing_hours_are_named_and_not_filled() -> None:
    rows = [("00:00", "01:00", "1.0"), ("01:00", "02:00", ""), ("04:00", "05:00", "4.0")]
    (series,) = read_csv(hourly("2025-10-19", rows))["series"]
    assert (series["count"], series["missing"], series["total"]) == (2, 1, "5.0")
    assert series["gaps"] == [{"start": "2025-10-19T01:00:00-05:00", "end": "2025-10-19T04:00:00-05:00"}]


@pytest.mark.parametrize(("value", "count"), [("0.000", 3), ("", 3), ("2.0", None)])
def test_an_hour_that_the_spring_day_does_not_have_holds_nothing(value: str, count: int | None) -> None:
    rows = [("00:00", "01:00", "1.0"), ("01:00", "02:00", "2.0"), ("02:00", "03:00", value), ("03:00", "04:00", "4.0")]
    if count is None:
        with pytest.raises(Refused):
            read_csv(hourly("2025-03-09", rows))
        return
    (series,) = read_csv(hourly("2025-03-09", rows))["series"]
    assert (series["count"], series["total"], series["gaps"]) == (count, "7.0", [])


@pytest.mark.parametrize("third", ["0.31", "$0.31", "", "-"])
@pytest.mark.parametrize("caption", ["Events occurred", "Cost (dollars)"])
def test_old_quarter_hours_carry_money_that_is_left_behind(third: str, caption: str) -> None:
    text = hourly("2025-10-19", [("00:00", "00:15", "1.0"), ("00:15", "00:30", "")])
    text = text.replace("Events occurred", caption).replace("1.0,,", f"1.0,{third}")
    result = read_csv(text)
    assert (result["layout"], totals(result)) == ("smarthub.D", {"delivered": "1.0"})
    assert (result["series"][0]["data_type"], result["series"][0]["missing"]) == ("usage_15min", 1)


@pytest.mark.parametrize("third", ["free", "=1+1", "1,2"])
def test_what_stands_for_money_and_is_none_makes_an_unknown_file(third: str) -> None:
    with pytest.raises(Refused):
        read_csv(hourly("2025-10-19", [("00:00", "00:15", "1.0")]).replace("1.0,,", f"1.0,{third}"))


def test_the_spring_day_may_fold_its_missing_hour_into_one_row() -> None:
    rows = [("00:00", "01:00", "1.0"), ("01:00", "03:00", "2.0"), ("03:00", "04:00", "4.0")]
    (series,) = read_csv(hourly("2025-03-09", rows))["series"]
    assert series["readings"][1]["end"] == "2025-03-09T03:00:00-05:00"
    with pytest.raises(Refused):
        read_csv(hourly("2025-03-10", rows))


def test_a_billing_month_is_a_resolution_of_its_own() -> None:
    text = daily(received=[], peak_kw=None, delivered=[Decimal("43.000")])
    result = read_csv(text.replace("to 2025-10-20 00:00,43", "to 2025-11-19 00:00,43"))
    assert (result["layout"], result["series"][0]["data_type"]) == ("smarthub.C", "usage_monthly")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_csv(data)


def usage(**changes: Any) -> dict[str, Any]:
    entry = {
        "id": "u1",
        "startDate": "2025-09-16",
        "endDate": "2025-10-15",
        "usage": "812",
        "usageUnits": "kWh",
        "timeOfUseBreakdown": [{"timeOfUse": "PEAK", "usage": "300", "usageUnits": "kWh"}],
        "identifiers": [{"rawName": "Account number", "name": "ACCOUNT_NUMBER", "value": "4417702"}],
    }
    return entry | changes


def read_nectar(*entries: dict[str, Any], documents: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    payload = {"usage": list(entries), "documents": list(documents), "zone": ZONE}
    return nectar_usage.read(json.loads(json.dumps(payload)))


def test_nectars_total_is_the_reading_and_its_parts_are_not_added() -> None:
    result = read_nectar(usage())
    assert totals(result) == {"delivered": "812"}
    assert result["accounts"] == ["4417702"]
    assert result["covers"] == {"from": "2025-09-16", "to": "2025-10-16"}


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"usage": 812.5}, "812.5"),
        ({"usage": None, "rawUsage": "812", "usageUnits": None, "rawUsageUnits": "kWh"}, "812"),
        ({"usage": "0.812", "usageUnits": "MWh"}, "812.000"),
    ],
    ids=["a JSON number", "the other spelling", "megawatt-hours"],
)
def test_nectars_spellings(changes: dict[str, Any], total: str) -> None:
    assert totals(read_nectar(usage(**changes))) == {"delivered": total}


def test_a_newer_version_of_an_entry_replaces_the_older_one() -> None:
    old = usage(updated="2025-11-01T00:00:00Z")
    new = usage(updated="2025-11-02T00:00:00Z", usage="800")
    assert totals(read_nectar(new, old)) == {"delivered": "800"}


def test_what_nectar_exports_is_received_and_what_it_excludes_is_left_out() -> None:
    export = usage(id="u2", netMeteringType="EXPORT", usage="40")
    assert totals(read_nectar(usage(), export, usage(id="u3", exclusion=True))) == {
        "delivered": "812",
        "received": "-40",
    }


def test_demand_is_power_and_kva_is_not() -> None:
    meters = [
        {"startDate": "2025-09-16", "endDate": "2025-10-15", "demandUsage": 12.4, "demandUsageUnits": "kW"},
        {"startDate": "2025-09-16", "endDate": "2025-10-15", "demandUsage": 15, "demandUsageUnits": "kVA"},
    ]
    document = {"id": "d1", "totalCharges": "98.11", "chargesUnits": "USD", "demandMeters": meters}
    result = read_nectar(usage(), documents=(document,))
    assert totals(result)["demand"] == "12.4"
    assert result["bills"][0]["total"] == "98.11"


@pytest.mark.parametrize(
    "changes",
    [
        {"usage": "NaN"},
        {"usage": True},
        {"usage": None},
        {"usageUnits": "therms"},
        {"endDate": "2025-09-15"},
        {"usage": "-5"},
    ],
)
def test_nectar_entries_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        read_nectar(usage(**changes))


def look(data: bytes) -> dict[str, Any]:
    return bill_pdf.facts({"data": pack(data)})


def test_a_bill_of_the_rehearsal_is_a_readable_pdf() -> None:
    assert look(paper.pdf([["Electric bill"], ["Page two"]]))["pages"] == 2
    assert look(paper.pdf([["Electric bill"]]))["has_text"] is True


@needs_real_inputs
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("action_javascript", "file.type"),
        ("names_javascript_objstm", "file.type"),
        ("autoprint_objstm", "file.type"),
        ("aa_javascript", "file.type"),
        ("action_launch", "file.type"),
        ("action_importdata", "file.type"),
        ("embedded_file", "file.type"),
        ("encrypted_rc4_40", "file.unreadable"),
        ("encrypted_aes256_r6", "file.unreadable"),
        ("encrypt_not_a_dict", "file.unreadable"),
        ("no_pages", "file.unreadable"),
        ("hostile_huge_numbers", "file.unreadable"),
        ("not_a_pdf_5_bytes", "file.type"),
    ],
)
def test_pdfs_that_act_or_cannot_be_read_are_refused(name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        look((SHARED / "pdf" / f"{name}.pdf").read_bytes())
    assert refused.value.code == code


@needs_real_inputs
@pytest.mark.parametrize("name", ["no_startxref", "bad_xref", "protected_empty_user_password", "cyclic_outline"])
def test_pdfs_that_only_need_repair_are_taken(name: str) -> None:
    assert look((SHARED / "pdf" / f"{name}.pdf").read_bytes())["pages"] >= 1
