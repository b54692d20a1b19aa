"""Letters to print, what staff entered of the signed originals, and the consents that followed."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import Organisation
from broker.vault import SealedField
from consents.models import Consent


class PaperLetter(Audited):
    """A letter that was made to be printed. Rows are only ever added; what a person fills in by hand is not here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=12, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    language = models.CharField(max_length=2)
    version = models.CharField(max_length=40)
    prefilled = models.BooleanField(help_text="Made from a draft.")
    sha256 = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="paper_letter_made")]

    def __str__(self) -> str:
        return self.code


class PaperEntry(Audited):
    """What a member of staff read off a signed original, with its scan; somebody else compares and decides."""

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a second person"
        APPROVED = "approved", "approved"
        REFUSED = "refused", "not taken"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(PaperLetter, models.PROTECT, related_name="entries")
    customer = models.UUIDField(help_text="Whose it is or will be; seals form and scan.")
    form = SealedField(help_text="What was read off, as JSON.")
    scan = models.UUIDField(help_text="Sealed file in the vault, as it was scanned.")
    scan_type = models.CharField(max_length=20)
    scan_sha256 = models.BinaryField(max_length=32)
    signed_on = models.DateField()
    received_at = models.DateTimeField()
    approval = models.UUIDField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    entered_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "paper entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | Q(state__in=["approved", "refused"], decided_at__isnull=False),
                name="paper_entry_decided_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["letter"], condition=Q(state__in=["waiting", "approved"]), name="paper_letter_entered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"entry {str(self.id)[:8]} ({self.state})"


class PaperConsent(Audited):
    """How a consent was given on paper: the entry, the two people. Rows are only ever added.

    The database takes no consent with a paper letter's text without this row, and this row not without the approval of
    a second person.
    """

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="on_paper", primary_key=True)
    entry = models.OneToOneField(PaperEntry, models.PROTECT, related_name="granted")
    approval = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return f"on paper {str(self.consent_id)[:8]}"
