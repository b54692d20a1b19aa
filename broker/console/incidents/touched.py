"""Whose data entries of the log touched, person by person (rules)."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from broker.audit.entry import Header

MOST_READERS = 50  # pairs of one customer that are named; the entries of all are counted


@dataclass
class Touch:
    """What fits of one customer: how many entries, the first and last (microseconds), who by which act."""

    entries: int = 0
    first: int = 0
    last: int = 0
    readers: set[tuple[str, str]] = field(default_factory=set)

    def add(self, head: Header) -> None:
        """Count one more entry."""
        self.first = min(self.first or head.ts, head.ts)
        self.last, self.entries = max(self.last, head.ts), self.entries + 1
        if len(self.readers) < MOST_READERS:
            self.readers.add((f"{head.actor} {head.app or ''}".strip(), head.act))

    def named(self) -> list[list[str]]:
        """Give who read by which act, in order."""
        return [list(pair) for pair in sorted(self.readers)]


def by_customer(
    heads: Iterable[Header],
    whose: Mapping[bytes, uuid.UUID | str],
    owners: Mapping[uuid.UUID, frozenset[uuid.UUID]],
) -> tuple[dict[uuid.UUID, Touch], int]:
    """Sort entries by customer, by `owners` of what they are about.

    The second is how many are of nobody who is a customer, or of destroyed keys.
    """
    found: dict[uuid.UUID, Touch] = {}
    unknown = 0
    for head in heads:
        subject = whose.get(head.kid)
        customers = owners.get(subject, frozenset()) if isinstance(subject, uuid.UUID) else frozenset()
        for customer in customers:
            found.setdefault(customer, Touch()).add(head)
        unknown += not customers
    return found, unknown


def fingerprint(found: Mapping[uuid.UUID, Touch]) -> bytes:
    """Give the SHA-256 over all rows in the order of their customers: what a list said when it was made."""
    lines = [[str(each), t.entries, t.first, t.last, t.named()] for each, t in sorted(found.items())]
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).digest()
