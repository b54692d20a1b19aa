"""What waits for a customer's no, and how it ended, in the words of her pages (reads)."""

from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.waits.models import Wait
from broker.console.waits.waiting import LASTS
from broker.console.waits.words import WHAT
from broker.notices.models import Notice
from broker.parties.models import Customer
from consents.asked import MaySayNo

DONE = (Act.APPROVED, Act.EXECUTED)


def open_ones(customer: Customer, *, now: datetime) -> list[MaySayNo]:
    """List what she can say no to now, what ends first on top; nothing is opened."""
    rows = Wait.objects.filter(customer=customer, state=Wait.State.WAITING).order_by(F("ends_at"), "id")
    acts = {each.id: each for each in Approval.objects.filter(id__in=[row.approval for row in rows])}
    return [
        MaySayNo(_(WHAT[acts[row.approval].act]), until(row), reverse("my-wait", args=[row.id]))
        for row in rows
        if stage(row, acts[row.approval], now=now) == "open"
    ]


def until(row: Wait) -> datetime:
    """Give until when she can say no: a day from when she was told, where that mail went out late."""
    told = Notice.objects.filter(id=row.notice).values_list("sent_at", flat=True).first()
    return row.ends_at if told is None else max(row.ends_at, told + LASTS)


def stage(row: Wait, approval: Approval, *, now: datetime) -> str:
    """Say where it stands: `open`, `objected`, `done` after the day, `by_two`, `nothing` is done, `two` decide it."""
    if row.state == Wait.State.OBJECTED:
        return "objected"
    if row.state == Wait.State.DONE:
        return "done"
    if approval.state in DONE:
        return "by_two"
    if approval.state != Act.REQUESTED or now >= approval.expires_at:
        return "nothing"
    return "open" if row.state == Wait.State.WAITING else "two"
