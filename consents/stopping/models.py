"""The end of a consent, its targets, and what a person must see to."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import Application, User
from broker.vault import SealedField
from consents.models import Consent
from consents.stopping.lifecycle import Because, Kind, Outcome, Reached


class Stop(Audited):
    """That a consent ended: why, how that reached us, and when. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(Consent, models.PROTECT, related_name="stop")
    because = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Because])
    how = models.CharField(max_length=20, help_text="dashboard, receipt_link, phone, post, utility, clock, …")
    received_at = models.DateTimeField(help_text="When her word reached us; the stop counts from then on.")
    at = models.DateTimeField(help_text="When the stop took effect here.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(because__in=[each.value for each in Because]), name="stop_because_known"
            ),
            models.CheckConstraint(condition=Q(received_at__lte=F("at")), name="stop_not_before_it_was_received"),
        ]

    def __str__(self) -> str:
        return f"stop {str(self.id)[:8]}"


class StopTarget(Audited):
    """One place that the end of a consent reaches. It only moves forward; the database holds that too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stop = models.ForeignKey(Stop, models.PROTECT, related_name="targets")
    kind = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Kind])
    about = models.UUIDField(help_text="The request, document or consent that it is about.")
    label = models.CharField(max_length=40, blank=True, help_text="A number to call it by; nothing personal.")
    count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Reached])
    code = models.CharField(max_length=24, help_text="How far, in one word of a closed list.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    crossed_at = models.DateTimeField(null=True, help_text="When something left that was on its way as she stopped.")
    due = models.DateField(null=True, help_text="Until when the recipient has to say that copies are deleted.")
    token_hash = models.BinaryField(max_length=32, null=True, unique=True)
    tries = models.PositiveIntegerField(default=0, help_text="Looks without progress.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stop", "kind", "about"], name="stop_target_once"),
            models.CheckConstraint(condition=Q(kind__in=[each.value for each in Kind]), name="stop_target_kind_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | Q(state__in=["done", "cannot_undo"], ended_at__isnull=False),
                name="stop_target_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(kind="deletion") | Q(due__isnull=False, token_hash__isnull=False),
                name="deletion_has_a_day_and_a_link",
            ),
        ]
        indexes = [models.Index(fields=["kind", "about"], name="stop_target_about")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Attestation(Audited):
    """A recipient's word that its copies are deleted. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.OneToOneField(StopTarget, models.PROTECT, related_name="attestation")
    name = SealedField(help_text="Who said so; sealed.")
    by = models.CharField(max_length=4, choices=[("page", "page"), ("api", "api")])
    application = models.ForeignKey(Application, models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by="page", application__isnull=True) | Q(by="api", application__isnull=False),
                name="attestation_by_a_person_or_an_application",
            )
        ]

    def __str__(self) -> str:
        return f"attestation {str(self.id)[:8]}"


class StopAlert(Audited):
    """Something of a stop that a person must see to, and close."""

    class Why(models.TextChoices):
        RETRIES = "retries", "it was tried many times, and does not get through"
        REFUSED = "refused", "the other side refused it"
        UNKNOWN = "unknown", "nobody knows whether it arrived"
        NOT_ATTESTED = "not_attested", "the recipient has not said that copies are deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.ForeignKey(StopTarget, models.PROTECT, related_name="alerts")
    why = models.CharField(max_length=16, choices=Why.choices)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=12, blank=True, choices=[(each.value, each.value) for each in Outcome])
    note = SealedField(null=True)  # type: ignore[misc]  # nothing until it is closed

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="", note__isnull=True)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, note__isnull=False)
                    & Q(outcome__in=[each.value for each in Outcome])
                ),
                name="stop_alert_closed_by_a_person",
            ),
            models.UniqueConstraint(
                fields=["target", "why"], condition=Q(closed_at__isnull=True), name="one_open_alert_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.why} {str(self.id)[:8]}"
