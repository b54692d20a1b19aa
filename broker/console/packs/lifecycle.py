"""States, scopes and redaction levels of an evidence pack, and what each of them means (rules)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LIFE = timedelta(days=30)  # a pack that nobody fetched by then is asked for again
PATIENCE = timedelta(seconds=60)  # longest wait for a checkpoint that covers the pack's own event


class State(StrEnum):
    """Where a pack stands."""

    ASKED = "asked"
    APPROVED = "approved"
    BUILDING = "building"
    READY = "ready"
    EXPIRED = "expired"
    FAILED = "failed"


NEXT: dict[State, frozenset[State]] = {
    State.ASKED: frozenset({State.APPROVED}),
    State.APPROVED: frozenset({State.BUILDING}),
    State.BUILDING: frozenset({State.BUILDING, State.READY, State.FAILED}),
    State.FAILED: frozenset({State.APPROVED}),  # a person tries again
    State.READY: frozenset({State.EXPIRED}),
    State.EXPIRED: frozenset(),
}


class Scope(StrEnum):
    """What a pack is about."""

    CUSTOMER = "customer"
    CONSENT = "consent"
    REQUEST = "request"
    PERIOD = "period"


class Redaction(StrEnum):
    """How far events are opened."""

    HEADERS = "headers"  # nothing is opened
    MASKED = "masked"  # bodies are read for the report, personal values masked; no key is given
    OPEN = "open"  # the key of each event goes out with it


LEVELS: dict[Redaction, str] = {
    Redaction.HEADERS: "Headers only: who, when and what kind of act. No event is opened.",
    Redaction.MASKED: "Masked: events are read for the report; personal values are masked, and no key is given.",
    Redaction.OPEN: "Open: the content of each event, and the key that proves it.",
}


class Basis(StrEnum):
    """On what ground a pack is handed over."""

    CUSTOMER = "customer_request"
    DEMAND = "legal_demand"
    REGULATOR = "regulator"
    CLAIM = "legal_claim"
    COMPLAINT = "complaint"
    AUDIT = "audit"


BASES: dict[Basis, str] = {
    Basis.CUSTOMER: "The customer asked for it",
    Basis.DEMAND: "A legal demand (subpoena, order, warrant)",
    Basis.REGULATOR: "A regulator's inquiry",
    Basis.CLAIM: "To establish or defend a legal claim",
    Basis.COMPLAINT: "To answer a complaint",
    Basis.AUDIT: "An audit",
}


@dataclass(frozen=True)
class Contents:
    """Which documents go in beside the events."""

    letters: bool = False
    mails: bool = False
    files: bool = False

    @property
    def any(self) -> bool:
        """Say whether there are documents at all."""
        return self.letters or self.mails or self.files


def needs_second_person(redaction: Redaction, contents: Contents) -> bool:
    """Say whether a pack holds personal data, so that another person must approve it."""
    return redaction is not Redaction.HEADERS or contents.any


def may(before: State, after: State) -> bool:
    """Say whether a pack in the first state may enter the second."""
    return after in NEXT[before]
