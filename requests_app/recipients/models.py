"""Organisations that asked to be enrolled."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import EmailLink, Organisation
from broker.vault import SealedField


class SignUp(Audited):
    """An organisation that asks to be enrolled; made only after its contact proved the mailbox. Changes once: answered.

    What stands on our home page once it is enrolled is kept as it is; the contact's name and address are sealed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for two people"
        ENROLLED = "enrolled", "enrolled"
        REFUSED = "refused", "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.OneToOneField(EmailLink, models.PROTECT, help_text="Whose code proved the contact's mailbox.")
    legal_name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    about = models.CharField(max_length=500)
    about_es = models.CharField(max_length=500, blank=True, db_default="")
    phone = models.CharField(max_length=40, blank=True)
    purposes = models.JSONField(help_text="What it would ask customers for: codes of purposes.")
    contact_name = SealedField()
    contact_email = SealedField()
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    approval = models.UUIDField(null=True, help_text="The act of two people that answered it.")
    organisation = models.OneToOneField(Organisation, models.PROTECT, null=True, related_name="sign_up")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at__isnull=True, approval__isnull=True, organisation__isnull=True)
                | Q(state="enrolled", answered_at__isnull=False, approval__isnull=False, organisation__isnull=False)
                | Q(state="refused", answered_at__isnull=False, approval__isnull=False, organisation__isnull=True),
                name="sign_up_answered_by_two",
            )
        ]

    def __str__(self) -> str:
        return f"{self.legal_name} ({self.state})"
