"""Account numbers in a text file of no known layout: beside a heading, below it, in words, in a feed."""

import pytest

from broker.importers import table_accounts
from broker.sandbox.errors import Refused
from broker.sandbox.wire import pack


def found(text: str) -> tuple[list[str], list[str]]:
    read = table_accounts.read({"data": pack(text.encode())})
    return [each[0] for each in read["named"]], read["numbers"]


@pytest.mark.parametrize(
    "text",
    [
        "Account Number,40922222\nMonth,kWh\n2025-10,812\n",
        "Account Number;kWh\n40922222;812,5\n40922222;900,0\n",
        "account_number,kWh\n40922222,812\n",
        "AccountNumber\tkWh\n40922222\t812\n",
        '"Service Acct. No.","kWh"\n"40922222","812"\n',
        "Month,Número de cuenta\n2025-10,40922222\n",
        "Report of Account Number: 40922222, all months\n",
        "<r><AccountNumber>40922222</AccountNumber><kWh>812</kWh></r>",
        '<r account="40922222"><kWh>812</kWh></r>',
        "Month,kWh\n For: 40922222\n2025-10,812\n",
        " Usage Information\n For: 40922222 Sam \n",
        "<ServiceDeliveryPoint><name>40922222</name><mRID>40933333</mRID></ServiceDeliveryPoint>",
        '<e:ServiceDeliveryPoint id="1">\n <e:name>40922222</e:name></e:ServiceDeliveryPoint><e:name>40933333</e:name>',
    ],
)
def test_a_number_under_or_beside_its_heading_is_named(text: str) -> None:
    named, every = found(text)
    assert set(named) == {"40922222"}
    assert "40922222" in every


def test_every_row_of_a_column_counts_and_a_sum_of_money_does_not() -> None:
    rows = "".join(f"4090{number:04},Account Balance,120.50\n" for number in range(300))
    named, _ = found("Account,Account Balance,Paid\n" + rows)
    assert len(named) == 300
    assert "12050" not in named


def test_numbers_without_a_heading_are_given_to_be_looked_for_and_measures_are_not() -> None:
    named, every = found("Meter,From,kWh\n5550001234,2025-10-01,1234.5678\n40922222,10/01/2025,12345\n")
    assert named == []
    assert set(every) == {"5550001234", "40922222"}


def test_more_numbers_than_are_compared_are_not_read_at_all() -> None:
    many = "\n".join(f"x,{10_000_000 + number}" for number in range(table_accounts.MOST + 1))
    with pytest.raises(Refused, match="layout_unknown"):
        found(many)


def test_each_line_that_says_for_whom_a_block_of_the_portal_is_counts() -> None:
    portal = " Usage Information\n For: {}\n Meter Reading Information\n"
    named, every = found(portal.format("40922222") + portal.format("A-0017") + portal.format("Sam Stranger"))
    assert named == ["40922222", "0017"]
    assert {"40922222", "0017"} <= set(every)


@pytest.mark.parametrize("cell", ["For: 3000 kWh", "For: 2025", "For: 2025-10-01", "Bill for: 12", "For: October 2025"])
def test_what_else_a_table_is_for_is_no_account(cell: str) -> None:
    assert found(f"Month,kWh\n{cell},1\n")[0] == []
