"""What a bill says of itself beside its labels, and that a doubt says nothing."""

from datetime import date
from typing import Any

import pytest

from broker.importers import bill_several
from broker.rehearsal import paper
from broker.sandbox.errors import Refused
from broker.sandbox.wire import pack
from consents.several import holder_line

TODAY = date(2026, 11, 27)
FACTS: dict[str, Any] = {
    "account": "51000042",
    "name": "GWEN GRANT",
    "address": "3 Test Road, Example, MO 00000",
    "begin": date(2026, 10, 1),
    "end": date(2026, 10, 31),
}


def read(data: bytes, *, name: str = "Gwen Grant", others: tuple[str, ...] = ()) -> dict[str, Any]:
    payload = {"data": pack(data), "name": name, "others": list(others), "today": TODAY.isoformat()}
    return bill_several.read(payload)


def test_what_stands_beside_its_label_is_read_and_held_against_the_bill() -> None:
    found = read(paper.bill(**FACTS))
    assert found["accounts"] == [["51000042"]]
    assert (found["service_address"], found["billed_on"], found["amount"]) == (FACTS["address"], "2026-11-03", "98.11")
    assert found["failed"] == {"51000042": []}


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (["Service address: 1 Mill Road", "Service address: 2 Mill Road"], "service_address", ""),
        (["Service address: 1 Mill Road", "Service address: 1 Mill Road"], "service_address", "1 Mill Road"),
        (["Service location", "1 Mill Road"], "service_address", "1 Mill Road"),
        (["Dirección de servicio: 1 Mill Road"], "service_address", "1 Mill Road"),
        (["Service address: 1 Mill Road Meter: 77"], "service_address", ""),
        (["Mailing address: 1 Mill Road"], "service_address", ""),
        # What was cut from the bill stands on it in any case: where the address ends has to be plain.
        (["Service Address Meter Number", "4102 HIGHWAY 17 MO 65606 88231"], "service_address", ""),
        (["Service Address", "4102 HIGHWAY 17 MO 65606 88231"], "service_address", ""),
        (["SERVICE ADDRESS RATE METER PREVIOUS PRESENT"], "service_address", ""),
        (["Service address: 9 Mill Road, Example Amount due $98.11"], "service_address", ""),
        (["Service Address 4102 HIGHWAY 17 Billing Period 30 days Amount Due $98.11"], "service_address", ""),
        (["Service Address 4102 HIGHWAY 17 RES 1234 2345 1111"], "service_address", ""),
        (["Service Address 4102 HIGHWAY 17 10/01 10/31"], "service_address", ""),
        (["Service address: Mill Road, Example"], "service_address", ""),
        (
            ["Service Address", "4102 HIGHWAY 17, ALTON MO 65606-1234"],
            "service_address",
            "4102 HIGHWAY 17, ALTON MO 65606-1234",
        ),
        (
            ["Service address: 12345 County Road 17 Lot 5, Alton, MO 65606"],
            "service_address",
            "12345 County Road 17 Lot 5, Alton, MO 65606",
        ),
        (["Service address: Highway 17, Alton"], "service_address", "Highway 17, Alton"),
        (["Bill date: 2026-11-01", "Statement date: 2026-11-02"], "billed_on", ""),
        (["Total due: $5.00", "Total due: $6.00"], "amount", ""),
    ],
)
def test_two_readings_are_none(lines: list[str], name: str, value: str) -> None:
    assert read(paper.pdf([["Account number: 51000042", *lines]]))[name] == value


def test_another_name_is_told_and_another_utility_too() -> None:
    found = read(paper.bill(**{**FACTS, "name": "OTTO OTHER"}), others=("Craighead Electric",))
    assert found["lines"] == []
    assert found["failed"] == {"51000042": ["name"]}
    assert not found["other"]
    assert read(paper.bill(**FACTS, co_op="Craighead Electric"), others=("Craighead Electric",))["other"]


def test_an_old_bill_fails_by_the_same_rule_as_a_single_one() -> None:
    old = {**FACTS, "begin": date(2026, 7, 1), "end": date(2026, 7, 31)}
    assert read(paper.bill(**old))["failed"] == {"51000042": ["date_old"]}


def placed(*rows: tuple[int, int, str]) -> bytes:
    """A page with lines of text at these places, in points from the left and the bottom."""
    drawn = " ".join(f"1 0 0 1 {x} {y} Tm ({text}) Tj" for x, y, text in rows)
    plain = paper.pdf([["~" * (len(drawn) - 40)]]) if len(drawn) > 40 else b""
    begin, end = plain.index(b"BT "), plain.index(b"ET", plain.index(b"BT "))
    content = f"BT /F1 10 Tf {drawn} ".encode()
    return plain[:begin] + content.ljust(end - begin) + plain[end:]


@pytest.mark.parametrize("second", ["AND OTTO SMITH", "OTTO GRANT"])
def test_the_second_line_of_a_name_is_found_below_it_whatever_stands_beside(second: str) -> None:
    found = read(
        placed(
            (72, 700, "GWEN GRANT"),
            (300, 694, "Account number: 51000042"),
            (72, 688, second),
            (300, 682, "Statement date: 2026-11-01"),
            (72, 676, "4102 HIGHWAY 17"),
        )
    )
    assert found["lines"] == [["", "GWEN GRANT", "Account number: 51000042"]]
    assert found["columns"] == [["", "GWEN GRANT", f"{second} | 4102 HIGHWAY 17"]]
    assert holder_line.judge(found["lines"], "Gwen Grant") == ""
    assert holder_line.judge(found["columns"], "Gwen Grant") == holder_line.JOINT


def test_a_picture_has_no_text_and_what_acts_is_refused() -> None:
    assert not read(paper.pdf([[]]))["has_text"]
    with pytest.raises(Refused):
        read(b"no PDF")
