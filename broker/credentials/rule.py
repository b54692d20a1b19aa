"""What a rule of the gate is (rules)."""

from collections.abc import Callable
from dataclasses import dataclass

from broker.credentials.tokens import Doc


@dataclass(frozen=True)
class Rule:
    """One thing that the gate looks for."""

    id: str
    kind: str
    why: str
    find: Callable[[Doc], tuple[int, int] | None]
    blocked: tuple[str, ...]  # examples, run as tests
    passed: tuple[str, ...] = ()
    inlet: str = "web_form"  # where the examples come in
