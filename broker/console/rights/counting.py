"""What waits for reviewers, and what is late (reads)."""

from datetime import datetime

from broker.console.rights.beginning import open_one, unanswered
from broker.console.rights.models import Item, Review

State = Item.State


def waiting(now: datetime) -> tuple[int, int]:
    """Count the rights that wait for a reviewer, and how many of these are late."""
    row, behind = open_one(), late(now)
    return (row.items.filter(state=State.WAITING).count() if row else behind), behind


def late(now: datetime) -> int:
    """Count the rights that nobody looked at in time and that go on all the same."""
    newest = Review.objects.order_by("-number").first()
    if newest is None:
        return 0
    if newest.closed_at is None:
        return newest.items.filter(state=State.WAITING).count() if newest.ends_at < now else 0
    taken = newest.items.filter(state=State.TAKEN, approval__isnull=False)
    return newest.items.filter(state=State.SPARED).count() + sum(unanswered(each) for each in taken)
