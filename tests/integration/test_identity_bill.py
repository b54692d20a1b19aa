"""A customer proves an account with her bill: five fields, few tries, sealed, and for nothing else."""

import re
import threading
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.rehearsal import paper
from broker.terms import Actor
from consents.identity import bill, tries
from consents.identity.forms import FAILED
from consents.identity.models import Attempt, Proof
from consents.models import Consent
from requests_app.models import ReceivedFile
from tests import clock
from tests.integration.access_support import sign_in
from tests.integration.test_gate_unread_files import notes, pdf
from tests.requests_world import ACCOUNT, World, events, world

MADE = clock.today() - timedelta(days=20)
FACTS: dict[str, Any] = {
    "account": ACCOUNT,
    "name": "PAT MEMBER",
    "address": "2 Example Rd",
    "end": MADE - timedelta(days=3),
    "begin": MADE - timedelta(days=33),
    "due": MADE + timedelta(days=20),
}
PATH = "/my/account/{}/prove/"


@pytest.fixture
def low(committing) -> World:
    return world(assurance="L1")


def browser(customer: uuid.UUID) -> Client:
    client = Client()
    sign_in(client, customer)
    return client


def paper_bill(**changes: Any) -> bytes:
    return paper.bill(**{**FACTS, **changes})


def compare(w: World, data: bytes, *, made: date = MADE, amount: str = "98.11") -> bill.Compared:
    her = Actor("c", w.customer.id)
    return bill.prove_by_bill(w.account, data, bill_date=made, amount=Decimal(amount), actor=her, now=timezone.now())


def level(w: World) -> str:
    return Consent.objects.get(id=w.consent.id).assurance


def send(client: Client, w: World, data: bytes, **fields: Any) -> Any:
    form = {
        "file": SimpleUploadedFile("bill.pdf", data, content_type="application/pdf"),
        "bill_date": MADE.isoformat(),
        "amount": "98.11",
        **fields,
    }
    return client.post(PATH.format(w.account.id), form)


def test_her_bill_raises_her_consent_and_is_sealed(low):
    data = paper_bill()
    answer = compare(low, data)
    assert answer.ok
    assert level(low) == "L2"
    proof = Proof.objects.get()
    assert (proof.level, proof.how) == ("L2", "own_bill")
    (read,), (event,) = events("account.read"), events("identity.proven")
    assert read.id < event.id == proof.audit_event_id == Attempt.objects.get().audit_event_id
    ref = log.append_read(
        "file.read", actor=Actor("c", low.customer.id), subject=low.customer.id, purpose="own_data", obj="file",
        body={}, cnt=1,
    )  # fmt: skip
    assert vault.open_file(proof.file, under=ref) == data
    assert not ReceivedFile.objects.exists()


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"account": "40900018"}, ("account",)),
        ({"name": "PAT OTHER"}, ("name",)),
        ({"address": "3 Example Rd"}, ("service_address",)),
        ({"charges": Decimal("98.12")}, ("amount",)),
        ({"name": "", "address": ""}, ("name", "service_address")),
    ],
)
def test_a_bill_that_differs_proves_nothing_and_is_not_kept(sqlite_db, change, failed):
    """S31: the level stays, and the answer names what differs."""
    w = world(assurance="L1")
    assert compare(w, paper_bill(**change)).failed == failed
    assert level(w) == "L1"
    assert not Proof.objects.exists()
    assert Attempt.objects.get().failed == list(failed)
    assert len(events("identity.failed")) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [(("word " * 210_000, "my SmartHub password is Thimble!Gravel8"), "file.unread"),
     (("my SmartHub password is Thimble!Gravel8",), "file.login")],
)  # fmt: skip
def test_a_bill_with_words_that_nobody_read_proves_nothing(sqlite_db, said, code):
    w = world(assurance="L1")

    def change(document):
        notes(document, *said)

    assert compare(w, pdf(change, paper_bill())).failed == (code,)
    assert not Proof.objects.exists()
    page = send(browser(w.customer.id), w, pdf(change, paper_bill()))
    assert page.status_code == 403 or str(FAILED[code][1]) in page.content.decode()


def test_an_old_bill_is_too_old(sqlite_db):
    w, made = world(assurance="L1"), clock.today() - timedelta(days=100)
    old = paper_bill(end=made - timedelta(days=3))
    assert compare(w, old, made=made).failed == ("date_old",)


def test_what_is_no_plain_pdf_or_holds_a_login_is_not_compared(sqlite_db):
    w = world(assurance="L1")
    login = paper.pdf([["SmartHub user name: pat", "SmartHub password: Hunter2!hunter"]])
    assert compare(w, b"GIF89a").failed == ("file.type",)
    assert compare(w, login).failed == ("file.login",)
    assert level(w) == "L1"


def test_five_bills_a_day_and_then_even_the_right_one_says_nothing(low):
    wrong = paper_bill(account="40900018")
    answers = [compare(low, wrong).failed for _ in range(tries.COMPARED)]
    assert answers == [("account",)] * 5
    assert compare(low, paper_bill()).failed == ("too_many",)
    assert level(low) == "L1"


def test_many_bills_at_one_moment_share_the_five_tries(postgresql_db):
    w, answers = world(assurance="L1"), []

    def one(number: int) -> None:
        answers.append(compare(w, paper_bill(account=f"5090{number:04}")).failed)
        connections.close_all()

    threads = [threading.Thread(target=one, args=[n]) for n in range(12)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert answers.count(("too_many",)) == 12 - tries.COMPARED
    assert Attempt.objects.count() == tries.COMPARED


def test_the_page_takes_the_bill_and_says_what_follows(committing):
    w = world(assurance="L1", data_types=["bill", "usage_hourly"])
    client = browser(w.customer.id)
    page = client.get(PATH.format(w.account.id)).content.decode()
    assert "ending in 0017" in page
    done = send(client, w, paper_bill())
    assert done.status_code == 200
    assert "Hourly data waits two more days" in done.content.decode()
    assert level(w) == "L2"
    assert not ReceivedFile.objects.exists()


def test_each_field_that_does_not_fit_is_named_on_the_page(sqlite_db):
    w = world(assurance="L1")
    answer = send(browser(w.customer.id), w, paper_bill(name="PAT OTHER"), amount="98.12", bill_date="2020-01-01")
    assert answer.status_code == 422
    page = answer.content.decode()
    named = dict(re.findall(r'id="(\w+?)_error" role="alert">([^<]+)<', page))
    assert set(named) == {"id_file", "id_amount", "id_bill_date"}
    assert "name of your permission" in named["id_file"]


def test_her_word_hands_the_bill_over_as_well(sqlite_db):
    w = world(assurance="L1", history_to=date(2026, 12, 1))
    page = send(browser(w.customer.id), w, paper_bill(), share="on").content.decode()
    assert "Acme Advisors: Thank you" in page
    assert ReceivedFile.objects.get().consent_id == w.consent.id


def test_a_bill_that_proves_and_reaches_out_of_her_days_is_not_handed_over(sqlite_db):
    w = world(assurance="L1", history_to=date(2025, 2, 1), forward=None)
    page = send(browser(w.customer.id), w, paper_bill(), share="on").content.decode()
    assert "Your account is proven" in page
    assert "Acme Advisors: The file holds days that you did not agree to share" in page
    assert not ReceivedFile.objects.exists()


def test_an_account_of_somebody_else_is_no_page(sqlite_db):
    w, stranger = world(assurance="L1"), world_of_another()
    assert browser(stranger).get(PATH.format(w.account.id)).status_code == 404
    assert Client().get(PATH.format(w.account.id)).status_code == 302


def world_of_another():
    from django.db import transaction

    from broker.parties.directory import ensure_customer
    from tests.requests_world import ACTOR

    row = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=row, body={})
        return ensure_customer(row, "eve@member.example", language="en", ref=ref, now=timezone.now()).id


def test_spanish_names_the_field_in_spanish(sqlite_db):
    w = world(assurance="L1")
    client = browser(w.customer.id)
    client.cookies["django_language"] = "es"
    page = send(client, w, paper_bill(name="PAT OTHER")).content.decode()
    assert "El nombre de su permiso no está en esta factura" in page


def test_her_page_says_what_waits_and_where_to_prove_it(sqlite_db):
    w = world(assurance="L1", data_types=["bill", "usage_hourly"])
    client = browser(w.customer.id)
    page = client.get("/my/").content.decode()
    assert "No data is handed over yet." in page
    assert PATH.format(w.account.id) in page
    assert compare(w, paper_bill()).ok
    page = client.get("/my/").content.decode()
    assert "Hourly data waits for two days" in page
    assert PATH.format(w.account.id) not in page
