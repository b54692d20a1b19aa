"""Signs of abuse: simple counts against limits (rules: pure).

A sign accuses nobody. A household with five meters, a daughter who helps both parents, or a fair where many sign at
one table show the same counts; therefore a hit holds the consent until a person has looked, and does nothing else.
Sources: field guide S30, S31; the "identity red flags" of the FTC's Red Flags Rule (16 CFR 681, appendix A).
"""

import ipaddress
from dataclasses import dataclass

MAILBOX = "mailbox_accounts"
RECIPIENT = "recipient_grants"
PLACE = "place_grants"
HELPER = "helper_accounts"
PROVERS = "account_provers"

# Of one, and of several.
MEANING: dict[str, tuple[str, str]] = {
    MAILBOX: (
        "account shared from one mailbox within a day",
        "different accounts shared from one mailbox within a day",
    ),
    RECIPIENT: (
        "permission that one recipient collected within an hour",
        "permissions that one recipient collected within an hour",
    ),
    PLACE: (
        "permission signed from one place within two minutes",
        "permissions signed from one place within two minutes",
    ),
    HELPER: (
        "account that one person helped with within 30 days",
        "different accounts that one person helped with within 30 days",
    ),
    PROVERS: (
        "mailbox that proved the account",
        "different mailboxes that proved the same account",
    ),
}


def in_words(code: str, counted: int) -> str:
    """Say what was counted, for a person."""
    one, several = MEANING.get(code, (code, code))
    return f"{counted} {one if counted == 1 else several}"


@dataclass(frozen=True)
class Counts:
    """What was counted when a consent was signed or its account proven, that consent included."""

    mailbox_accounts: int = 0
    recipient_grants: int = 0
    place_grants: int = 0
    helper_accounts: int = 0
    account_provers: int = 0


@dataclass(frozen=True)
class Limits:
    """How many of each are nothing unusual; one more is a sign."""

    mailbox_accounts: int
    recipient_grants: int
    place_grants: int
    helper_accounts: int
    account_provers: int = 1  # a second mailbox that proves an account is never nothing unusual


@dataclass(frozen=True)
class Sign:
    """A count that lies over its limit."""

    code: str
    counted: int
    limit: int


def signs(counts: Counts, limits: Limits) -> tuple[Sign, ...]:
    """Give every sign, in a fixed order; none while each count is within its limit."""
    found = (Sign(code, getattr(counts, code), getattr(limits, code)) for code in MEANING)
    return tuple(each for each in found if each.counted > each.limit)


def mailbox_folded(address: str) -> str:
    """Give the mailbox behind an address: `ann+bills@…` reaches `ann@…` (RFC 5233), and counts as it."""
    local, at, domain = address.partition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


@dataclass(frozen=True)
class Objected:
    """What was counted before the next objection: of its mailbox, and of its account, whoever wrote."""

    of_the_day: int  # of the mailbox, in the last 24 hours
    dismissed: int  # of the mailbox, found not right by two people within a year
    pausing: int  # of the account, unresolved, and holding something now
    account_dismissed: int  # of the account, found not right by two people within a year


def too_many_objections(counted: Objected, *, per_day: int, false_ones: int) -> bool:
    """Say whether the next objection pauses nothing by itself any more and waits for a person.

    For the account those count that hold something, so that wrong names use up nothing of the right one. Where two
    people once found an objection to it not right, the next mailbox does not start anew.
    """
    mailbox = counted.of_the_day >= per_day or counted.dismissed >= false_ones
    return mailbox or counted.pausing >= per_day or counted.account_dismissed > 0


def objection_pauses(*, names_agree: bool, assurance: str, further: bool) -> bool:
    """Say whether an objection reaches a consent over the account; `further` when an earlier one reached the account.

    At L1 nobody has checked the name that the signer typed, so it cannot speak against the objector's: a first word
    under another name pauses, a further one does not. From L2 on the name is the bill's, and a stranger who knows no
    more than a number pauses nothing. At L3 the co-op has said who she is: a further word waits for a person.
    """
    if names_agree:
        return assurance != "L3" or not further
    return assurance == "L1" and not further


def place_of(address: str) -> str:
    """Give what of an IP address tells a place: all of IPv4, the network (/64) of IPv6.

    Nothing for an address that is not of the internet: behind a proxy that does not say who calls, everybody would
    come from one place.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if not found.is_global:
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
