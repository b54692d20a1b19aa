"""Which acts of two people a team can do with the people that it has (rules)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

ORDER = ("staff", "operator", "officer", "approver")
# What nobody from outside and no waiting time may ever stand in for: holds, keys, the log, and ways in.
OURS_ALONE = frozenset({
    "alarm.ack", "disclosures.resume", "key.release", "key.shred", "log.new_origin",
    "outside.enrol", "people.disable", "people.enable", "people.invite", "people.link",
})  # fmt: skip
# About one customer alone, who is told and can end it: a logged wait of a day may stand in (`evidence_waits.MAY_WAIT`).
MAY_WAIT = frozenset({"difference.settle", "fee.decline", "file.accept_held", "file.surplus", "request.unanswered"})

# For these somebody from outside can be the second person, by a link (`evidence_outside.FROM_OUTSIDE`).
FROM_OUTSIDE = frozenset({
    "incident.decide", "joint.end_both", "joint.mailbox", "objection.dismiss", "organisation.enrol",
    "organisation.purposes", "pack.export", "paper.consent", "profile.change",
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
    may_wait: bool
    from_outside: bool


def unmet(acts: Iterable[Act], team: Sequence[Collection[str]]) -> list[Unmet]:
    """Give the acts that no two people of this team can do, by title; `team`: the roles of each person.

    Somebody with two accounts is one person, who has the roles of both.
    """
    found = []
    for act in acts:
        if not _can(act, team):
            lacks = tuple(role for role in ORDER if _can(act, [*team, (role,)]))
            kinds = (act.name in each for each in (OURS_ALONE, MAY_WAIT, FROM_OUTSIDE))
            found.append(Unmet(act.name, act.title, lacks, *kinds))
    return sorted(found, key=lambda each: each.title)


def _can(act: Act, team: Sequence[Collection[str]]) -> bool:
    ask = {number for number, roles in enumerate(team) if act.requesters & {*roles}}
    decide = {number for number, roles in enumerate(team) if act.approvers & {*roles}}
    return bool(ask and decide) and len(ask | decide) >= 2
