"""A bill bears out what somebody says of it, or the field is named that it does not."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker import sandbox
from broker.importers import bill_identity
from broker.importers.bill_identity import FIELDS, Described, failing, has_account, has_address, has_words
from broker.rehearsal import paper

TODAY = date(2026, 3, 10)
SAID = Described(
    "40900017", "James R or Betty Smith", "214 County Road 5, Doniphan, MO 63935", date(2026, 3, 1), Decimal("1098.11")
)
BILL = """Ozark Border Electric Cooperative        PO Box 400
JAMES R OR BETTY SMITH                   Statement Date   Account Number   Amount Due
214 COUNTY RD 5                          03/01/2026       4090-0017        $1,098.11
DONIPHAN MO 63935-2210                   Due March 21, 2026
"""
REAL = Path(__file__).resolve().parents[3] / "shared" / "real-inputs" / "pdf"


def test_a_bill_that_says_all_five_things_fails_nothing():
    assert failing(BILL, SAID, today=TODAY) == []


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("account", {"account": "40900018"}),
        ("account", {"account": "4090001"}),
        ("account", {"account": "090017"}),
        ("name", {"name": "Betty R Smith"}),
        ("name", {"name": ""}),
        ("service_address", {"service_address": "216 County Road 5, Doniphan, MO 63935"}),
        ("service_address", {"service_address": "214 County Road 5, Thayer, MO 63935"}),
        ("service_address", {"service_address": ""}),
        ("date", {"bill_date": date(2026, 3, 2)}),
        ("date", {"bill_date": date(2026, 3, 21)}),
        ("amount", {"amount": Decimal("98.11")}),
        ("amount", {"amount": Decimal("1098.12")}),
    ],
)
def test_the_field_that_differs_is_named_and_no_other(field, change):
    said = Described(**{**{f: getattr(SAID, f) for f in SAID.__dataclass_fields__}, **change})
    assert failing(BILL, said, today=TODAY) == [field]


def test_nothing_fits_another_persons_bill():
    said = Described("51000042", "Gwen Grant", "3 Test Road", date(2026, 2, 2), Decimal("5.00"))
    assert failing(BILL, said, today=TODAY) == list(FIELDS)


@pytest.mark.parametrize(("days", "failed"), [(0, []), (62, []), (63, ["date_old"])])
def test_a_bill_is_recent_for_two_billing_months(days, failed):
    assert failing(BILL, SAID, today=SAID.bill_date + timedelta(days=days)) == failed


def test_a_date_to_come_is_no_date_of_a_bill():
    early = Described(**{**{f: getattr(SAID, f) for f in SAID.__dataclass_fields__}, "bill_date": date(2026, 3, 21)})
    assert failing(BILL, early, today=date(2026, 3, 20)) == ["date"]
    assert failing(BILL, early, today=date(2026, 3, 21)) == []


def test_a_picture_without_text_is_said_to_be_one():
    assert failing(" \n ", SAID, today=TODAY) == ["no_text"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "3/1/2026",
        "03/01/26",
        "03-01-2026",
        "March 1, 2026",
        "Mar. 1 2026",
        "MAR 1st, 2026",
        "1 March 2026",
        "1 de marzo de 2026",
    ],
)
def test_a_date_is_found_in_the_ways_that_bills_write_it(text):
    assert date(2026, 3, 1) in set(bill_identity.dates(f"Bill date {text} total"))


@pytest.mark.parametrize("text", ["13/45/2026", "0/0/2026", "Foo 1, 2026", "2026-02-30", "12026-03-011"])
def test_what_is_no_date_is_none(text):
    assert not list(bill_identity.dates(text))


def test_amounts_are_whole_numbers_of_cents():
    assert list(bill_identity.amounts("$1,098.11 12.5 1.234 7.00CR 10.10.10 .55 1,23.45")) == [
        Decimal("1098.11"),
        Decimal("7.00"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Account Number: 1234", True),
        ("Acct No.\n\n1234", True),
        ("1234 Main Street", False),
        ("Account 12345", False),
        ("Account 1234-5", False),
        ("Account 9-1234", False),
        ("Account 001234", True),
        ("Cuenta 12-34", True),
    ],
)
def test_a_short_account_number_counts_beside_the_word_alone(text, found):
    assert has_account(text, "1234") is found


def test_odd_account_numbers_are_never_found():
    assert not any(has_account("Account ٣٤٥ 000 (.*)", odd) for odd in ("", "000", "٣٤٥", "(.*)"))


def test_names_forgive_case_accents_and_signs_but_no_word():
    assert has_words("MARIA NUNEZ O'BRIEN", "María Núñez OBrien")
    assert not has_words("MARIA LOPEZ NUNEZ", "Maria Nunez")
    assert not has_words("ANNAMARIA NUNEZ", "Maria Nunez")


@pytest.mark.parametrize(
    "said",
    [
        "214 County Road 5",
        "214 County Road 5 Doniphan Missouri 63935",
        "214 county rd. 5\nDoniphan, MO 63935-2210",
        "214 CO RD 5, Doniphan",
    ],
)
def test_an_address_is_known_by_its_usual_shortenings(said):
    assert has_address(BILL, said)


@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=40), st.dates(), st.text(max_size=12))
def test_no_text_whatever_makes_the_rules_fall_over(text, name, address, day, account):
    assert set(failing(text, Described(account, name, address, day, Decimal("1.00")), today=TODAY)) <= {
        *FIELDS, "date_old", "no_text",
    }  # fmt: skip


def payload(data: bytes, **changes: str) -> dict[str, str]:
    facts = {
        "account": SAID.account,
        "name": SAID.name,
        "service_address": SAID.service_address,
        "date": SAID.bill_date.isoformat(),
        "amount": str(SAID.amount),
        "today": TODAY.isoformat(),
    }
    return {"data": sandbox.pack(data), **facts, **changes}


def test_a_pdf_is_compared_in_the_sandbox():
    data = paper.pdf([BILL.splitlines()])
    assert sandbox.call("broker.importers.bill_identity:match", payload(data), wall=25, cpu=15)["failed"] == []
    changed = payload(data, name="Somebody Else")
    assert sandbox.call("broker.importers.bill_identity:match", changed, wall=25, cpu=15)["failed"] == ["name"]


def test_odd_fields_are_refused_and_not_guessed():
    for change in ({"amount": "much"}, {"date": "soon"}):
        with pytest.raises(sandbox.Refused):
            bill_identity.match(payload(paper.pdf([["x"]]), **change))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real inputs of the development half are not here")
def test_no_real_pdf_is_anybodys_bill():
    """Hostile and broken files among them: each is refused or fits nothing."""
    answers = {}
    for path in sorted(REAL.glob("*.pdf")):
        try:
            found = sandbox.call("broker.importers.bill_identity:match", payload(path.read_bytes()), wall=25, cpu=15)
            answers[path.name] = found["failed"]
        except sandbox.SandboxError as error:
            answers[path.name] = [type(error).__name__]
    assert answers
    assert not [name for name, failed in answers.items() if not failed]
