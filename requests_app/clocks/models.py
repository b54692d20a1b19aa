"""What officers changed about a utility's closing days, and what happened to each clock. Rows are only ever added."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.utilities.closings import Act, Certainty
from requests_app.models import ManualRequest

SOURCES = ("phone", "website", "mail", "news")


class ClosingChange(Audited):
    """One version of a utility's calendar: a day on which its office is closed, is open after all, or surely closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    utility = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="From 1 for each utility, without a gap.")
    day = models.DateField()
    act = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Act])
    name = models.CharField(max_length=60, help_text="Of a closed list, so that it can be said in each language.")
    certainty = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Certainty])
    source = models.CharField(max_length=10, choices=[(each, each) for each in SOURCES], help_text="How we know.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["utility", "number"], name="calendar_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="calendar_versions_from_one"),
            models.CheckConstraint(condition=Q(act__in=[each.value for each in Act]), name="closing_act_known"),
            models.CheckConstraint(
                condition=Q(certainty__in=[each.value for each in Certainty]), name="closing_certainty_known"
            ),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="closing_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.utility} calendar {self.number}"


class ClockStep(Audited):
    """One thing that happened to the clock of a request, and the dates after it."""

    class Kind(models.TextChoices):
        STARTED = "started", "started"
        PAUSED = "paused", "paused"
        RESUMED = "resumed", "resumed"
        PROMISED = "promised", "promised"
        RECOMPUTED = "recomputed", "recomputed"
        STOPPED = "stopped", "stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="clock_steps")
    number = models.PositiveIntegerField(help_text="From 1 for each request.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(help_text="When it was recorded.")
    happened_at = models.DateTimeField(help_text="When it happened: the delivery, our question, our answer.")
    first_days = models.PositiveSmallIntegerField(help_text="Usual time of an answer when the clock started.")
    last_days = models.PositiveSmallIntegerField()
    day0 = models.DateField()
    expected_from = models.DateField()
    due = models.DateField()
    first_follow_up = models.DateField()
    remaining = models.PositiveIntegerField(null=True, help_text="Business days left, while the clock stands still.")
    promised_for = models.DateField(null=True)
    calendar = models.CharField(max_length=40)
    change = models.ForeignKey(ClosingChange, models.PROTECT, null=True, help_text="What made it be worked out anew.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manual", "number"], name="clock_step_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["started", "paused", "resumed", "promised", "recomputed", "stopped"]),
                name="clock_step_kind_known",
            ),
            models.CheckConstraint(condition=Q(first_days__lte=F("last_days")), name="clock_step_first_not_after_last"),
            models.CheckConstraint(
                condition=Q(kind="paused", remaining__isnull=False)
                | Q(kind__in=["started", "resumed"], remaining__isnull=True)
                | Q(kind__in=["promised", "recomputed", "stopped"]),
                name="clock_step_pause_says_what_is_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
