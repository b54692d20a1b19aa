"""One signing for many accounts: the list and the signature leave exactly the declared events."""

from datetime import timedelta

from broker.demo.visitor import TOKEN
from broker.parties.models import Customer, EmailLink
from broker.rehearsal import paper
from consents.models import Draft
from tests import clock
from tests import several_world as farm
from tests.completeness.declared import DECLARED
from tests.completeness.forms import form, page
from tests.completeness.watch import Watch
from tests.integration.grant_support import NAME, Desk, desk

__all__ = ["desk"]


def test_the_list_and_its_bills_leave_what_is_declared(desk: Desk) -> None:
    watch, person, accounts, every = Watch(DECLARED, prefix="several"), desk.visitor(), farm.numbers(4), (1, 2, 3, 4)
    farm.enter(desk, person, farm.ask(desk, accounts))
    farm.holder(person)
    watch.know("draft", Draft.objects.get().id)
    watch.know("address", EmailLink.objects.get().id)
    seen = watch.step("share-accounts GET", page(person, farm.LIST))
    none = watch.step("share-accounts POST none", lambda: farm.send(person, seen, want=every, do="go", expect=422))
    made = clock.today() - timedelta(days=9)
    unlabelled = [f"Account number: {accounts[2]}", f"Name: {NAME}", "9 Mill Road, Example", f"{made} $98.11"]
    bills = [
        farm.bill(accounts[0]),
        farm.bill(accounts[1]),
        paper.pdf([unlabelled]),
        farm.bill(accounts[3], name="Otto Other"),
    ]
    assert TOKEN.search(none.text)
    person.http.follow_redirects = False
    watch.step("share-accounts POST bills", lambda: farm.send(person, none, bills, want=every, expect=302))
    said = {"service_address-3": "9 Mill Road, Example", "billed_on-3": made.isoformat(), "amount-3": "98.11"}
    watch.step("share-accounts POST typed", lambda: farm.send(person, none, want=every, expect=302, **said))
    watch.step("share-accounts POST", lambda: farm.send(person, none, want=every, do="go", expect=302))
    person.http.follow_redirects = True
    farm.rest(desk, person)
    desk.read(person)
    shown = person.get("/share/check/")
    sign = form(person, "/share/check/", {"letter_sha256": person.field(shown, "letter_sha256"), "typed_name": NAME})
    watch.step("share-check POST", sign, meanwhile=lambda: watch.know("her", Customer.objects.get().id))
    watch.finish()
