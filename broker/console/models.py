"""What officers keep in the console: saved views and their alerts, what was seen, reviews, and where notes stand."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import User


class SavedView(Audited):
    """A named way to look at the log. The filters are codes, ids and dates, never a name or number of a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    filters = models.JSONField()
    shared = models.BooleanField(default=False)
    notify = models.BooleanField(default=False, help_text="Raise an alert in the console for each new entry.")
    seen_to = models.BigIntegerField(default=0, help_text="Entries below this place were looked at for alerts.")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(removed_at__isnull=True), name="view_name_once_per_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ViewAlert(Audited):
    """A new entry that fits a saved view: raised once, whatever is tried again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    view = models.ForeignKey(SavedView, models.PROTECT, related_name="alerts")
    event = models.BigIntegerField(help_text="The entry of the log.")
    raised_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["view", "event"], name="alert_once_per_view_and_event")]

    def __str__(self) -> str:
        return f"alert of {self.event}"


class Seen(Audited):
    """That an officer has seen an alarm of the log. Rows are only ever added."""

    event = models.BigIntegerField(unique=True, help_text="The alarm.")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "seen"

    def __str__(self) -> str:
        return f"alarm {self.event}"


class ReviewRecord(Audited):
    """That an officer looked at the log of a day; the note is in its event's sealed body. Rows are only ever added."""

    day = models.DateField(unique=True, help_text="The business day, in Central time.")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")
    refusals = models.PositiveIntegerField(help_text="As shown to the reviewer.")
    alarms = models.PositiveIntegerField(help_text="Not acknowledged, as shown to the reviewer.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"review of {self.day}"


class EventNote(Audited):
    """That a note was written about an event; its words are in the note's own event. Rows are only ever added."""

    event = models.BigIntegerField(db_index=True, help_text="The entry that it is about.")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note about {self.event}"


class CanaryAlarm(Audited):
    """That an entry of the log touched the canary's record and was reported. Rows are only ever added."""

    event = models.BigIntegerField(unique=True, help_text="The entry that touched it.")
    raised_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"canary touched by {self.event}"
