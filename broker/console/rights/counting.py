"""What waits for reviewers, and what is late (reads)."""

from datetime import datetime

from broker.console.rights.asks import unlooked, unsettled
from broker.console.rights.beginning import open_one
from broker.console.rights.models import Review


def waiting(now: datetime) -> tuple[int, int]:
    """Count the rights that wait for a reviewer, and how many of these are late."""
    row, behind = open_one(), late(now)
    return (unsettled(row.items.all()).count() if row else behind), behind


def late(now: datetime) -> int:
    """Count the rights that nobody looked at in time and that go on all the same."""
    newest = Review.objects.order_by("-number").first()
    if newest is None:
        return 0
    if newest.closed_at is None and now <= newest.ends_at:
        return 0
    return unlooked(newest.items.all())
