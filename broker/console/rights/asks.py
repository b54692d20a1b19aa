"""What a second person was asked about a right, and what nobody has settled yet (reads)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from broker.approvals.lifecycle import OPEN
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.rights import rules
from broker.console.rights.models import Item
from consents import complaints

FELL = frozenset({Act.WITHDRAWN, Act.EXPIRED})
ASKED, FALLEN = "taken away by one person; a second one is asked", "to be looked at again: the ask came to nothing"
State = Item.State


def unsettled(rows: QuerySet[Item]) -> QuerySet[Item]:
    """Narrow to what nobody looked at, and what one person took away without a yes or a no of the second one."""
    answered = Approval.objects.filter(state__in=[Act.EXECUTED, Act.REFUSED])
    asked = Q(state=State.TAKEN, approval__isnull=False) & ~Q(approval__in=answered.values("id"))
    return rows.filter(Q(state=State.WAITING) | asked)


def unlooked(rows: QuerySet[Item]) -> int:
    """Count what is unsettled, and what goes on though nobody looked at it in time."""
    return unsettled(rows).count() + rows.filter(state=State.SPARED, person__is_active=True).count()


def fell(item: Item) -> bool:
    """Say whether it was taken away by one person alone, who took the ask back or whose ask ran out."""
    return item.state == State.TAKEN and _of(item).filter(state__in=FELL).exists()


def said_no() -> QuerySet[Approval]:
    """Give what a second person refused."""
    return Approval.objects.filter(state=Act.REFUSED)


def refused(item: Item) -> Approval | None:
    """Give the ask about it to which a second person said no."""
    return _of(item).filter(state=Act.REFUSED).first()


def is_pending(item: Item, now: datetime) -> bool:
    """Say whether the ask about it stands, and had stood when everybody was warned of the review's end."""
    asked = _of(item).filter(state__in=OPEN, expires_at__gt=now).first()
    if asked is None:
        return False
    days = complaints.calendar()
    return rules.was_warned(days.between(days.today(asked.requested_at), item.review.due))


def may_be_decided(item: Item, now: datetime) -> bool:
    """Say whether somebody may keep it or take it away now: in an open review, and of a closed one what is late."""
    review = item.review
    if item.state == State.WAITING or (review.closed_at is None and item.state == State.TAKEN):
        in_time = review.closed_at is None and now < review.ends_at
        return in_time and (item.state == State.WAITING or fell(item))
    return item.state == State.SPARED or fell(item)


def words(items: Iterable[Item]) -> dict[Item, str]:
    """Say of each what became of it, and of what one person took away where the ask stands."""
    rows = list(items)
    ids = [each.approval for each in rows if each.approval is not None]
    states = dict(Approval.objects.filter(id__in=ids).values_list("id", "state"))
    return {each: _word(each, states.get(each.approval) if each.approval else None) for each in rows}


def waits(item: Item, word: str) -> bool:
    """Say whether it waits for a reviewer, given its `words`."""
    return item.state in (State.WAITING, State.SPARED) or word == FALLEN


def _of(item: Item) -> QuerySet[Approval]:
    return Approval.objects.filter(id__in=[item.approval] if item.approval else [])


def _word(item: Item, ask: str | None) -> str:
    if item.state == State.TAKEN and ask in OPEN:
        return ASKED
    if item.state == State.TAKEN and ask in FELL:
        return FALLEN
    return str((State.REFUSED if item.state == State.TAKEN and ask == Act.REFUSED else State(item.state)).label)
