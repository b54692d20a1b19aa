"""For what, and by whom, an approver from outside may be the second person now (reads): asked at each step."""

from datetime import datetime

from django.db.models import QuerySet

from broker.approvals import acts
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.outside import enrolling, knowing, receiving
from broker.console.outside.models import Approver, Ask
from broker.console.outside.showing import Shown
from broker.console.packs.models import EvidencePack
from broker.duties import people, team
from broker.parties.models import Role

MAY_SEND = frozenset({Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER})


class NotAllowed(Exception):
    """Nobody from outside is the second person here; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def lacking(now: datetime) -> frozenset[str]:
    """Give the acts that may go outside now: those of the list that no two people of this team can do.

    The measure is that of a day of waiting: whoever could sign in within the last 30 days, or was put out by one
    person alone, counts as there.
    """
    return frozenset(each.name for each in team.unmet(acts.registered(), people.lately(now))) & team.FROM_OUTSIDE


def candidates(now: datetime) -> list[Approval]:
    """Give what waits for a second person whom this team does not have, and what can be sent; nothing is opened."""
    rows = Approval.objects.filter(state=Act.REQUESTED, expires_at__gt=now, act__in=lacking(now))
    rows = rows.exclude(id__in=open_asks(now).values("approval")).order_by("requested_at", "id")
    return [each for each in rows if not is_silenced(each, now)]


def open_asks(now: datetime) -> QuerySet[Ask]:
    """Give what somebody from outside has been asked and can still answer."""
    return Ask.objects.filter(state=Ask.State.WAITING, expires_at__gt=now, outside__ended_at=None)


def is_silenced(row: Approval, now: datetime) -> bool:
    """Say whether an order forbids to tell others of it: nobody outside hears of a pack under a gag."""
    packs = EvidencePack.objects.filter(id__in=[row.about] if row.about else [])
    return packs.filter(demand__gag_until__gt=now).exists()


def has_a_stake(row: Approval, shown: Shown, outside: Approver, address: str) -> str:
    """Give why whoever reads this mailbox is not the one to ask, now that what it is about was opened, or "".

    `outside.ours` for a recipient's or the applicant's house; `outside.own` for the one who signed a letter on paper,
    or who receives the pack.
    """
    if knowing.is_of_a_recipient(address) or knowing.is_of_the_applicant(row, address):
        return "outside.ours"
    signed = shown.original is not None and knowing.is_one_name(shown.original.name, outside)
    named = any(receiving.names(each, outside.full_name, outside.house, address) for each in shown.receives)
    return "outside.own" if signed or named else ""


def why_not(row: Approval, outside: Approver, *, now: datetime) -> str:
    """Give why this person from outside does not decide this now, or "".

    `outside.never` for an act of no such list, and a pack under a gag; `outside.over` where it is decided;
    `outside.team` where this team has two people for it; `outside.ended` where the enrolment is over;
    `outside.alone` where whoever asked for it proposed the enrolment; `outside.ours` as `knowing.is_ours`;
    `outside.own` where it is about an account in this person's name.
    """
    if row.act not in team.FROM_OUTSIDE or is_silenced(row, now):
        return "outside.never"
    if row.state != Act.REQUESTED or now >= row.expires_at:
        return "outside.over"
    if row.act not in lacking(now):
        return "outside.team"
    if not enrolling.stands(outside, now):
        return "outside.ended"
    if knowing.is_one_person(row.requester, outside.asked_by):
        return "outside.alone"
    if knowing.is_ours(outside):
        return "outside.ours"
    return "outside.own" if knowing.concerns(row, outside) else ""
