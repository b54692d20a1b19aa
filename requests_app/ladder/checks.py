"""The checklist before a mail to a utility leaves: each line with its code and its result (rules).

Source: field guide 4.4 (checklist) and 5.4, “Term and clock together”.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

TITLES: dict[str, str] = {
    "check.address": "It goes to the profile's verified address",
    "check.letter": "The sealed letter is attached, as it was signed",
    "check.current": "The letter is in force, and no newer one takes its place",
    "check.scope": "It asks for nothing that the consent does not name",
    "check.outlives": "The consent outlives the day on which the answer is due",
}
# With this one not met a mail leaves all the same: the customer is offered a renewal.
WARNS = frozenset({"check.outlives"})


@dataclass(frozen=True)
class Before:
    """What is compared. Days are the utility's; the end of each span is exclusive."""

    to: str
    verified: str
    letter_sha256: bytes | None  # of the delivered letter's record; None where there is none
    sealed_sha256: bytes | None  # of the bytes that lie sealed
    in_force: bool
    replaced: bool
    asked_types: Collection[str]
    granted_types: Collection[str]
    asked_accounts: Collection[str]
    granted_accounts: Collection[str]
    asked_from: date | None
    asked_to: date | None
    granted_days: Collection[tuple[date, date]]
    ends: date
    due: date


@dataclass(frozen=True)
class Check:
    """One line of the list: its code, what it says, whether it holds, and whether a mail leaves without it."""

    code: str
    title: str
    ok: bool
    warns: bool = False


def check(facts: Before) -> list[Check]:
    """Give each line of the list with its result, in the order in which people read it."""
    results = {
        "check.address": bool(facts.to) and facts.to == facts.verified,
        "check.letter": facts.letter_sha256 is not None and facts.letter_sha256 == facts.sealed_sha256,
        "check.current": facts.in_force and not facts.replaced,
        "check.scope": _is_inside(facts),
        "check.outlives": facts.ends > facts.due,
    }
    return [Check(code, TITLES[code], results[code], code in WARNS) for code in TITLES]


def stops(found: Collection[Check]) -> list[str]:
    """Give the codes for which a mail does not leave."""
    return [each.code for each in found if not each.ok and not each.warns]


def _is_inside(facts: Before) -> bool:
    if not facts.asked_types or not facts.asked_accounts or facts.asked_from is None or facts.asked_to is None:
        return False  # what is not said is nothing, never everything
    return (
        set(facts.asked_types) <= set(facts.granted_types)
        and set(facts.asked_accounts) <= set(facts.granted_accounts)
        and any(first <= facts.asked_from < facts.asked_to <= last for first, last in facts.granted_days)
    )
