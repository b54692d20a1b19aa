"""Reading an ask, a consent and an account's facts strictly: what is odd is refused, never guessed (rules)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from broker.terms import DATA_TYPES
from broker.utilities.profile import AccountNumber, Evidence

NEEDED = ("recipient", "purpose", "accounts", "data_types", "from", "to")
CONSENT_FIELDS = (
    "recipient",
    "onward_recipients",
    "accounts",
    "data_types",
    "history_from",
    "history_to",
    "forward",
    "purpose",
    "starts",
    "ends",
    "state",
    "assurance",
)
STEPS = ("order", "release")
# Rule 3, where nobody told us what a utility's account numbers look like.
ACCOUNT_NUMBER = AccountNumber(4, 12, Evidence("4 to 12 ASCII digits", "decision-rules", "assumed", date(2026, 11, 24)))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)"
)


@dataclass(frozen=True)
class Ask:
    """A well-formed ask: accounts in ascending order, data types in theirs, the end exclusive."""

    recipient: str
    purpose: str
    accounts: tuple[str, ...]
    data_types: tuple[str, ...]
    start: date
    end: date
    channel: str | None


@dataclass(frozen=True)
class Facts:
    """What is known of one account."""

    ami: str = "unknown"
    ended: date | None = None
    objection: bool = False
    prepaid: bool = False


@dataclass(frozen=True)
class Grant:
    """A consent as the decision reads it."""

    recipient: str
    purpose: object
    state: object
    assurance: str | None
    accounts: frozenset[str]
    data_types: tuple[str, ...]
    onward_recipients: frozenset[str]
    history_from: date | None
    history_to: date | None
    forward: date | None
    starts: date
    ends: date
    prefers: tuple[str, ...]
    notice_at: datetime | None

    @property
    def end(self) -> date:
        """Give the exclusive end: never later than twelve months after the start (29 February becomes 28)."""
        return min(self.ends, _a_year_after(self.starts))


def read_date(value: object) -> date | None:
    """Read `YYYY-MM-DD`, or take a date; anything else is nothing."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def read_instant(value: object) -> datetime | None:
    """Read an instant that carries a zone, and give it in UTC; anything else is nothing."""
    if isinstance(value, str):
        if not _INSTANT.fullmatch(value):
            return None
        try:
            value = datetime.fromisoformat(value.upper())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return None
    # The first and last years leave no room to change the zone.
    return value.astimezone(UTC) if date.min.year < value.year < date.max.year else None


def what_is_missing(ask: Mapping[str, Any], now: object) -> list[str]:
    """Name what an ask leaves out: absent, null, empty text or empty list."""
    present = {**ask, "now": now}
    return [key for key in ("now", *NEEDED) if _is_empty(present.get(key))]


def what_is_odd(ask: Mapping[str, Any], account_number: AccountNumber) -> list[str]:
    """Name what is not well formed in a complete ask; unknown keys are counted, never repeated."""
    start, end = read_date(ask["from"]), read_date(ask["to"])
    channel = ask.get("channel")
    claims = {
        "recipient": isinstance(ask["recipient"], str),
        "purpose": isinstance(ask["purpose"], str),
        "accounts": _are_texts(ask["accounts"]) and all(account_number.fits(each) for each in ask["accounts"]),
        "data_types": _are_texts(ask["data_types"]) and all(each in DATA_TYPES for each in ask["data_types"]),
        "from": start is not None,
        "to": end is not None,
        "from before to": start is None or end is None or start < end,
        "channel": channel is None or (isinstance(channel, str) and channel != ""),
        "unknown key": set(ask) <= {*NEEDED, "channel"},
    }
    return [name for name, holds in claims.items() if not holds]


def read_ask(ask: Mapping[str, Any]) -> Ask:
    """Read an ask in which nothing is missing or odd."""
    start, end = read_date(ask["from"]), read_date(ask["to"])
    if start is None or end is None:
        raise AssertionError("an odd ask is never read")
    return Ask(
        recipient=ask["recipient"],
        purpose=ask["purpose"],
        accounts=tuple(sorted(set(ask["accounts"]))),
        data_types=_in_order(ask["data_types"]),
        start=start,
        end=end,
        channel=ask.get("channel"),
    )


def read_facts(facts: object) -> dict[str, Facts] | None:
    """Read the accounts' facts; nothing if any of them is malformed."""
    if not isinstance(facts, Mapping):
        return None
    found = {}
    for account, values in facts.items():
        fact = _read_fact(values)
        if fact is None:
            return None
        found[account] = fact
    return found


def read_consent(consent: object) -> Grant | None:
    """Read a consent; nothing if a field is lacking, a list is none, or its term has no dates."""
    if not isinstance(consent, Mapping) or not all(key in consent for key in CONSENT_FIELDS):
        return None
    lists = [consent["onward_recipients"], consent["accounts"], consent["data_types"], consent.get("prefers", [])]
    starts, ends = read_date(consent["starts"]), read_date(consent["ends"])
    if starts is None or ends is None or not all(isinstance(each, list | tuple) for each in lists):
        return None
    onward, accounts, data_types, prefers = ([each for each in some if isinstance(each, str)] for some in lists)
    assurance = consent["assurance"]
    return Grant(
        recipient=consent["recipient"],
        purpose=consent["purpose"],
        state=consent["state"],
        assurance=assurance if isinstance(assurance, str) else None,
        accounts=frozenset(accounts),
        data_types=_in_order(data_types),
        onward_recipients=frozenset(onward),
        history_from=read_date(consent["history_from"]),
        history_to=read_date(consent["history_to"]),
        forward=read_date(consent["forward"]),
        starts=starts,
        ends=ends,
        prefers=tuple(prefers),
        notice_at=read_instant(consent.get("notice_at")),
    )


def _read_fact(values: object) -> Facts | None:
    if not isinstance(values, Mapping):
        return None
    ami, ended = values.get("ami", "unknown"), values.get("ended")
    objection, prepaid = values.get("objection", False), values.get("prepaid", False)
    last = read_date(ended)
    if ami not in ("yes", "no", "unknown") or (ended is not None and last is None):
        return None
    if not isinstance(objection, bool) or not isinstance(prepaid, bool):
        return None
    return Facts(ami, last, objection, prepaid)


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _in_order(data_types: list[str]) -> tuple[str, ...]:
    return tuple(each for each in DATA_TYPES if each in data_types)


def _a_year_after(day: date) -> date:
    if day.year == date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
