"""A consent with all that a decision must know of it, in one statement: the same as its parts, on both engines."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account
from broker.parties.keys import authenticate_key
from broker.parties.models import Organisation, UtilityAccount
from broker.terms import SERVICE, Actor
from consents import standing
from consents.joint import account_facts
from consents.models import Consent
from consents.preferring import choosing
from tests.requests_world import ACCOUNT, World, grant, world

ACTOR, NOW = SERVICE("tests"), timezone.now
NOTHING = {"ami": "unknown", "ended": None, "prepaid": False, "objection": False}


@pytest.fixture
def w(committing: str) -> World:
    return world()


def values(row: Model) -> dict[str, Any]:
    """Give the columns of a row, sealed ones as what is sealed and where."""
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        name: (value.data, value.place) if isinstance(value, vault.Sealed) else value for name, value in found.items()
    }


def over(w: World) -> standing.Standing:
    index = vault.blind_index("account_number", ACCOUNT)
    [found] = standing.over(w.organisation.id, "obec", [index, vault.blind_index("account_number", "40900099")])
    return found


def test_rows_are_those_that_django_reads(w: World) -> None:
    consent, account = Consent.objects.get(), UtilityAccount.objects.get()
    for found in (standing.of(w.consent.id), over(w)):
        assert values(found.consent) == values(consent)
        assert not found.consent._state.adding
        [only] = found.accounts
        assert values(only.row) == values(account)
        assert only.facts == NOTHING
        assert (found.total, found.prefers) == (1, consent.prefers)


def test_a_key_gives_the_rows_that_django_reads(w: World) -> None:
    application = authenticate_key(w.key, NOW())
    assert application is not None
    assert values(application) == values(w.application)
    assert values(application.organisation) == values(Organisation.objects.get(id=w.organisation.id))


def test_an_account_is_opened_where_it_was_found(w: World) -> None:
    [account] = over(w).accounts
    reading = {"purpose": "operations", "obj": "account", "body": {"account": str(account.row.id)}, "cnt": 1}
    event = log.append_read("account.read", actor=ACTOR, subject=w.customer.id, **reading)
    assert vault.open(account.row.number, under=event) == ACCOUNT


def test_the_newest_fact_of_a_kind_counts_and_her_newest_choice(w: World) -> None:
    def record(kind: str, value: str, day: date | None = None) -> None:
        account_facts.record(w.account, kind, value, day=day, source="co_op", actor=ACTOR, now=NOW())

    record("ami", "no")
    record("prepaid", "yes")
    record("ended", "closed", date(2026, 3, 1))
    record("ami", "yes")
    me = Actor("c", w.customer.id)
    for ways in (["customer_upload"], []):
        choosing.prefer(w.consent, ways, actor=me, now=NOW())
        found = over(w)
        assert found.prefers == choosing.of(w.consent) == ways
        assert found.accounts[0].facts == {"ami": "yes", "ended": date(2026, 3, 1), "prepaid": True, "objection": False}
    record("ended", "unknown")
    assert standing.of(w.consent.id).accounts[0].facts == {**NOTHING, "ami": "yes", "prepaid": True}


def test_accounts_that_were_not_asked_for_are_counted(w: World) -> None:
    with transaction.atomic():
        ref = log.append("consent.changed", actor=ACTOR, subject=w.customer.id, obj="consent", body={})
        facts = AccountFacts("40900055", "Pat Member", "3 Example Road")
        more = ensure_account(w.customer, "obec", facts, ref=ref, now=NOW())
        both = grant(w.customer, w.organisation, [w.account, more], utility="obec", ref=ref, now=NOW())
    index = vault.blind_index("account_number", ACCOUNT)
    found = {each.consent.id: each for each in standing.over(w.organisation.id, "obec", [index])}
    assert {key: ([of.row.id for of in each.accounts], each.total) for key, each in found.items()} == {
        w.consent.id: ([w.account.id], 1),
        both.id: ([w.account.id], 2),
    }
    assert {each.row.id for each in standing.of(both.id).accounts} == {w.account.id, more.id}


def test_of_nothing_there_is_nothing(w: World) -> None:
    assert standing.over(w.organisation.id, "obec", []) == []
    assert standing.over(uuid.uuid4(), "obec", [vault.blind_index("account_number", ACCOUNT)]) == []
    with pytest.raises(Consent.DoesNotExist):
        standing.of(uuid.uuid4())
