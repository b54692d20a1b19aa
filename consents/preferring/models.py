"""A customer's choices among the permitted ways. Rows are only ever added; the newest of a consent counts."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from consents.models import Consent


class ChannelPreference(Audited):
    """The ways that she put first, in her order; an empty list takes an earlier choice back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="channel_preferences")
    number = models.PositiveIntegerField(help_text="From 1 for each consent, without a gap.")
    channels = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "number"], name="channel_preference_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="channel_preferences_from_one"),
        ]

    def __str__(self) -> str:
        return f"preference {self.number} of {self.consent_id}"
