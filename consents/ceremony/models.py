"""Pages as they were served, before and after the signature, and the record of the signing."""

import uuid

from django.db import models

from broker.audit.models import Audited
from broker.vault import SealedField
from consents.models import Consent, Draft


class ServedPage(models.Model):
    """A page as it was served to somebody who has not signed yet; goes with the draft.

    Served twice, it is kept once: the same words have the same hash.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="served_pages")
    step = models.CharField(max_length=12)
    language = models.CharField(max_length=5)
    at = models.DateTimeField()
    sha256 = models.BinaryField(max_length=32)
    page = SealedField(help_text="The HTML as served, without the form's token.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "step", "sha256"], name="served_page_once")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.step}"


class PageSnapshot(Audited):
    """A page of a signing as it was served: every word on the screen can be shown again. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="page_snapshots")
    step = models.CharField(max_length=12)
    language = models.CharField(max_length=5)
    at = models.DateTimeField()
    sha256 = models.BinaryField(max_length=32)
    page = SealedField(help_text="The HTML as served, without the form's token.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consent", "step", "sha256"], name="page_snapshot_once")]

    @property
    def digest(self) -> str:
        """Give the SHA-256 in hexadecimal."""
        return bytes(self.sha256).hex()

    def __str__(self) -> str:
        return f"{self.consent_id} {self.step}"


class SigningRecord(Audited):
    """Everything that shows how a consent was signed, one per consent. Rows are only ever added.

    `commitment` is SHA-256 over the salt and the bundle's canonical JSON: it may stand in the letter, the bundle need
    not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(Consent, models.PROTECT, related_name="signing_record")
    bundle = SealedField(help_text="JSON of all fields, each a value or why it was not collected; with the salt.")
    commitment = models.BinaryField(max_length=32)
    disclosure = models.CharField(max_length=32, help_text="Version of what was agreed about electronic records.")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"signing of {self.consent_id}"
