"""Rows that many tests need, made the way the product makes them: each with its event, in one transaction."""

import itertools
import uuid

from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.parties.models import Customer, Organisation, User, UtilityAccount
from broker.terms import SERVICE, Actor, EventRef

TESTER = SERVICE("tests")
_numbers = itertools.count(1)


def event(act: str = "admin.setting", *, subject: uuid.UUID | None = None, obj: str | None = None) -> EventRef:
    """Log something, as part of the open transaction."""
    return log.append(act, actor=TESTER, subject=subject, body={}, obj=obj)


def read_event(subject: uuid.UUID, *, obj: str = "customer") -> EventRef:
    """Log that a subject's data is read; committed, so that the vault opens."""
    return log.append_read("data.read", actor=TESTER, subject=subject, purpose="support", body={}, obj=obj, cnt=1)


def enrol(*people: Actor) -> None:
    """Let these officers, approvers and operators be users, whom the database knows."""
    for person in people:
        name = f"user-{person.id.hex}"
        facts = {"username": name, "full_name": f"A Person, {name}", "role": person.role}
        User.objects.get_or_create(id=person.id, defaults=facts)


def organisation(name: str = "Example Energy Advice") -> Organisation:
    """A recipient."""
    number = next(_numbers)
    with transaction.atomic():
        return Organisation.objects.create(
            slug=f"example-{number}",
            legal_name=name,
            address="1 Example Street, Thayer, MO 65791",
            contact_email=f"desk-{number}@recipient.example",
            created_at=timezone.now(),
            audit_event_id=event(obj="organisation").id,
        )


def customer(email: str = "jane@customer.example") -> Customer:
    """A member whose address is sealed."""
    row = uuid.uuid4()
    with transaction.atomic():
        return Customer.objects.create(
            id=row,
            email=vault.seal(email, subject=row, place=vault.Place("parties_customer", "email", row)),
            email_index=vault.blind_index("email", email),
            created_at=timezone.now(),
            audit_event_id=event("admin.action", subject=row, obj="customer").id,
        )


def account(owner: Customer, number: str = "100200300") -> UtilityAccount:
    """An account of a member, sealed."""
    row = uuid.uuid4()

    def seal(column: str, value: str) -> vault.Sealed:
        return vault.seal(value, subject=owner.id, place=vault.Place("parties_utilityaccount", column, row))

    with transaction.atomic():
        return UtilityAccount.objects.create(
            id=row,
            customer=owner,
            utility="obec",
            number=seal("number", number),
            number_index=vault.blind_index("account_number", number),
            last_four=number[-4:],
            name_as_billed=seal("name_as_billed", "Jane Q. Member"),
            service_address=seal("service_address", "2 Example Road, Thayer, MO 65791"),
            created_at=timezone.now(),
            audit_event_id=event("admin.action", subject=owner.id, obj="account").id,
        )
