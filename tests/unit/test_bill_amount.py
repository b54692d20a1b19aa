"""What a bill comes to is read only where one page says it without a doubt."""

from datetime import date
from decimal import Decimal

import pytest

from broker import sandbox
from broker.importers.bill_amount import amount, billed_on, energy
from broker.rehearsal import paper


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Total due: $98.11", "98.11"),
        ("TOTAL AMOUNT DUE   $1,298.11", "1298.11"),
        ("Amount due by 11/05/2025: 98.11", "98.11"),
        ("Amount due: $98.11\nPlease pay\nAmount due $98.11", "98.11"),
        ("Amount due: $98.11\nAmount due after 11/05/2025: $103.02", "98.11"),
        ("Previous amount due $77.00\nTotal due $98.11", "98.11"),
        ("Current charges $98.11\nEnergy charge $60.00", "98.11"),
        ("Total a pagar: $98.11", "98.11"),
        ("Current charges $60.00\nTotal due $98.11", "98.11"),
    ],
)
def test_a_sum_beside_its_words_is_read(text: str, said: str) -> None:
    assert amount(text) == Decimal(said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Energy charge $60.00",
        "Total due: see page 2",
        "Total due: $98.11 or $103.02",
        "Total due $98.11\nTotal due $12.00",
        "Amount due if paid late: $103.02",
        "Past due amount: $98.11",
        "Total due: 98",
    ],
)
def test_a_page_that_is_not_sure_says_nothing(text: str) -> None:
    assert amount(text) is None


def test_the_day_of_a_bill() -> None:
    assert billed_on("Bill date: 2025-10-18\nDue date: 2025-11-05") == date(2025, 10, 18)
    assert billed_on("Statement Date 10/18/2025") == date(2025, 10, 18)
    assert billed_on("Fecha de la factura: 18 de octubre de 2025") == date(2025, 10, 18)
    assert billed_on("Bill date 10/18/2025\nBill date 10/19/2025") is None
    assert billed_on("Due date: 2025-11-05") is None


def test_each_page_of_a_file_says_it_in_the_sandbox() -> None:
    payload = {"data": sandbox.pack(paper.bill(account="40900017")), "name": ""}
    (page,) = sandbox.call("broker.importers.bill_accounts:read", payload, wall=30, cpu=20)["each_page"]
    assert (page["amount"], page["billed_on"]) == ("98.11", "2025-10-18")
    assert page["days"] == ["2025-09-16", "2025-10-16"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Energy used: 812 kWh", "812"),
        ("Total kWh used  1,812.5 kWh", "1812.5"),
        ("Electricity used 812 kWh\nMeter 12 812 kWh", "812"),
        ("Energy used 812 kWh\nPrevious energy used 700 kWh", "812"),
        ("Consumo total: 812 kWh", "812"),
    ],
)
def test_energy_beside_its_words_is_read(text: str, said: str) -> None:
    assert energy(text) == Decimal(said)


@pytest.mark.parametrize(
    "text", ["", "812 kWh", "Energy used: 812", "Energy used 812 kWh, 700 kWh", "Energy used 1 kWh\nTotal kWh 2 kWh"]
)
def test_energy_that_a_page_is_not_sure_of_is_none(text: str) -> None:
    assert energy(text) is None
