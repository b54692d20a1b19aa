"""Asks for a consent, what customers do not want to be asked again, and which grant an ask led to."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import Application, EmailLink, Organisation, User
from broker.vault import SealedField
from consents.asking.lifecycle import MAILS, State
from consents.models import Consent


class ConsentAsk(Audited):
    """That a recipient asks somebody for a consent: the scope it names, and how the ask ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="asks")
    application = models.ForeignKey(Application, models.PROTECT, null=True, related_name="asks")
    analyst = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    idempotency_key = models.CharField(max_length=64, help_text="Keyed hash of what the caller sent.")
    ask_hash = models.BinaryField(max_length=32, help_text="Keyed hash of the body that came with the key.")
    token_hash = models.BinaryField(max_length=32, unique=True)
    email = SealedField(null=True)  # type: ignore[misc]  # none where the link is handed over, nor once the ask is over
    # Of the mailbox (`parties.mailbox`), not of the address as it was written: that one is sealed, for sending.
    email_index = models.BinaryField(max_length=32, null=True, db_index=True)
    by_mail = models.BooleanField(help_text="Whether the invitation goes by mail.")
    language = models.CharField(max_length=2)
    utility = models.CharField(max_length=32)
    purpose = models.CharField(max_length=40)
    data_types = models.JSONField()
    history_from = models.DateField(null=True)
    history_to = models.DateField(null=True)
    forward = models.DateField(null=True)
    ends = models.DateField()
    account_ending = models.CharField(max_length=4, blank=True)
    # Of several accounts their last four digits and blind indexes, in the order of the list: no number is kept.
    accounts = models.JSONField(null=True)
    state = models.CharField(max_length=9, choices=[(each.value, each.value) for each in State])
    mails = models.PositiveSmallIntegerField(default=0, help_text="Mails that were ordered about this ask.")
    mailed_at = models.DateTimeField(null=True, help_text="When the last of them was ordered.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="asks")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "idempotency_key"], name="ask_key_once_per_application"),
            models.UniqueConstraint(fields=["analyst", "idempotency_key"], name="ask_key_once_per_analyst"),
            models.CheckConstraint(
                condition=Q(application__isnull=False, analyst__isnull=True)
                | Q(application__isnull=True, analyst__isnull=False),
                name="ask_by_an_application_or_an_analyst",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", ended_at__isnull=True) | (~Q(state="pending") & Q(ended_at__isnull=False)),
                name="ask_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="granted", consent__isnull=False) | (~Q(state="granted") & Q(consent__isnull=True)),
                name="ask_granted_names_the_consent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in State]), name="consent_ask_state_known"
            ),
            models.CheckConstraint(
                condition=Q(by_mail=False, email__isnull=True, email_index__isnull=True, mails=0)
                | Q(by_mail=True, state="pending", email__isnull=False, email_index__isnull=False)
                | (Q(by_mail=True, email__isnull=True) & ~Q(state="pending")),
                name="ask_keeps_an_address_while_it_needs_it",
            ),
            # The bound of `lifecycle.MAILS`, also for whoever goes around the actions.
            models.CheckConstraint(condition=Q(mails__lte=MAILS), name="ask_at_most_three_mails"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="ask_expires_after_it_was_made"),
        ]
        indexes = [models.Index(fields=["organisation", "-asked_at", "-id"], name="ask_newest_first")]

    def __str__(self) -> str:
        return f"ask {str(self.id)[:8]} ({self.state})"


class AskBlock(Audited):
    """That the owner of a mailbox does not want to be asked by this organisation again. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    email_index = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email_index"], name="not_asked_again_once"),
        ]

    def __str__(self) -> str:
        return f"block {str(self.id)[:8]}"


class AskTaken(models.Model):
    """Which ask the grant behind a mailed link came from; its pages propose the scope of that ask."""

    link = models.OneToOneField(EmailLink, models.PROTECT)
    ask = models.ForeignKey(ConsentAsk, models.PROTECT, related_name="taken")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.link_id} takes {self.ask_id}"
