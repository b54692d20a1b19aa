"""Files that a customer handed over and has not saved yet. They are sealed under a key of the draft's own."""

import uuid

from django.db import models
from django.db.models import Q

from broker.parties.models import Application
from broker.vault import SealedField
from consents.models import Consent
from requests_app.models import DataRequest


class ShareDraft(models.Model):
    """Some files that were looked at together: saved, thrown away or forgotten within the hour."""

    class How(models.TextChoices):
        SAVED = "saved", "saved and shared"
        THROWN = "thrown", "thrown away"
        EXPIRED = "expired", "not saved in time"
        STOPPED = "stopped", "its permission ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="share_drafts")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=8, choices=How.choices, blank=True)
    outcome = models.JSONField(
        default=list, help_text="Of each file in order: its code, or nothing where it was taken."
    )
    emptied_at = models.DateTimeField(null=True, help_text="When its bytes and what was read in them were deleted.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, how="") | Q(ended_at__isnull=False) & ~Q(how=""),
                name="a_draft_ends_somehow",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at__isnull=True) | Q(ended_at__isnull=False),
                name="a_draft_is_emptied_after_its_end",
            ),
        ]

    def __str__(self) -> str:
        return f"share draft {str(self.id)[:8]}"


class LetterAsk(models.Model):
    """That a customer had her co-op asked by letter: for one permission and kind of data, once a day.

    It names the program under which it was asked, so that a second click finds the same order whatever keys were made
    or revoked in between.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="letter_asks")
    kind = models.CharField(max_length=8)
    day = models.DateField(help_text="In Central time.")
    application = models.ForeignKey(Application, models.PROTECT)
    request = models.ForeignKey(
        DataRequest, models.PROTECT, null=True, help_text="None where nothing was decided: the next click goes on."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "kind", "day"], name="asked_by_letter_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"letter of {self.day}"


class DraftFile(models.Model):
    """One of them, and what was read in it. Of a file that may not be kept there are no bytes, and its code alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(ShareDraft, models.CASCADE, related_name="files")
    number = models.PositiveIntegerField(help_text="From 1, in the order in which they came.")
    code = models.CharField(max_length=60, blank=True, help_text="Why it is not taken; empty where it may be saved.")
    bytes = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    file = models.UUIDField(null=True, help_text="Sealed file in the vault; none of a file that is not taken.")
    facts = SealedField(help_text="Its name and what was read in it, as JSON.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="a_draft_numbers_its_files"),
            models.UniqueConstraint(fields=["draft", "sha256"], condition=Q(code=""), name="a_draft_holds_a_file_once"),
            models.CheckConstraint(
                condition=Q(code="", file__isnull=False) | ~Q(code="") & Q(file__isnull=True),
                name="a_refused_file_leaves_no_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.number} of a draft"
