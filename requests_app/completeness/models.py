"""What the days of a file are, what a utility says it has none of, and what was too much."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import UtilityAccount
from requests_app.completeness.words import DISPOSITIONS, REASONS
from requests_app.models import ManualRequest, ReceivedFile


class Coverage(Audited):
    """The days that an accepted file holds, as it says itself, without those that it leaves out. Only ever added."""

    file = models.OneToOneField(ReceivedFile, models.PROTECT, primary_key=True, related_name="coverage")
    days = models.JSONField(help_text="List of [first day, end], ISO dates, end exclusive.")
    source = models.CharField(max_length=8, choices=[("pages", "pages"), ("readings", "readings")])

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(source__in=["pages", "readings"]), name="coverage_source")]

    def __str__(self) -> str:
        return f"days of {self.file_id}"


class NoneSaid(Audited):
    """A cell of which a utility says that it has nothing; the newest of a cell counts. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="none_said")
    account = models.ForeignKey(UtilityAccount, models.PROTECT)
    data_type = models.CharField(max_length=20)
    month = models.DateField(help_text="Its first day; 0001-01-01 for data without months.")
    number = models.PositiveSmallIntegerField(help_text="From 1 for each cell.")
    holds = models.BooleanField(help_text="False: it was said by mistake.")
    reason = models.CharField(max_length=16, choices=[(code, code) for code in REASONS])
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["manual", "account", "data_type", "month", "number"], name="none_said_once"
            ),
            models.CheckConstraint(condition=Q(reason__in=list(REASONS)), name="none_said_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.data_type} {self.month:%Y-%m}: {self.reason}"


class OverDelivery(Audited):
    """A file that brought more than may be had: it stays sealed until two people decide what becomes of it."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DECIDED = "decided", "decided"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="surplus")
    file = models.OneToOneField(ReceivedFile, models.PROTECT, related_name="surplus")
    kinds = models.JSONField(help_text="Codes of what was too much.")
    pages = models.JSONField(help_text="Numbers of the pages, from 1; empty where it has none, or where all of it is.")
    months = models.JSONField(help_text="First days of months outside that are in it, by kind of data.")
    values = models.PositiveIntegerField(default=0, help_text="Readings outside, which were counted and not kept.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    due = models.DateField(help_text="Ten business days of the utility after it was found.")
    disposition = models.CharField(max_length=8, blank=True, choices=list(DISPOSITIONS.items()))
    approval = models.UUIDField(null=True, unique=True, help_text="Of two people.")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "over-deliveries"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "decided"]), name="surplus_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", disposition="", approval__isnull=True, decided_at__isnull=True)
                | Q(
                    state="decided",
                    disposition__in=list(DISPOSITIONS),
                    approval__isnull=False,
                    decided_at__isnull=False,
                ),
                name="surplus_is_decided_by_an_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.kinds)} ({self.state})"


class Cut(Audited):
    """A file that we cut out of another: what lies inside the permission, and nothing else. Only ever added."""

    file = models.OneToOneField(ReceivedFile, models.PROTECT, primary_key=True, related_name="cut")
    original = models.OneToOneField(ReceivedFile, models.PROTECT, related_name="cut_to")
    pages = models.JSONField(help_text="Numbers of the pages of the original, from 1; empty for a usage file.")
    dropped = models.PositiveIntegerField(help_text="Pages or readings of the original that are not in it.")

    def __str__(self) -> str:
        return f"cut of {self.original_id}"


class SurplusMail(Audited):
    """A mail that tells the utility of what was too much, and never repeats it; each is sent once."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENDING = "sending", "sending"  # found by another run: it may have gone out, a person decides
        SENT = "sent", "sent"
        REFUSED = "refused", "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(OverDelivery, models.PROTECT, related_name="mails")
    what = models.CharField(max_length=8, choices=[("found", "found"), ("decided", "decided")])
    message_id = models.CharField(max_length=200, unique=True, help_text="Reserved before sending.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "what"], name="surplus_told_once"),
            models.CheckConstraint(condition=Q(what__in=["found", "decided"]), name="surplus_mail_known"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "refused"]), name="surplus_mail_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.state})"
