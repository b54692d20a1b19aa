"""Mail to people, sealed from the moment it is written."""

import uuid

from django.db import models
from django.db.models import Q

from broker.vault import SealedField


class NoticeState(models.TextChoices):
    """Where a mail to a person stands."""

    QUEUED = "queued", "queued"
    SENDING = "sending", "being handed over"  # found in this state by a later attempt: nobody knows if it arrived
    SENT = "sent", "accepted by a mail server"
    REFUSED = "refused", "refused by a mail server"
    UNKNOWN = "unknown", "perhaps sent: a person decides"


class Notice(models.Model):
    """One mail to one person. Address, text and attachments are sealed; the row names only ids."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True, help_text="The same notice is never written twice.")
    template = models.CharField(max_length=40)
    language = models.CharField(max_length=2)
    subject = models.UUIDField(db_index=True, help_text="Whose data key seals the content.")
    message_id = models.CharField(max_length=200, unique=True, help_text="Reserved before sending.")
    content = SealedField(help_text="JSON: address, proof, subject line, text, names of attached files.")
    state = models.CharField(max_length=8, choices=NoticeState.choices, default=NoticeState.QUEUED)
    answer = models.CharField(max_length=200, blank=True, help_text="What the mail server said, without addresses.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="notice_sent_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {str(self.id)[:8]} ({self.state})"
