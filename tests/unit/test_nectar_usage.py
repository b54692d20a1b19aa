"""What Nectar read, as series: totals never added to their parts, power never energy, and nothing guessed."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.importers import nectar_usage
from broker.sandbox import Refused
from tests.unit.test_importers import read_nectar, totals, usage


def document(row: str = "d1", **changes: Any) -> dict[str, Any]:
    return {"id": row, "totalCharges": "98.11", "chargesUnits": "USD", **changes}


def demand(**changes: Any) -> dict[str, Any]:
    return {
        "startDate": "2025-09-16",
        "endDate": "2025-10-15",
        "demandUsage": "12.4",
        "demandUsageUnits": "kW",
        **changes,
    }


def of(row: str, **changes: Any) -> dict[str, Any]:
    return usage(document={"id": row}, **changes)


def why(*entries: dict[str, Any], documents: tuple[dict[str, Any], ...] = ()) -> str:
    with pytest.raises(Refused) as no:
        read_nectar(*entries, documents=documents)
    return no.value.code


# --- parts of a total ---------------------------------------------------------------------------------------------


def test_parts_in_either_spelling_are_not_added() -> None:
    parts = [{"timeOfUse": name, "usage": "400", "usageUnits": "kWh"} for name in ("PEAK", "OFF_PEAK")]
    assert totals(read_nectar(usage(timeOfUseBreakdown=parts))) == {"delivered": "812"}
    older = [usage(id=f"u-{name}", timeOfUse=name, usage="406") for name in ("PEAK", "OFF_PEAK")]
    assert totals(read_nectar(usage(timeOfUse=None), *older)) == {"delivered": "812"}


def test_parts_without_their_total_prove_nothing() -> None:
    assert why(*[usage(id=name, timeOfUse=name, usage="406") for name in ("PEAK", "OFF_PEAK")]) == "file.roles_unproven"


@pytest.mark.parametrize("odd", [{"timeOfUseBreakdown": {"PEAK": 1}}, {"timeOfUseBreakdown": ["PEAK"]}])
def test_parts_of_another_shape_are_refused(odd: dict[str, Any]) -> None:
    assert why(usage(**odd)) == "file.layout_unknown"


# --- roles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"netMeteringType": "EXPORT", "usage": "40"}, {"received": "-40"}),
        ({"netMeteringType": "EXPORT", "usage": "-40"}, {"received": "-40"}),
        ({"netMeteringType": "IMPORT"}, {"delivered": "812"}),
        ({"netMeteringType": "NET", "usage": "-5"}, {"net": "-5"}),
        ({"netMeteringGridImportKwh": "812", "netMeteringGeneratedKwh": "300"}, {"delivered": "812"}),
        (
            {"usage": "512", "netMeteringGridImportKwh": "812", "netMeteringGeneratedKwh": "300"},
            {"delivered": "812", "received": "-300", "net": "512"},
        ),
        ({"netMeteringGeneratedKwh": "300"}, {"delivered": "812"}),
    ],
)
def test_a_role_is_what_the_direction_or_the_arithmetic_proves(changes: dict[str, Any], found: dict[str, str]) -> None:
    assert totals(read_nectar(usage(**changes))) == found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"netMeteringType": "SIDEWAYS"}, "file.layout_unknown"),
        ({"netMeteringType": 7}, "file.layout_unknown"),
        ({"electricityType": "GENERATION"}, "file.layout_unknown"),
        ({"datasourceType": "SOLAR"}, "file.layout_unknown"),
        ({"datasourceType": "A_NEW_ONE"}, "file.layout_unknown"),
        ({"exclusion": "yes"}, "file.layout_unknown"),
        ({"usage": "812", "rawUsage": "900"}, "file.layout_unknown"),
        ({"netMeteringGridImportKwh": "700"}, "file.roles_unproven"),
        ({"netMeteringGridImportKwh": "900", "netMeteringGeneratedKwh": "300"}, "file.roles_unproven"),
        ({"usage": [812]}, "file.unreadable"),
        ({"usage": "1e3"}, "file.unreadable"),
        ({"usage": "812,5"}, "file.unreadable"),
    ],
)
def test_an_unknown_word_or_shape_is_refused_and_not_guessed(changes: dict[str, Any], code: str) -> None:
    assert why(usage(**changes)) == code


def test_two_meters_of_one_time_are_no_single_value() -> None:
    assert why(usage(meter="m1"), usage(id="u2", meter="m2", usage="5")) == "file.roles_unproven"
    assert why(usage(meter="m1"), usage(id="u2", meter="m1", usage="5")) == "file.roles_unproven"
    assert totals(read_nectar(usage(meter="m1"), usage(id="u2", meter="m1"))) == {"delivered": "812"}


def test_what_is_left_behind_is_counted() -> None:
    result = read_nectar(
        usage(),
        usage(id="u2", exclusion=True),
        usage(id="u3", datasourceType="WATER", usageUnits="gal"),
        usage(id="u4", usageUnits="kVA"),
        documents=(document(demandMeters=[demand(demandUsageUnits="kVAR")]),),
    )
    assert totals(result) == {"delivered": "812"}
    assert result["left"] == {"excluded": 1, "other_goods": 1, "apparent_power": 2}


# --- power --------------------------------------------------------------------------------------------------------


def test_power_is_never_energy_wherever_it_stands() -> None:
    result = read_nectar(usage(), usage(id="u2", usageUnits="KW", usage="12.4"))
    assert [(each["role"], each["unit"], each["total"]) for each in result["series"]] == [
        ("delivered", "kWh", "812"),
        ("demand", "kW", "12.4"),
    ]


def test_each_kind_of_demand_has_a_role_of_its_own() -> None:
    meters = [demand(), *(demand(demandType=name, demandUsage="9") for name in ("UCAP", "TRANSMISSION", "CONTRACT"))]
    result = read_nectar(usage(), documents=(document(demandMeters=meters),))
    assert totals(result) == {
        "delivered": "812", "demand": "12.4", "demand_ucap": "9", "demand_transmission": "9", "demand_contract": "9",
    }  # fmt: skip
    assert all(len(each["role"]) <= 20 for each in result["series"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"demandType": "A_NEW_ONE"}, "file.layout_unknown"),
        ({"demandUsageUnits": "kWh"}, "file.layout_unknown"),
        ({"demandUsage": "-1"}, "file.unreadable"),
        ({"demandUsage": None}, "file.unreadable"),
    ],
)
def test_an_odd_demand_is_refused(changes: dict[str, Any], code: str) -> None:
    assert why(usage(), documents=(document(demandMeters=[demand(**changes)]),)) == code


# --- quality ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "flag", "quality"),
    [
        ({}, None, "as_stated"),
        ({"isEstimated": True}, None, "estimated"),
        ({"isImplied": True}, None, "implied"),
        ({"impliedUsage": True}, None, "implied"),
        ({"isEstimated": True}, "NEEDS_REVIEW", "flagged"),
    ],
)
def test_how_good_a_value_is_stays_with_it(changes: dict[str, Any], flag: str | None, quality: str) -> None:
    result = read_nectar(of("d1", **changes), documents=(document(flaggedStatus=flag),))
    assert [each["quality"] for each in result["series"][0]["readings"]] == [quality]


# --- what is superseded -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["revisedDocumentId", "revisedDocument"])
def test_what_supersedes_is_a_later_edition_and_no_second_month(name: str) -> None:
    result = read_nectar(
        of("d1"),
        of("d2", id="u2", usage="800", endDate="2025-10-16"),
        documents=(document("d1", **{name: "d2"}), document("d2", totalCharges="97.00", currentCharges=96.5)),
    )
    assert [(each["edition"], each["total"]) for each in result["series"]] == [(1, "812"), (2, "800")]
    assert [(each["total"], each["current"], each["replaces"]) for each in result["bills"]] == [
        ("98.11", None, "d2"),
        ("97.00", "96.5", None),
    ]


def test_documents_that_supersede_each_other_in_a_circle_are_refused() -> None:
    circle = (document("d1", revisedDocumentId="d2"), document("d2", revisedDocumentId="d1"))
    assert why(of("d1"), of("d2", id="u2"), documents=circle) == "file.layout_unknown"


def test_a_bill_has_the_days_of_its_usage() -> None:
    (bill,) = read_nectar(of("d1"), documents=(document(),))["bills"]
    assert (bill["start"], bill["end"], bill["total"]) == ("2025-09-16", "2025-10-16", "98.11")


# --- anything at all ----------------------------------------------------------------------------------------------

VALUES = st.sampled_from(
    [
        "812",
        812,
        812.5,
        "0.1",
        -5,
        "-5",
        None,
        "",
        True,
        "kWh",
        "kW",
        "KW",
        "EXPORT",
        "NET",
        "PEAK",
        [],
        {},
        "2025-09-20",
        [1],
    ]
)
FIELDS = st.sampled_from(
    [
        "usage", "rawUsage", "usageUnits", "startDate", "endDate", "timeOfUse", "timeOfUseBreakdown", "exclusion",
        "netMeteringType", "netMeteringGridImportKwh", "netMeteringGeneratedKwh", "electricityType", "datasourceType",
        "isEstimated", "meter", "identifiers", "document",
    ]
)  # fmt: skip


@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=4), min_size=1, max_size=4))
def test_whatever_comes_is_read_right_or_refused(changes: list[dict[str, Any]]) -> None:
    """No value that is read is another than one that was said; no sum of several stands anywhere."""
    entries = [{**usage(id=f"u{n}"), **each} for n, each in enumerate(changes)]
    try:
        found = nectar_usage.read(
            json.loads(json.dumps({"usage": entries, "documents": [], "zone": "America/Chicago"}), parse_float=str)
        )
    except Refused:
        return
    said = set()
    for each in entries:
        for name in ("usage", "rawUsage", "netMeteringGridImportKwh", "netMeteringGeneratedKwh"):
            value = each.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and value not in ("", "kWh"):
                try:
                    said.add(abs(Decimal(str(value))))
                except ArithmeticError:
                    continue
    for series in found["series"]:
        assert {abs(Decimal(each["value"])) for each in series["readings"]} <= said
