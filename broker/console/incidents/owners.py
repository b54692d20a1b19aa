"""Whose data is sealed under an id: a customer's own, or that of a holder, a draft, an objection (interface)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from broker.console.holds.models import LegalHold
from broker.console.packs.models import DemandSubject
from broker.parties.models import Customer, UtilityAccount
from consents.asking.models import ConsentAsk
from consents.joint.models import JointMember, Objection
from consents.models import Draft
from requests_app.upload.models import ShareDraft

type Pair = tuple[uuid.UUID, uuid.UUID]


def of(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Give the customers whose data is sealed under each id, her own or another; ids of nobody are left out."""
    wanted = set(ids)
    pairs = {*((each, each) for each in wanted), *_by_consent(wanted), *_by_register(wanted), *_by_account(wanted)}
    known = set(Customer.objects.filter(id__in={customer for _each, customer in pairs}).values_list("id", flat=True))
    return _sets(pair for pair in pairs if pair[1] in known)


def people(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Give as whom each id's own person acts: itself, the customer it belongs to, the link that a grant began with."""
    wanted = set(ids)
    links = Draft.objects.filter(id__in=wanted).values_list("id", "link")
    return _sets((*((each, each) for each in wanted), *_by_consent(wanted), *links))


def _sets(pairs: Iterable[Pair]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for each, other in pairs:
        found[each].add(other)
    return {each: frozenset(others) for each, others in found.items()}


def _by_consent(wanted: set[uuid.UUID]) -> Iterator[Pair]:
    for model in (JointMember, ShareDraft, ConsentAsk):
        rows = model._default_manager.filter(id__in=wanted, consent__isnull=False)
        yield from rows.values_list("id", "consent__customer")


def _by_register(wanted: set[uuid.UUID]) -> Iterator[Pair]:
    yield from LegalHold.objects.filter(id__in=wanted).values_list("id", "subject")
    yield from DemandSubject.objects.filter(demand__in=wanted).values_list("demand", "customer")


def _by_account(wanted: set[uuid.UUID]) -> Iterator[Pair]:
    """An objection holds the number of an account: the account's customers are whose it is."""
    for each in Objection.objects.filter(id__in=wanted):
        rows = UtilityAccount.objects.filter(utility=each.utility, number_index=bytes(each.number_index))
        yield from ((each.id, customer) for customer in rows.values_list("customer", flat=True))
