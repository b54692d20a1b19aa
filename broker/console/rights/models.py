"""A review of rights, and each right in it."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited


class Review(Audited):
    """All roles and keys of one day, to be looked at by the end of a business day; one at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True, help_text="From 1.")
    begun_at = models.DateTimeField()
    begun_by = models.UUIDField(help_text="The officer or approver; a service's own id where its day had come.")
    due = models.DateField(help_text="The last business day; it counts.")
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begun_at")), name="review_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=models.F("ends_at")), name="review_closes_at_its_end"
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.number}"


class Item(Audited):
    """One right: the role of a person, or the key of a recipient's program; and what became of it.

    The database holds that its holder decides nothing of it, nor one who works for the holder's recipient.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "to be looked at"
        KEPT = "kept", "kept"
        TAKEN = "taken", "taken away"
        REFUSED = "refused", "kept: the second person said no to taking it away"
        SUSPENDED = "suspended", "suspended, nobody looked"
        SPARED = "spared", "not settled in time, goes on and is late"
        GONE = "gone", "ended meanwhile"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, models.PROTECT, related_name="items")
    person = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey("parties.Application", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=16, blank=True, help_text="The person's, when the review began.")
    last_used = models.DateField(null=True, help_text="When the review began; none: never.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    reviewer = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True, help_text="When somebody said it, or the review’s end said it.")
    approval = models.UUIDField(null=True, help_text="Where two people take it away: what the second one is asked.")
    bar = models.ForeignKey("duties.Bar", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, application=None) | Q(person=None, application__isnull=False),
                name="right_of_a_person_or_a_program",
            ),
            models.UniqueConstraint(fields=["review", "person"], name="person_once_in_a_review"),
            models.UniqueConstraint(fields=["review", "application"], name="program_once_in_a_review"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "kept", "taken", "refused", "suspended", "spared", "gone"]),
                name="right_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["kept", "taken", "refused"])
                | Q(reviewer__isnull=False, decided_at__isnull=False),
                name="right_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(state="waiting") | Q(reviewer=None), name="right_waits_undecided"),
            models.CheckConstraint(
                condition=~Q(state="suspended") | Q(bar__isnull=False), name="right_suspended_by_a_bar"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role or 'key'} {str(self.person_id or self.application_id)[:8]} ({self.state})"
