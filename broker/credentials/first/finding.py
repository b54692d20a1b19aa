"""What the gate found: a place and a reason, never the secret."""

from dataclasses import dataclass

from broker.credentials.finding import Finding

__all__ = ["Finding", "Hit"]


@dataclass(frozen=True)
class Hit:
    """A finding within one reading of the text."""

    rule: str
    start: int
    end: int
    kind: str
