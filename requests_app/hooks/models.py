"""Endpoints of applications, the keys that sign for them, and what is sent to them."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import Application
from broker.vault import SealedField
from consents.models import Consent
from requests_app.hooks.schedule import DeliveryState


class Endpoint(Audited):
    """An address of an application to which messages go, and which types. A row changes once: when it is disabled."""

    class Because(models.TextChoices):
        APPLICATION = "application", "by the application"
        PERSON = "person", "by a person"
        GONE = "gone", "it answered that it is gone (410)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    types = models.JSONField()
    made_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.CharField(max_length=11, blank=True, choices=Because.choices)

    class Meta:
        verbose_name = "webhook endpoint"
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_because="")
                | Q(disabled_at__isnull=False, disabled_because__in=["application", "person", "gone"]),
                name="endpoint_disabled_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"webhook endpoint {str(self.id)[:8]}"


class SigningKey(Audited):
    """A key that signs for an endpoint, sealed. A row changes when its end is set, or brought forward."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="keys")
    secret = SealedField()
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook signing key"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(ends_at=None), name="an_endpoint_has_one_newest_key"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("made_at")), name="signing_key_ends_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return f"signing key {str(self.id)[:8]}"


class Delivery(Audited):
    """One message to one endpoint: what it tells never changes, how far it got does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries")
    message = models.UUIDField(help_text="The same for every endpoint and every try.")
    type = models.CharField(max_length=40)
    data = models.JSONField(help_text="Ids, nothing else.")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(help_text="When what it tells of happened.")
    state = models.CharField(max_length=9, choices=[(each.value, each.value) for each in DeliveryState])
    code = models.CharField(max_length=40, blank=True, help_text="What the last try came to.")
    attempts = models.PositiveIntegerField(default=0, help_text="Counted before sending.")
    before = models.PositiveIntegerField(default=0, help_text="Tries of earlier rounds: somebody had it sent again.")
    begun_at = models.DateTimeField(help_text="When this round began.")
    next_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="one_message_once_for_an_endpoint"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "waiting"], ended_at__isnull=True)
                | Q(state__in=["delivered", "dead", "dropped"], ended_at__isnull=False),
                name="delivery_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="queued") | Q(state="dropped") | Q(attempts__gt=F("before")),
                name="a_try_is_counted_before_it_is_made",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-at"], name="delivery_of_endpoint"),
            models.Index(
                fields=["next_at"], condition=Q(state__in=["queued", "sending", "waiting"]), name="delivery_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} ({self.state})"


class Rest(models.Model):
    """How an endpoint did lately: machinery that keeps a failing one from taking the workers' time, no evidence."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="rest")
    failures = models.PositiveIntegerField(default=0, help_text="Failed tries in a row.")
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.failures} failures"
