"""The register of legal holds, and what was destroyed."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.vault import SealedField


class Scope(models.TextChoices):
    """What a hold keeps of a customer."""

    EVERYTHING = "everything", "Everything"
    LOG = "log", "Entries of the log"
    RECORDS = "records", "Sealed fields, files and records"


class HoldState(models.TextChoices):
    """`placed` keeps everything at once; `held` when every key shows it too."""

    PLACED = "placed", "placed"
    HELD = "held", "in force"
    RELEASED = "released", "released"


class LegalHold(Audited):
    """A hold on what exists about a customer; the database refuses every destruction as long as it is not released."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    subject = models.UUIDField(db_index=True)
    token = models.BinaryField(max_length=8, help_text="By which the keys of the subject are found.")
    scope = models.CharField(max_length=12, choices=Scope.choices, default=Scope.EVERYTHING)
    reason = SealedField()
    state = models.CharField(max_length=10, choices=HoldState.choices, default=HoldState.PLACED)
    review_on = models.DateField()
    placed_by = models.UUIDField()
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    approval = models.UUIDField(null=True, help_text="Of two people, for the release.")

    class Meta:
        indexes = [models.Index(fields=["token"], name="hold_token")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_known"),
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="hold_scope_known"),
            models.CheckConstraint(
                condition=Q(state="released", released_at__isnull=False, approval__isnull=False)
                | (~Q(state="released") & Q(released_at__isnull=True, approval__isnull=True)),
                name="hold_release_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Rule(models.TextChoices):
    """Why something is destroyed."""

    ERASURE = "erasure_request", "The customer asked for it"
    RETENTION = "retention", "Its time of keeping is over"
    SURPLUS = "surplus", "It came too much"
    LOGIN = "portal_login", "It carried a portal login"


# A whole class of a year; what came too much is destroyed file by file, a mail with a portal login by its rule alone.
OF_GROUPS = (Rule.ERASURE, Rule.RETENTION)


class DisposalState(models.TextChoices):
    """`refused` by a hold (tried again once it is released), `shredded`: unreadable, `finished`: its files are gone."""

    REFUSED = "refused", "refused: held"
    SHREDDED = "shredded", "unreadable"
    FINISHED = "finished", "unreadable, files deleted"


class Disposal(Audited):
    """One destruction that two people decided: which keys ended, and how much became unreadable with them.

    A mail with a portal login ends by its rule alone (decision 0147): then there is no approval, and nobody is named.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    approval = models.UUIDField(unique=True, null=True)
    subject = models.UUIDField(db_index=True)
    retention = models.CharField(max_length=10)
    period = models.IntegerField(help_text="A year.")
    scope = models.CharField(max_length=12, choices=Scope.choices)
    rule = models.CharField(max_length=20, choices=Rule.choices)
    requester = models.UUIDField(null=True)
    approver = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=DisposalState.choices)
    log_keys = models.JSONField(default=list, help_text="Ids of the log's data keys, hexadecimal.")
    vault_keys = models.JSONField(default=list, help_text="Ids of the keys of fields and files.")
    entries = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    first_event = models.BigIntegerField(null=True)
    last_event = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DisposalState.values), name="disposal_state_known"),
            models.CheckConstraint(condition=Q(rule__in=Rule.values), name="disposal_rule_known"),
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="disposal_scope_known"),
            models.CheckConstraint(condition=Q(retention__in=["case", "evidence"]), name="disposal_class_known"),
            models.CheckConstraint(condition=~Q(approver=F("requester")), name="disposal_by_two"),
            models.CheckConstraint(
                condition=Q(rule="portal_login", approval__isnull=True, requester__isnull=True, approver__isnull=True)
                | (
                    ~Q(rule="portal_login") & Q(approval__isnull=False, requester__isnull=False, approver__isnull=False)
                ),
                name="disposal_by_two_or_by_rule",
            ),
            models.CheckConstraint(
                condition=~Q(rule="erasure_request", retention="evidence"), name="erasure_spares_evidence"
            ),
            models.CheckConstraint(
                condition=Q(state="refused") | Q(done_at__isnull=False), name="disposal_names_its_time"
            ),
        ]

    def __str__(self) -> str:
        return self.number
