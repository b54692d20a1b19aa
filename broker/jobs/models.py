"""The job table: the truth about work that outlives a request."""

import uuid

from django.db import models
from django.db.models import Q

from broker.jobs.states import JobState


class Job(models.Model):
    """Work to do once in effect. It names its subject by id and holds no personal data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    subject_id = models.UUIDField(db_index=True)
    key = models.CharField(max_length=200, unique=True, null=True, help_text="Enqueue once: the second is the first.")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in JobState], default=JobState.QUEUED)
    due_at = models.DateTimeField()
    pumped_at = models.DateTimeField(null=True, help_text="When it was last handed to the queue.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Counted before the work.")
    waits = models.PositiveSmallIntegerField(default=0, help_text="How often the handler asked for patience.")
    lease = models.UUIDField(null=True, help_text="Which run holds the job; a run that lost its lease ends nothing.")
    lease_until = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in JobState]), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state="running", lease__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease__isnull=True, lease_until__isnull=True)),
                name="job_runs_under_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "dead", "cancelled"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at__isnull=True),
                name="job_ends_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["queued", "running"]), name="job_open_due")]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]} ({self.state})"


class Heartbeat(models.Model):
    """When a long-running process of ours last said that it is alive."""

    name = models.CharField(max_length=40, primary_key=True)
    pid = models.PositiveIntegerField()
    run = models.CharField(
        max_length=64, blank=True, help_text="Token of this start, so that an old row proves nothing."
    )
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
