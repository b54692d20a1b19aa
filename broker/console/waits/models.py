"""A wait that stands in for the second person of one act."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited


class Wait(Audited):
    """That an act waits a day from the moment on at which its customer was told, and how that ended.

    Its id stands as the approver of the act; the database takes it there for acts that permit it, once the mail to her
    was sent a day ago and she has not objected.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waits"
        DONE = "done", "a day went by, and it was done"
        OBJECTED = "objected", "she said no"
        OVER = "over", "decided or withdrawn otherwise"
        RETURNED = "returned", "the mail to her came back"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    approval = models.UUIDField(unique=True)
    customer = models.ForeignKey("parties.Customer", models.PROTECT, related_name="+")
    notice = models.UUIDField(unique=True, help_text="The mail that tells her.")
    begun_by = models.UUIDField()
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begun_at")), name="wait_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "objected", "over", "returned"]), name="wait_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at=None) | (~Q(state="waiting") & Q(closed_at__isnull=False)),
                name="wait_closes_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"wait of {str(self.approval)[:8]} ({self.state})"
