"""The one model of two-person acts."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.approvals.lifecycle import State
from broker.audit.models import Audited
from broker.vault import SealedField


class Approval(Audited):
    """An act that one person asked for and another decides.

    The people are opaque ids (no foreign key upward): `requester` asks, `approver` decides, `beneficiary` is whom the
    act is for, where that is a person who signs in. The database refuses two equal ones, a change of what was asked,
    and a second decision. `reason` is sealed under `subject`, else under the requester.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=40)
    subject = models.UUIDField(null=True, db_index=True, help_text="The customer whom it concerns, where it is one.")
    about = models.UUIDField(null=True, db_index=True, help_text="The object of the act: a hold, a pack, a demand.")
    params = models.JSONField(default=dict, help_text="Codes, ids and dates that the act needs; nothing personal.")
    reason = SealedField()
    requester = models.UUIDField()
    approver = models.UUIDField(null=True)
    beneficiary = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default=State.REQUESTED)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="approval_state_known"),
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | ~Q(approver=F("requester")), name="approver_is_not_requester"
            ),
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=True) | ~Q(beneficiary=F("requester")),
                name="beneficiary_is_not_requester",
            ),
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=True) | Q(approver__isnull=True) | ~Q(beneficiary=F("approver")),
                name="beneficiary_is_not_approver",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "executed", "refused"])
                | (Q(approver__isnull=False) & Q(decided_at__isnull=False)),
                name="decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="executed") | Q(executed_at__isnull=False), name="execution_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("requested_at")), name="approval_expires_after_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {str(self.id)[:8]} ({self.state})"
