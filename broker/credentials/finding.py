"""What the gate's engine answers with (rules)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was found and where in the text that was given; never the secret itself."""

    rule: str
    start: int
    end: int
    kind: str
