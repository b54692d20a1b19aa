"""The vocabulary that all packages share (rules)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


def _(text: str) -> str:
    """Mark a text for translation without needing a framework here."""
    return text


class DataType(StrEnum):
    """What can be asked for, in the order used everywhere."""

    ACCOUNT_INFO = "account_info"
    BILL = "bill"
    PAYMENT = "payment"
    USAGE_MONTHLY = "usage_monthly"
    USAGE_DAILY = "usage_daily"
    USAGE_HOURLY = "usage_hourly"
    USAGE_15MIN = "usage_15min"


DATA_TYPES: tuple[str, ...] = tuple(each.value for each in DataType)


class ChannelName(StrEnum):
    """The ways by which data comes."""

    MANUAL_REQUEST = "manual_request"  # our letter to the utility's billing desk
    CUSTOMER_UPLOAD = "customer_upload"  # files that the customer downloaded herself
    NECTAR = "nectar"  # documents that she shared or the utility sent, read by Nectar
    NECTAR_SYNC = "nectar_sync"  # Nectar's own connection to the utility: on its roadmap


class CameBy(StrEnum):
    """How a file reached us, which its channel leaves open: one letter is answered by mail, on our page or by post."""

    EMAIL = "email"  # attached to a mail
    DESK_PAGE = "desk_page"  # uploaded by the utility's billing desk, under a code to its own mailbox
    POST = "post"  # on paper, scanned and entered by our staff
    CUSTOMER = "customer"  # handed over by the customer herself
    BROUGHT = "brought"  # brought by the recipient; the customer said that it is hers and that she gave it to them
    NECTAR = "nectar"  # read by Nectar


CHANNELS: tuple[str, ...] = tuple(each.value for each in ChannelName)
# Ways that no utility's profile may open, and ways that people name: where a profile is silent on one, it is unknown.
FORBIDDEN_WAYS = ("credentials", "scraping", "smarthub_delegate", "mobile_app")
NAMED_WAYS: tuple[str, ...] = (*CHANNELS, *FORBIDDEN_WAYS, "green_button", "espi", "edi", "utility_api", "nectar_loa")

# A closed list: a purpose is what the customer reads and agrees to, so nobody may word it freely.
PURPOSES: dict[str, str] = {
    "rate_comparison": _("To compare electric rates and find the one that fits best"),
    "efficiency_audit": _("To find ways to use less energy"),
    "solar_sizing": _("To plan the size of a solar or battery system"),
    "billing_review": _("To check bills for mistakes"),
    "carbon_reporting": _("To report energy use and carbon emissions"),
    "research": _("For energy research that names no customer"),
}

Assurance = Literal["L1", "L2", "L3"]


@dataclass(frozen=True)
class Finding:
    """What one numbered rule found: its input (never personal data), and the codes of what failed."""

    rule: int
    name: str
    codes: tuple[str, ...] = ()
    input: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Say whether the rule held."""
        return not self.codes


@dataclass(frozen=True)
class Attempt:
    """A channel that was looked at, and what each rule found there."""

    channel: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Say whether every rule held."""
        return all(each.passed for each in self.findings)


@dataclass(frozen=True)
class Alternative:
    """A permitted way that was not taken, and why: the codes of what failed, or its place in the order."""

    channel: str
    because: Literal["refused", "later", "named_other", "by_preference"]
    findings: tuple[Finding, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Give each code that refuses it, once."""
        return tuple(dict.fromkeys(code for finding in self.findings for code in finding.codes))

    def as_json(self) -> dict[str, Any]:
        """Give it as decisions and answers hold it."""
        rows = [
            {
                "rule": each.rule,
                "name": each.name,
                "input": dict(each.input),
                "result": "pass" if each.passed else "fail",
                "codes": list(each.codes),
            }
            for each in self.findings
        ]
        return {"channel": self.channel, "because": self.because, "codes": list(self.codes), "rules": rows}


@dataclass(frozen=True)
class Route:
    """An answer of yes: the channel, what its rules found, and the channels that did not pass before it."""

    channel: str
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An answer of no: the first code, a detail free of personal data, and what the rules found."""

    code: str
    detail: str = ""
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Permit:
    """An answer of yes under a consent: what was permitted, by which channel."""

    channel: str
    data_types: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class EventRef:
    """An entry of the log that has been written."""

    id: int


ActorKind = Literal["s", "c", "a", "v", "x", "o"]  # staff, customer, application, service, unknown, outside approver


@dataclass(frozen=True)
class Actor:
    """Who does something, by opaque id; `app` is the application through which a person acts."""

    kind: ActorKind
    id: uuid.UUID
    role: str | None = None
    app: uuid.UUID | None = None


_SERVICES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:service")


def SERVICE(name: str) -> Actor:
    """Give the actor of one of our own services; the same name always gives the same id."""
    return Actor("v", uuid.uuid5(_SERVICES, name))


# Somebody of whom nothing is known, such as a wrong sign-in.
UNKNOWN = Actor("x", uuid.uuid5(_SERVICES, "unknown"))


TERMS: dict[str, str] = {
    "account holder": "The person or business whose name is on the utility account.",
    "assurance": "How sure we are that the account holder signed: L1 e-mail, L2 account knowledge, L3 identity.",
    "channel": "A permitted way by which data comes from the utility or the customer.",
    "consent": "A customer's permission: who may have which data of which accounts, what for, and until when.",
    "customer": "A member of the co-op whose data this is.",
    "entry": "One event in the log, written in the same step as the act that it records.",
    "forward range": "Days to come for which data may still be asked, up to a set end.",
    "history range": "Past days for which data may be asked.",
    "letter of authorization": "The signed letter that tells the utility what the customer permits.",
    "nearest permitted": "What would be allowed instead of what was refused.",
    "onward recipient": "A company that handles the data on its way to the recipient.",
    "order": "The step at which a request goes out to the utility.",
    "provenance": "Where a value came from: which file, which channel, which row.",
    "purpose": "What the data is for, from a closed list that the customer sees.",
    "reason code": "A stable name for why something was refused.",
    "recipient": "The organisation that receives the data and is named in the consent.",
    "refusal": "An answer of no, with the reason and what would work instead.",
    "release": "The step at which data goes out to the recipient.",
    "route": "An answer of yes: the channel by which the request may go.",
    "scope": "The accounts, kinds of data and days that a consent covers.",
    "superseded": "Replaced by a newer consent.",
    "utility profile": "What a utility offers, with the source of each fact and how sure it is.",
}
