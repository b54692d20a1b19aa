"""What a decision says, and how it is shown to programs and kept in the record (rules)."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from broker.terms import Alternative, Attempt, Finding

POLICY = "17-rules/1"
NAMES = {
    1: "utility known",
    2: "ask complete",
    3: "ask well formed",
    4: "channel is a way",
    5: "consent for this recipient",
    6: "consent state",
    7: "consent dates",
    8: "purpose",
    9: "no objection",
    10: "account",
    11: "data types",
    12: "range",
    13: "account not ended",
    14: "meter",
    15: "onward recipient",
    16: "channel carries it",
    17: "assurance",
}
Outcome = Literal["route", "refusal"]


@dataclass(frozen=True)
class Nearest:
    """A data type that would be permitted instead, by which channel, for which days (end exclusive)."""

    data_type: str
    channel: str
    start: date
    end: date

    def as_json(self) -> dict[str, str]:
        """Give plain values."""
        days = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        return {"data_type": self.data_type, "channel": self.channel, **days}


@dataclass(frozen=True)
class AccountDecision:
    """The outcome for one account, with every rule's finding."""

    account: str
    codes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Say route or refusal."""
        return "refusal" if self.codes else "route"


@dataclass(frozen=True)
class Decision:
    """What was decided, and by what; `accounts` is filled as soon as rules 1 to 8 hold."""

    outcome: Outcome
    channel: str | None
    codes: tuple[str, ...]
    nearest: tuple[Nearest, ...]
    accounts: tuple[AccountDecision, ...]
    findings: tuple[Finding, ...]
    rejected: tuple[Attempt, ...]
    step: str
    profile_version: str | None
    # Asked for and routed, but the utility may be unable to give it: the recipient is told beforehand.
    not_guaranteed: tuple[str, ...] = ()
    # Every other way of the profile, with why it was not taken; empty where rules 1 to 8 ended the decision.
    alternatives: tuple[Alternative, ...] = ()
    policy: str = POLICY

    def answer(self) -> dict[str, Any]:
        """Give the answer as other programs read it; it names accounts only if there are several."""
        result: dict[str, Any] = {
            "outcome": self.outcome,
            "channel": self.channel,
            "codes": list(self.codes),
            "nearest": [entry.as_json() for entry in self.nearest],
        }
        if len(self.accounts) > 1:
            result["accounts"] = [
                {"account": each.account, "outcome": each.outcome, "codes": list(each.codes)} for each in self.accounts
            ]
        return result

    def rules(self) -> list[dict[str, Any]]:
        """Give every rule's number, name, input and result; accounts by their place in ascending order, not number."""
        return list(self._rules)

    @cached_property
    def _rules(self) -> list[dict[str, Any]]:
        rows = [_row(finding, None) for finding in self.findings]
        for place, each in enumerate(self.accounts, 1):
            rows += [_row(finding, place) for finding in each.findings]
        run = {row["rule"] for row in rows}
        rows += [_row(Finding(rule, NAMES[rule]), None, result="not run") for rule in NAMES if rule not in run]
        return rows


def _row(finding: Finding, account: int | None, *, result: str | None = None) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "account": account,
        "input": dict(finding.input),
        "result": result or ("pass" if finding.passed else "fail"),
        "codes": list(finding.codes),
    }
