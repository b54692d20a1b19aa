"""Finding customers by what people know of them: nothing is opened, only tokens are compared (interface)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from broker import vault
from broker.audit import keys, search
from broker.audit.search import Accesses
from broker.console import subjects
from broker.console.hours import local
from broker.parties.directory import find_customer
from broker.parties.models import Customer, UtilityAccount
from consents.models import Consent
from requests_app.models import ManualRequest

PLAIN = {"account_number": "number_index"}  # fields that our own tables index too


@dataclass(frozen=True)
class Line:
    """One line of a list: whether it was found, whose it is, and how often that person's data was reached for.

    A line carries the last four characters of what was sought: enough to find it on one's own list again.
    """

    number: int
    ending: str
    found: bool
    accesses: Accesses
    customers: tuple[uuid.UUID, ...] = ()


def customer_of(sought: str) -> uuid.UUID | None:
    """Give the one customer whom this names, as `customers_of` does; None for nobody and for several."""
    found = customers_of(sought)
    return found[0] if len(found) == 1 else None


def customers_of(sought: str) -> list[uuid.UUID]:
    """Give the customers of an e-mail address, account number, or number of a permission or request; nothing opens.

    Several people may hold one account.
    """
    text = sought.strip()
    if "@" in text:
        customer = find_customer(text)
        return [customer.id] if customer else []
    if text.isascii() and text.isdigit():
        index = vault.blind_index("account_number", text)
        return sorted(set(UtilityAccount.objects.filter(number_index=index).values_list("customer_id", flat=True)))
    number = text.upper()
    whose = Consent.objects.filter(number=number).values_list("customer_id", flat=True).first()
    whose = whose or ManualRequest.objects.filter(number=number).values_list("request__customer_id", flat=True).first()
    return [whose] if whose else []


def masked(customers: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, str]]:
    """Write customers so that an officer can tell them apart and nobody is named: a short id, and since when."""
    since = dict(Customer.objects.filter(id__in=customers).values_list("id", "created_at"))
    out = []
    for each in customers:
        count = Consent.objects.filter(customer_id=each).count()
        out.append((each, f"{subjects.masked(each)}, since {local(since[each]).date()}, {count} permissions"))
    return out


def lines_of(field: str, values: Sequence[str]) -> list[Line]:
    """Give one line for each value, in their order; the log is asked once for all of them."""
    kids = [kids_of(field, value) for value in values]
    counted = search.accesses([kid for each in kids for kid in each])
    whose = subjects.of_kids(kid for each in kids for kid in each)
    return [
        Line(
            number=number,
            ending=value.strip()[-4:],
            found=bool(mine),
            accesses=search.together(counted[kid] for kid in mine if kid in counted),
            customers=tuple(sorted({each for kid in mine if isinstance(each := whose.get(kid), uuid.UUID)})),
        )
        for number, (value, mine) in enumerate(zip(values, kids, strict=True), 1)
    ]


def is_in_name(customer: uuid.UUID, full_name: str) -> bool:
    """Say whether an account of this customer's is in this name; names are compared by their tokens, none is opened."""
    return any(customer in each.customers for each in lines_of("name", [full_name]))


def kids_of(field: str, value: str) -> list[bytes]:
    """Give the data keys that belong to this value: by the log's aliases, else by our own blind indexes."""
    try:
        found = keys.kids_of(field, value)
    except ValueError:  # nothing is left of it once it is written as it is compared
        return []
    return found or [kid for customer in _indexed(field, value) for kid in search.kids_of_subject(customer)]


def _indexed(field: str, value: str) -> list[uuid.UUID]:
    if field == "email":
        customer = find_customer(value)
        return [customer.id] if customer else []
    if field in PLAIN:
        index = {PLAIN[field]: vault.blind_index(field, value)}
        return list(UtilityAccount.objects.filter(**index).values_list("customer_id", flat=True).distinct())
    return []
