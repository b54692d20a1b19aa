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
        "Rate R1 Customer Name BETTY SMITH",
        "Customer name Betty de la Cruz",
        "Account Name: BETTY WEST",
        "Customer: THE SMITH FAMILY TRUST",
        "The account holder: Betty Smith",
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
        "If you are the account holder please call",
        "The account holder must pay by the due date",
        "THE ACCOUNT HOLDER MUST PAY BY THE DUE DATE",
        "Please write your customer name on the check",
        "Write your account name and number on your check",
        "WRITE YOUR ACCOUNT NAME AND NUMBER ON YOUR CHECK",
        "member name and address on the reverse",
        "Customer name changes must be made in writing",
        "Customer: PLEASE RETURN THIS PORTION",
        "Customer Name Service From To",
        "Account Name: NORTH BARN",
        "Contact the Account Holder Services Department",
        "Thank you for your payment, which the\naccount holder\nof this place made",
        "Escriba el nombre del cliente en su cheque",
        "El titular de la cuenta debe llamar",
    ],
)
def test_what_is_no_holder_or_the_same_one_does_not(line: str) -> None:
    assert not names_another(line, "Gwen Grant")
