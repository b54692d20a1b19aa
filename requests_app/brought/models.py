"""What a recipient's person brought for customers: each drop, each file of it, and each customer's answer."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import Customer, Organisation, User, UtilityAccount
from consents.models import Consent
from requests_app.brought import rules
from requests_app.models import ReceivedFile


class Drop(Audited):
    """Files that one person of a recipient brought together; what waits of it is destroyed at its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="drops")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Until then customers may answer.")

    def __str__(self) -> str:
        return f"drop {str(self.id)[:8]}"


class BroughtFile(Audited):
    """One of them. Of a refused one there is its number and why; of another, bytes and preview under keys of its own.

    Its name is kept nowhere: whoever brought it chose the words.
    """

    class State(models.TextChoices):
        REFUSED = rules.REFUSED, "refused at once"
        WAITING = rules.WAITING, "waits for the customer"
        CONFIRMED = rules.CONFIRMED, "the customer said yes; it is being taken"
        TAKEN = rules.TAKEN, "taken"
        DECLINED = rules.DECLINED, "the customer said no"
        EXPIRED = rules.EXPIRED, "nobody answered in time"
        ENDED = rules.ENDED, "its permission ended"
        KNOWN = rules.KNOWN, "the same file came another way"
        NOT_TAKEN = rules.NOT_TAKEN, "the customer said yes, and it could not be taken"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    drop = models.ForeignKey(Drop, models.PROTECT, related_name="files")
    number = models.PositiveIntegerField(help_text="From 1, in the order in which they came.")
    state = models.CharField(max_length=10, choices=State.choices)
    code = models.CharField(max_length=60, blank=True, help_text="Why it is refused, or was not taken.")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="brought_files")
    account = models.ForeignKey(UtilityAccount, models.PROTECT, null=True, related_name="+")
    data_type = models.CharField(max_length=20, blank=True)
    media_type = models.CharField(max_length=60, blank=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    file = models.UUIDField(null=True, help_text="Sealed file in the vault, under a key of its own.")
    preview = models.UUIDField(null=True, help_text="What was read in it, sealed like the file.")
    received = models.OneToOneField(
        ReceivedFile, models.PROTECT, null=True, related_name="brought", help_text="What it became, after her yes."
    )
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True, help_text="When its bytes were deleted.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drop", "number"], name="a_drop_numbers_its_files"),
            models.UniqueConstraint(
                fields=["consent", "sha256"], condition=Q(state__in=rules.OPEN), name="brought_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state=rules.REFUSED, sha256__isnull=True, file__isnull=True, preview__isnull=True)
                & Q(consent__isnull=True, account__isnull=True, data_type="", media_type="")
                & ~Q(code="")
                | ~Q(state=rules.REFUSED)
                & Q(sha256__isnull=False, file__isnull=False, preview__isnull=False)
                & Q(consent__isnull=False, account__isnull=False),
                name="brought_refused_leaves_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state=rules.TAKEN, received__isnull=False) | ~Q(state=rules.TAKEN) & Q(received=None),
                name="brought_taken_is_received",
            ),
            models.CheckConstraint(
                condition=Q(state__in=rules.OPEN, settled_at=None)
                | ~Q(state__in=rules.OPEN) & Q(settled_at__isnull=False),
                name="brought_is_settled_once",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at=None) | ~Q(state__in=rules.OPEN), name="brought_is_emptied_after_its_end"
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.number} of drop {str(self.drop_id)[:8]}"


def consent_of(file: BroughtFile) -> Consent:
    """Give the permission of a file that was not refused at once; the database holds that there is one."""
    assert file.consent is not None
    return file.consent


class Answer(Audited):
    """What a customer said of a file: that it is hers and that she gave it to them, or that she did not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.OneToOneField(BroughtFile, models.PROTECT, related_name="answer")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    yes = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'yes' if self.yes else 'no'} about {self.file_id}"
