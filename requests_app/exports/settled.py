"""What became of a difference, as a recipient is told (rules)."""

from typing import Any

from requests_app.one_value.merging import Settled


def settled_words(settled: Settled) -> dict[str, Any]:
    """Give the outcome, the rule and the time of a decision: never who made it, or why in their words."""
    return {"outcome": settled.outcome, "rule": settled.rule, "at": settled.at.isoformat(timespec="seconds")}
