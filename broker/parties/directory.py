"""Enrolling organisations, and finding or making customers and their accounts."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.parties.models import Customer, Organisation, UtilityAccount
from broker.terms import PURPOSES, SERVICE, Actor, EventRef

WRITER = SERVICE("directory")


@dataclass(frozen=True)
class AccountFacts:
    """An account as the customer names it."""

    number: str
    name_as_billed: str
    service_address: str

    @property
    def index(self) -> bytes:
        """The blind index of name and address together; equal for spellings that differ in case or blanks alone."""
        parts = [" ".join(each.split()) for each in (self.name_as_billed, self.service_address)]
        return vault.blind_index("account_facts", json.dumps(parts, ensure_ascii=False))


def enrol_organisation(
    slug: str,
    legal_name: str,
    *,
    actor: Actor,
    now: datetime,
    purposes: Sequence[str] | None = None,
    **fields: str,
) -> Organisation:
    """Enrol a recipient; its contact address counts as verified from here on (`party` proof).

    `purposes`: all that it may ask customers for; None: any. Raises `ValueError` for one that is none.
    """
    if purposes is not None and not {*purposes} <= {*PURPOSES}:
        raise ValueError("a purpose that is none")
    kept = None if purposes is None else sorted({*purposes})
    organisation = Organisation(
        id=uuid.uuid4(), slug=slug, legal_name=legal_name, created_at=now, purposes=kept, **fields
    )
    body = {"organisation": str(organisation.id), "slug": slug, **({} if kept is None else {"purposes": kept})}
    with transaction.atomic():
        ref = log.append("parties.created", actor=actor, subject=None, body=body)
        organisation.audit_event_id = ref.id
        organisation.save(force_insert=True)
    return organisation


def find_customer(email: str) -> Customer | None:
    """Find the customer of a verified address."""
    return Customer.objects.filter(email_index=vault.blind_index("email", email)).first()


def customer_id_for(email: str) -> uuid.UUID:
    """Give the id of the customer of this address, or a fresh one: the log must name it before the row exists."""
    found = find_customer(email)
    return found.id if found else uuid.uuid4()


def ensure_customer(
    customer_id: uuid.UUID, email: str, *, language: str, ref: EventRef, now: datetime, actor: Actor = WRITER
) -> Customer:
    """Find or make the customer, inside the caller's transaction and under its event."""
    index = vault.blind_index("email", email)
    found = Customer.objects.filter(email_index=index).first()
    if found:
        return found
    log.alias(customer_id, "email", email, actor=actor)
    return Customer.objects.create(
        id=customer_id,
        email=vault.seal(email, subject=customer_id, place=vault.Place("parties_customer", "email", customer_id)),
        email_index=index,
        language=language,
        created_at=now,
        audit_event_id=ref.id,
    )


def ensure_account(
    customer: Customer, utility: str, facts: AccountFacts, *, ref: EventRef, now: datetime, actor: Actor = WRITER
) -> UtilityAccount:
    """Find or make the account, inside the caller's transaction and under its event.

    Another name or address is another row: what was proven of the old facts says nothing about the new ones.
    """
    index = vault.blind_index("account_number", facts.number)
    found = UtilityAccount.objects.filter(
        customer=customer, utility=utility, number_index=index, facts_index=facts.index
    ).first()
    if found:
        return found
    row = uuid.uuid4()
    log.alias(customer.id, "account_number", facts.number, actor=actor)
    log.alias(customer.id, "name", facts.name_as_billed, actor=actor)

    def seal(column: str, value: str) -> vault.Sealed:
        return vault.seal(value, subject=customer.id, place=vault.Place("parties_utilityaccount", column, row))

    return UtilityAccount.objects.create(
        id=row,
        customer=customer,
        utility=utility,
        number=seal("number", facts.number),
        number_index=index,
        last_four=facts.number[-4:],
        name_as_billed=seal("name_as_billed", facts.name_as_billed),
        service_address=seal("service_address", facts.service_address),
        facts_index=facts.index,
        created_at=now,
        audit_event_id=ref.id,
    )
