"""Evidence packs, and the legal demands for which some of them are made."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.approvals.models import Approval
from broker.audit.models import Audited
from broker.console.packs.lifecycle import Basis, Redaction, Scope, State
from broker.parties.models import Customer
from broker.vault import SealedField


class LegalDemand(Audited):
    """A demand of an authority for customers' data, what counsel decided, and when the customers are told."""

    class Kind(models.TextChoices):
        SUBPOENA = "subpoena", "Subpoena"
        ORDER = "court_order", "Court order"
        WARRANT = "warrant", "Warrant"
        AGENCY = "agency_request", "Agency request"
        OTHER = "other", "Other"

    class Decision(models.TextChoices):
        COMPLY = "comply", "Comply"
        PARTLY = "comply_partly", "Comply in part"
        OBJECT = "object", "Object"
        NOTHING = "nothing_held", "We hold nothing"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    authority = models.CharField(max_length=200, help_text="Who issued it.")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reference = models.CharField(max_length=100, help_text="The authority's own number.")
    asked = SealedField(help_text="What it asks for, in its words.")
    received_on = models.DateField()
    due_on = models.DateField()
    decision = models.CharField(max_length=16, choices=Decision.choices, null=True)
    decided_on = models.DateField(null=True)
    decision_note = SealedField(null=True, help_text="Counsel's reasons.")  # type: ignore[misc]  # until the decision
    gag_reference = models.CharField(max_length=100, blank=True, help_text="The order that forbids telling customers.")
    gag_until = models.DateTimeField(null=True, help_text="Its end: from then on customers are told.")
    unmatched = models.PositiveIntegerField(default=0, help_text="Lines that named nobody we know; not kept.")
    produced = SealedField(null=True)  # type: ignore[misc]  # until the answer
    withheld = SealedField(null=True)  # type: ignore[misc]  # until the answer
    recorder = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("received_on")), name="demand_due_after_receipt"),
            models.CheckConstraint(
                condition=Q(decision__isnull=True, decided_on__isnull=True, decision_note__isnull=True)
                | Q(decision__isnull=False, decided_on__isnull=False, decision_note__isnull=False),
                name="decision_has_day_and_reasons",
            ),
            models.CheckConstraint(
                condition=Q(gag_until__isnull=True, gag_reference="")
                | Q(gag_until__isnull=False, gag_reference__gt=""),
                name="gag_names_order_and_end",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["subpoena", "court_order", "warrant", "agency_request", "other"]),
                name="demand_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DemandSubject(Audited):
    """A customer whom a demand names; told at once, or at the end of the order that forbids it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    demand = models.ForeignKey(LegalDemand, models.PROTECT, related_name="subjects")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    notice = models.UUIDField(null=True, unique=True, help_text="The mail that told her.")
    noticed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "customer"], name="customer_once_per_demand"),
            models.CheckConstraint(
                condition=Q(notice__isnull=True, noticed_at__isnull=True)
                | Q(notice__isnull=False, noticed_at__isnull=False),
                name="told_by_a_mail_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}: {str(self.customer_id)[:8]}"


class EvidencePack(Audited):
    """What is handed to a court, a regulator or a customer's lawyer: a file that anybody can check without us."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    scope = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Scope])
    scope_id = models.UUIDField(null=True, help_text="The customer, consent or request.")
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True, help_text="Exclusive.")
    letters = models.BooleanField(default=False)
    mails = models.BooleanField(default=False)
    files = models.BooleanField(default=False)
    redaction = models.CharField(max_length=7, choices=[(r.value, r.value) for r in Redaction])
    purpose = SealedField()
    recipient = SealedField()
    basis = models.CharField(max_length=16, choices=[(b.value, b.value) for b in Basis])
    demand = models.ForeignKey(LegalDemand, models.PROTECT, null=True, related_name="packs")
    requester = models.UUIDField()
    approval = models.OneToOneField(Approval, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in State])
    export_event = models.BigIntegerField(null=True, help_text="Of the building; the pack's checkpoint covers it.")
    begun_at = models.DateTimeField(null=True)
    file = models.UUIDField(null=True, help_text="Sealed file in the vault.")
    sha256 = models.BinaryField(max_length=32, null=True)
    bytes = models.PositiveIntegerField(null=True)
    checkpoint_size = models.BigIntegerField(null=True)
    events = models.PositiveIntegerField(null=True)
    failure = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    bytes_deleted_at = models.DateTimeField(null=True, help_text="From then on the sealed file is gone.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="pack_state_known"),
            models.CheckConstraint(
                condition=Q(bytes_deleted_at__isnull=True) | Q(state="expired"), name="only_an_expired_pack_is_deleted"
            ),
            models.CheckConstraint(condition=Q(redaction__in=[r.value for r in Redaction]), name="pack_level_known"),
            models.CheckConstraint(
                condition=Q(
                    scope="period",
                    scope_id__isnull=True,
                    period_from__isnull=False,
                    period_to__isnull=False,  # an unknown comparison would pass
                    period_to__gt=F("period_from"),
                )
                | Q(
                    scope__in=["customer", "consent", "request"],
                    scope_id__isnull=False,
                    period_from__isnull=True,
                    period_to__isnull=True,
                ),
                name="pack_scope_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "expired"])
                | Q(
                    file__isnull=False,
                    sha256__isnull=False,
                    bytes__isnull=False,
                    checkpoint_size__isnull=False,
                    export_event__isnull=False,
                    ready_at__isnull=False,
                    expires_at__isnull=False,
                    expires_at__gt=F("ready_at"),
                ),
                name="ready_pack_has_its_file",
            ),
            # Personal data leaves only with a second person's yes (a trigger looks at the yes itself).
            models.CheckConstraint(
                condition=Q(state="asked")
                | Q(approval__isnull=False)
                | Q(redaction="headers", letters=False, mails=False, files=False),
                name="personal_pack_has_its_approval",
            ),
            models.CheckConstraint(
                condition=Q(basis="legal_demand", demand__isnull=False)
                | (~Q(basis="legal_demand") & Q(demand__isnull=True)),
                name="demand_is_its_own_basis",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PackAccess(Audited):
    """An entry that a customer sees of a pack with her data: it was built, or handed out. Rows are only ever added.

    The row's own event is that entry, so that an order that forbids telling her can hide exactly these.
    """

    pack = models.ForeignKey(EvidencePack, models.PROTECT, related_name="accesses")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audit_event"], name="one_access_per_entry")]

    def __str__(self) -> str:
        return f"{self.pack_id}: {str(self.customer_id)[:8]}"
