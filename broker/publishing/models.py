"""Versions of utilities' profiles, after the file with which an installation came. Rows are only ever added."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited


class ProposedProfile(Audited):
    """A profile as one person wants it to be: the whole text, and the version that it was written against."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    utility = models.CharField(max_length=40)
    text = models.TextField(help_text="The file, as its loader reads it; it holds nothing of a customer.")
    version = models.CharField(max_length=12, help_text="First digits of the text's SHA-256.")
    against = models.CharField(max_length=12, help_text="The version that was in force then.")
    approval = models.UUIDField(unique=True)
    contacts_change = models.BooleanField(help_text="Whether it changes where letters, or calls, go.")
    called_back_on = models.DateField(null=True, help_text="When the co-op was asked at the number in force.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contacts_change=False) | Q(called_back_on__isnull=False),
                name="new_contacts_were_called_back",
            ),
            models.CheckConstraint(condition=~Q(version=F("against")), name="profile_proposal_changes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.utility} {self.version}, proposed"


class PublishedProfile(Audited):
    """A version in force from its commit on until the next; the file of the installation is version 1."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    utility = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="From 2 for each utility, without a gap.")
    proposal = models.OneToOneField(ProposedProfile, models.PROTECT, related_name="published")
    proposer = models.UUIDField()
    approver = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["utility", "number"], name="profile_version_once"),
            models.CheckConstraint(condition=Q(number__gte=2), name="profile_versions_after_the_file"),
            models.CheckConstraint(condition=~Q(approver=F("proposer")), name="profile_published_by_two"),
        ]

    def __str__(self) -> str:
        return f"{self.utility} version {self.number}"
