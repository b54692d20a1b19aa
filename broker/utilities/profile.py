"""What a utility offers, as immutable values; a profile is data, never code (rules)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal
from zoneinfo import ZoneInfo

Certainty = Literal["stated", "likely", "assumed"]
OneMailFor = Literal["customer", "recipient"]
Answer = Literal["yes", "not_guaranteed", "not_available", "not_yet", "unknown"]

# Days of a decision are Central (decision-rules.md, "Reading the line"), also where nobody told us a utility's zone.
DECISION_ZONE = ZoneInfo("America/Chicago")


@dataclass(frozen=True)
class Document:
    """Where sentences are taken from."""

    name: str
    title: str
    dated: date
    url: str | None


@dataclass(frozen=True)
class Evidence:
    """Why we believe a line: its sentence, the document, how sure it is, and from when."""

    source: str
    document: str
    certainty: Certainty
    dated: date


@dataclass(frozen=True)
class Contact:
    """One way to reach the utility; `proof` says how the value was verified."""

    kind: Literal["email", "phone", "portal", "website"]
    value: str
    proof: str
    evidence: Evidence


@dataclass(frozen=True)
class Contacts:
    """How the utility's billing desk and its portal are reached."""

    email: Contact
    phone: Contact
    portal: Contact
    # Mail servers whose acceptance is the utility's own; acceptance by any other host is a relay's.
    mail_servers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClosingDay:
    """A weekday on which the office is closed."""

    date: date
    name: str
    evidence: Evidence


@dataclass(frozen=True)
class Clock:
    """The usual time of an answer: business days, and the hour after which a message counts for the next day."""

    first_days: int
    last_days: int
    cut_off: time
    evidence: Evidence
    cut_off_evidence: Evidence


@dataclass(frozen=True)
class Fees:
    """What the utility says about fees; no amount means that none is published."""

    published: bool
    text: str
    evidence: Evidence


@dataclass(frozen=True)
class BillingDesk:
    """How much the billing desk is asked, what it calls the letter that it wants to see, and whose may share a mail."""

    requests_per_day: int  # new requests on one business day
    evidence: Evidence
    letter_title: str
    letter_title_evidence: Evidence
    one_mail_for: OneMailFor  # of whom several requests may share a mail
    one_mail_for_evidence: Evidence


@dataclass(frozen=True)
class AccountNumber:
    """What an account number looks like."""

    min_digits: int
    max_digits: int
    evidence: Evidence

    def fits(self, number: str) -> bool:
        """Say whether the text is an account number: ASCII digits of a fitting count."""
        return self.min_digits <= len(number) <= self.max_digits and number.isascii() and number.isdigit()


@dataclass(frozen=True)
class Method:
    """One row of the utility's table of access methods."""

    name: str
    first_party: bool
    third_party: bool
    customer_types: str
    data_types: str
    latency: str
    format: str
    history_limit: str
    evidence: Evidence


@dataclass(frozen=True)
class Carries:
    """Whether a channel carries a data type, in which form."""

    answer: Answer
    format: str
    note: str
    evidence: Evidence


@dataclass(frozen=True)
class Channel:
    """A permitted way, what it carries, and what it needs."""

    name: str
    title: str
    carries: Mapping[str, Carries]
    onward_recipient: str | None
    history_months: int | None
    order_assurance: str | None  # the level at which an order may go out, because the utility checks identity itself
    evidence: Evidence


@dataclass(frozen=True)
class RefusedChannel:
    """A way that is refused by name, and the code that says why."""

    name: str
    code: str
    title: str
    evidence: Evidence


@dataclass(frozen=True)
class AssuranceNeed:
    """How sure we must be of the signer before this data is released."""

    level: str
    level_with_notice: str | None
    notice_hours: int | None
    evidence: Evidence


@dataclass(frozen=True)
class OpenFact:
    """Something that needs no consent, or that people ask about: a short text, perhaps a link."""

    name: str
    title: str
    text: str
    url: str | None
    evidence: Evidence


@dataclass(frozen=True)
class Offer:
    """What is known of one utility; None where nobody told us. `version` changes whenever a line does.

    It is enough to decide an ask and to say what the utility offers. Nothing can be sent by it: whatever reaches a
    utility takes a `UtilityProfile`, in which nothing is unknown.
    """

    id: str
    name: str
    short_name: str
    evidence: Evidence
    version: str
    rehearsal: bool
    unknown: tuple[str, ...]  # what nobody told us, named in the file so that it cannot be forgotten by mistake
    documents: Mapping[str, Document]
    place: str | None
    zone: str | None
    contacts: Contacts | None
    clock: Clock | None
    fees: Fees | None
    desk: BillingDesk | None
    account_number: AccountNumber | None
    closing_days: tuple[ClosingDay, ...]
    methods: tuple[Method, ...]
    channels: Mapping[str, Channel]
    open_order: tuple[str, ...]  # tried in this order when nobody names a channel
    may_prefer: tuple[str, ...]  # what a customer's preference may put before them
    routing_evidence: Evidence
    refused: Mapping[str, RefusedChannel]
    metered: tuple[str, ...]  # data types that only a smart meter brings
    metered_evidence: Evidence
    assurance: Mapping[str, AssuranceNeed]
    open_facts: tuple[OpenFact, ...]

    @property
    def tz(self) -> ZoneInfo:
        """Give the zone in which days begin and end: the utility's, or the one of every decision."""
        return ZoneInfo(self.zone) if self.zone else DECISION_ZONE

    @property
    def closed(self) -> frozenset[date]:
        """Give the closing days as dates."""
        return frozenset(day.date for day in self.closing_days)


@dataclass(frozen=True)
class UtilityProfile(Offer):
    """A utility of which everything is known that is needed to reach it."""

    place: str
    zone: str
    contacts: Contacts
    clock: Clock
    fees: Fees
    desk: BillingDesk
    account_number: AccountNumber
