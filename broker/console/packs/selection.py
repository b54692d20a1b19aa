"""What a pack is about: its customers, consents, requests and events (reads; opens nothing)."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from broker.audit import packing
from broker.audit.packing import Held, Log
from broker.console.packs.lifecycle import Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.parties.models import Customer
from consents.models import Consent
from requests_app.inbound.holding import SEALED
from requests_app.models import DataRequest, ManualRequest, Message, ReceivedFile


@dataclass(frozen=True)
class About:
    """Whose data a pack holds, and by which consents and requests."""

    customers: tuple[uuid.UUID, ...]
    consents: tuple[Consent, ...]
    requests: tuple[DataRequest, ...]

    def of(self, customers: Collection[uuid.UUID]) -> "About":
        """Give the part that is about these customers or about nobody known."""
        return About(
            tuple(each for each in self.customers if each in customers),
            tuple(each for each in self.consents if each.customer_id in customers),
            tuple(each for each in self.requests if each.customer_id is None or each.customer_id in customers),
        )

    def manual(self) -> QuerySet[ManualRequest]:
        """Give the requests that went to a billing desk."""
        return ManualRequest.objects.filter(request__in=self.requests).order_by("created_at", "id")

    def mails(self) -> QuerySet[Message]:
        """Give the mails of their threads."""
        found = Message.objects.filter(manual__request__in=self.requests).exclude(kind__in=SEALED)  # no pack holds them
        return found.select_related("manual__request").order_by("at", "id")

    def files(self) -> QuerySet[ReceivedFile]:
        """Give the files that were accepted under these consents."""
        found = ReceivedFile.objects.filter(consent__in=self.consents, state=ReceivedFile.State.ACCEPTED)
        return found.select_related("consent").order_by("received_at", "id")

    def names(self) -> frozenset[str]:
        """Give ids and numbers by which the body of an event names these consents and requests."""
        rows: list[object] = []
        for consent in self.consents:
            rows += [consent.id, consent.number]
        for request in self.requests:
            rows.append(request.id)
        for manual in self.manual():
            rows += [manual.id, manual.number]
        rows += [each.id for each in self.mails()] + [each.id for each in self.files()]
        return frozenset(str(each) for each in rows)


def about(pack: EvidencePack) -> About:
    """Give what a pack is about, as of now; a period has the customers of whom the log speaks in it."""
    match Scope(pack.scope):
        case Scope.CUSTOMER:
            return _of_customers(_ids([pack.scope_id]))
        case Scope.CONSENT:
            consents = _consents(Q(id=pack.scope_id))
            return About(_ids(each.customer_id for each in consents), consents, _requests(Q(consent_id=pack.scope_id)))
        case Scope.REQUEST:
            requests = _requests(Q(id=pack.scope_id))
            consents = tuple(each.consent for each in requests if each.consent)
            return About(_ids(each.customer_id for each in requests), consents, requests)
        case Scope.PERIOD:
            start, end = period(pack)
            consents = _consents(Q(signed_at__gte=start, signed_at__lt=end))
            requests = _requests(Q(made_at__gte=start, made_at__lt=end))
            named = {each.customer_id for each in consents} | {each.customer_id for each in requests}
            return About(_ids([*_customers_between(start, end), *named]), consents, requests)


def period(pack: EvidencePack) -> tuple[datetime, datetime]:
    """Give the period's first moment, and the first after it, by the co-op's clock."""
    assert pack.period_from
    assert pack.period_to
    zone = ZoneInfo(settings.DISPLAY_ZONE)
    days = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (pack.period_from, pack.period_to))
    start, end = (each.astimezone(UTC) for each in days)
    return start, end


def events(pack: EvidencePack, whole: About, logs: Sequence[Log]) -> list[Held]:
    """Give the events of a pack, closed, in the order of the logs and of each tree.

    For a consent or request these are all events of its customer from the first one that can concern it: which of them
    do is written inside, and `narrow` looks where the redaction level lets it.
    """
    if pack.scope == Scope.PERIOD:
        return packing.in_period(*period(pack), logs)
    found = packing.in_order(each for customer in whole.customers for each in packing.of_subject(customer, logs))
    if pack.scope == Scope.CUSTOMER:
        return found
    begins = min(_beginnings(pack, whole), default=0)
    return [each for each in found if each.head.ts >= begins]


def narrow(pack: EvidencePack, whole: About, found: list[Held], bodies: dict[int, object]) -> list[Held]:
    """Leave out what the bodies (by event id) show to be about another consent or request; what names none stays in."""
    if pack.scope in (Scope.CUSTOMER, Scope.PERIOD) or pack.redaction == Redaction.HEADERS:
        return found
    ours = whole.names()
    others = _of_customers(whole.customers).names() - ours
    return [each for each in found if not _is_foreign(_strings(bodies.get(each.id)), ours, others)]


def _is_foreign(said: set[str], ours: frozenset[str], others: frozenset[str]) -> bool:
    return said.isdisjoint(ours) and not said.isdisjoint(others)


def _of_customers(customers: tuple[uuid.UUID, ...]) -> About:
    rule = Q(customer_id__in=customers)
    return About(customers, _consents(rule), _requests(rule))


def _strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return {text for each in value.values() for text in _strings(each)}
    if isinstance(value, list):
        return {text for each in value for text in _strings(each)}
    return set()


def _beginnings(pack: EvidencePack, whole: About) -> Iterable[int]:
    if pack.scope == Scope.CONSENT:
        # The grant's own events come first: the letter that was shown, then the signature.
        return [int(each.signed_at.timestamp() * 1_000_000) - _GRANT_US for each in whole.consents]
    return [int(each.made_at.timestamp() * 1_000_000) - _SECOND_US for each in whole.requests]


_SECOND_US = 1_000_000
_GRANT_US = 60 * _SECOND_US


def _consents(rule: Q) -> tuple[Consent, ...]:
    rows = Consent.objects.select_related("recipient", "letter").prefetch_related("accounts", "events", "letter__files")
    return tuple(rows.filter(rule).order_by("number"))


def _requests(rule: Q) -> tuple[DataRequest, ...]:
    rows = DataRequest.objects.select_related("consent", "organisation", "application").prefetch_related("decisions")
    return tuple(rows.filter(rule).order_by("made_at", "id"))


def _ids(found: Iterable[uuid.UUID | None]) -> tuple[uuid.UUID, ...]:
    return tuple(sorted({each for each in found if each is not None}))


def _customers_between(start: datetime, end: datetime) -> tuple[uuid.UUID, ...]:
    everybody = Customer.objects.order_by("id").values_list("id", flat=True)
    return tuple(packing.subjects_between(start, end, everybody.iterator()))
