"""Whom a bill calls its holder beside a label that says so; rows of labels name nobody."""

import pytest

from broker.importers.bill_holder import names_another


@pytest.mark.parametrize(
    "line",
    [
        "Name: Betty Smith",
        "Customer name BETTY SMITH Service Address: 3 Test Road",
        "Account number: 51000042 Name: Betty Smith",
        "ACCOUNT HOLDER'S NAME Smith, Betty",
        "Member: Betty Smith 51000042",
        "Account of Betty Smith",
        "Nombre del titular: Betty Smith",
        "Titular de la cuenta Betty Smith",
        "Account Name: B SMITH",
        "Account Name: Betty G Grant",
        "Account holder: Bill Smith",
        "Customer name: Amy Day",
        "Member: Ellen Page   51000042",
        "Customer name: Gwen Grant   Account holder: Robert Smith",
        "Account holder\nBetty Smith",
    ],
)
def test_another_name_beside_a_label_for_the_holder_counts(line: str) -> None:
    assert names_another(f"Gwen Grant\n{line}\nMail to: Gwen Grant", "Gwen Grant")


@pytest.mark.parametrize(
    "line",
    [
        "Name: GWEN GRANT",
        "Customer name Grant, Gwen A",
        "CUSTOMER NAME ACCOUNT NUMBER DUE DATE",
        "Member Name Cycle Route Book Rate Class",
        "Member name and address",
        "Account Name/Number: 51000042",
        "Account Name: Barn",
        "Member: since May 1987",
        "Customer Service: call 417",
        "Dear Member: please pay",
        "Bank name: First National",
        "Mail to: Betty Smith",
        "Customer name G Grant",
        "Customer name: Gwen Grant Total Due 31.20",
        "Customer name: Gwen Grant Bill Date: 10/22/2025",
        "Customer Name\nService Address",
        "Customer Name\n3 Test Road",
        "Customer name  Account number  Rate",
    ],
)
def test_what_is_no_holder_or_the_same_one_does_not(line: str) -> None:
    assert not names_another(line, "Gwen Grant")
