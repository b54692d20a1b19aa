"""Incidents and what was done about them. Every row is only ever added: a correction is a further one."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.approvals.models import Approval
from broker.audit.models import Audited
from broker.console.incidents.duties import Choice, Ground
from broker.parties.models import Customer
from broker.vault import SealedField


class Incident(Audited):
    """Something that happened to data, as an officer wrote it down."""

    class Source(models.TextChoices):
        OFFICER = "officer", "An officer saw it"
        GATE = "gate", "The gate for portal logins"
        COMPLAINT = "complaint", "A customer’s question"
        VERIFY = "verify", "An alarm of the log"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    source = models.CharField(max_length=9, choices=Source.choices)
    reference = models.CharField(max_length=40, blank=True, help_text="Number of the question, alarm or entry.")
    words = SealedField(help_text="What happened, as the officer knows it.")
    happened_from = models.DateTimeField()
    happened_to = models.DateTimeField(null=True)
    known_at = models.DateTimeField(help_text="When one of us first knew: the clocks run from here.")
    recorder = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_to__isnull=True) | Q(happened_to__gte=F("happened_from")),
                name="incident_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(known_at__lte=F("recorded_at")), name="incident_known_before_recorded"),
            models.CheckConstraint(condition=Q(known_at__gte=F("happened_from")), name="incident_known_after_it_began"),
            models.CheckConstraint(
                condition=Q(source__in=["officer", "gate", "complaint", "verify"]), name="incident_source_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AffectedList(Audited):
    """Whose data was touched, computed once from the log with these filters; a later one stands beside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="lists")
    number = models.PositiveIntegerField(help_text="From 1 for each incident.")
    filters = models.JSONField(help_text="Codes, ids and dates.")
    size = models.BigIntegerField(help_text="Places of the newest log that were there.")
    entries = models.PositiveIntegerField(help_text="Entries that fit.")
    unplaced = models.PositiveIntegerField(
        db_default=0, help_text="Of these, entries without a place: in quarantine, of a closed log, or waiting."
    )
    customers = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField(help_text="Entries that fit of subjects who are no customer, or destroyed.")
    sha256 = models.BinaryField(max_length=32, help_text="Of the rows; the log has it too.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="affected_list_once")]

    def __str__(self) -> str:
        return f"{self.incident_id} list {self.number}"


class Affected(Audited):
    """One customer of a list: how many entries fit, from when to when, and who read by which act."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    of = models.ForeignKey(AffectedList, models.PROTECT, related_name="rows")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    entries = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    readers = models.JSONField(help_text="Pairs of who (opaque) and by which act.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "customer"], name="affected_once_per_list")]

    def __str__(self) -> str:
        return f"{self.of_id}: {str(self.customer_id)[:8]}"


class Proposal(Audited):
    """What an officer proposes to a second person about notice, with the investigation behind it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="proposals")
    choice = models.CharField(max_length=9, choices=[(each.value, each.value) for each in Choice])
    ground = models.CharField(max_length=10, blank=True, choices=[(each.value, each.value) for each in Ground])
    investigation = SealedField(help_text="What was looked into, and what was found.")
    list = models.ForeignKey(AffectedList, models.PROTECT, related_name="+")
    # For the public: no name and no number of anybody stands in them.
    said_en = models.TextField(blank=True)
    said_es = models.TextField(blank=True)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(choice="notify", ground="", said_en__gt="", said_es__gt="")
                | Q(choice="no_notice", ground__in=["no_harm", "encrypted", "not_listed"]),
                name="proposal_has_its_ground_or_its_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} {str(self.id)[:8]}"


class Decision(Audited):
    """What two people decided; kept five years, and its words cannot be destroyed before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="decisions")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="decision")
    approval = models.OneToOneField(Approval, models.PROTECT, related_name="+")
    choice = models.CharField(max_length=9)
    token = models.BinaryField(max_length=8, help_text="By which the database finds the incident’s keys.")
    decided_at = models.DateTimeField()
    kept_until = models.DateField()

    def __str__(self) -> str:
        return f"{self.choice} {str(self.id)[:8]}"


class Delay(Audited):
    """That notice waits because a law enforcement agency asked for it in writing; two people decided so.

    A further one takes its place, and may end it earlier. Who asked at the agency stands in the sealed reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="delays")
    approval = models.OneToOneField(Approval, models.PROTECT, related_name="+")
    agency = models.CharField(max_length=120)
    written_on = models.DateField(help_text="Day of the agency’s letter.")
    until = models.DateField(help_text="On this day notice goes on.")
    ends_at = models.DateTimeField(help_text="The moment at which that day begins, Central.")
    recorder = models.UUIDField(help_text="Who wrote it down and asked the second person.")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("written_on")), name="delay_ends_after_its_letter"),
        ]

    def __str__(self) -> str:
        return f"delay until {self.until}"


class Step(Audited):
    """Something that was done outside the decision: who was told, when, and how; or the end."""

    class Kind(models.TextChoices):
        COOP = "coop", "The co-op was told"
        CUSTOMERS = "customers", "Notices to the customers were begun"
        ATTORNEY_GENERAL = "attorney_general", "The attorney general was told"
        AGENCIES = "agencies", "The consumer reporting agencies were told"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    how = models.CharField(max_length=200, blank=True)
    notice = models.UUIDField(null=True, help_text="The mail of ours, where one did it.")
    list = models.ForeignKey(
        AffectedList, models.PROTECT, null=True, related_name="+", help_text="Whose customers, where notices began."
    )
    at = models.DateTimeField(help_text="When it was done.")
    by = models.UUIDField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind"], condition=Q(list__isnull=True), name="incident_step_once"
            ),
            # A list on which two people decide later is told too.
            models.UniqueConstraint(
                fields=["list", "kind"], condition=Q(list__isnull=False), name="incident_step_once_of_a_list"
            ),
            models.CheckConstraint(
                condition=Q(list__isnull=True) | Q(kind="customers"), name="only_notices_are_of_a_list"
            ),
            models.CheckConstraint(condition=Q(at__lte=F("noted_at")), name="step_not_in_the_future"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"


class Told(Audited):
    """A customer who was told of an incident, once, and the mail or letter that did it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="told")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    notice = models.UUIDField(unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "customer"], name="told_once_of_an_incident")]

    def __str__(self) -> str:
        return f"told {str(self.id)[:8]}"
