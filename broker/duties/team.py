"""Which acts of two people a team can do with the people that it has (rules)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

ORDER = ("staff", "operator", "officer", "approver")
# What nobody from outside and no waiting time may ever stand in for: holds, keys, the log, and ways in.
OURS_ALONE = frozenset({
    "alarm.ack", "disclosures.resume", "key.release", "key.shred", "log.new_origin",
    "people.disable", "people.enable", "people.invite", "people.link",
})  # fmt: skip


class Act(Protocol):
    """What is asked of an act of two people."""

    @property
    def name(self) -> str:
        """By which it is known."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def requesters(self) -> frozenset[str]:
        """Roles that ask."""

    @property
    def approvers(self) -> frozenset[str]:
        """Roles that decide."""


@dataclass(frozen=True)
class Unmet:
    """An act that this team cannot do, and the roles of which one more person would do."""

    name: str
    title: str
    lacks: tuple[str, ...]
    ours_alone: bool


def unmet(acts: Iterable[Act], team: Mapping[str, int]) -> list[Unmet]:
    """Give the acts that no two people of this team can do, by title; `team`: how many people have each role."""
    found = []
    for act in acts:
        if not _can(act, Counter(team)):
            lacks = tuple(role for role in ORDER if _can(act, Counter(team) + Counter({role: 1})))
            found.append(Unmet(act.name, act.title, lacks, act.name in OURS_ALONE))
    return sorted(found, key=lambda each: each.title)


def _can(act: Act, team: Counter[str]) -> bool:
    ask = sum(team[role] for role in act.requesters)
    decide = sum(team[role] for role in act.approvers)
    either = sum(team[role] for role in act.requesters | act.approvers)
    return ask >= 1 and decide >= 1 and either >= 2
