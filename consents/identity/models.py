"""Proofs that the holder of an account signed, tries that failed, and what was sent to prove it."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import UtilityAccount
from broker.vault import SealedField
from consents.models import Consent


class How(models.TextChoices):
    """By what an account was proven."""

    OWN_BILL = "own_bill", "her own recent bill"
    CLERK_BUTTON = "clerk_button", "the co-op's clerk confirmed it"
    CALL_BACK = "call_back", "the co-op confirmed it on the phone"
    POSTED_CODE = "posted_code", "a code that was posted to the service address"


class Proof(Audited):
    """One proof that the customer holds the account. Rows are only ever added.

    An account row belongs to one customer and holds one name and one address, so a proof is of these together with
    the number. It serves each of her consents over the row, those to come as well; a letter with another name or
    address is over another row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="proofs")
    level = models.CharField(max_length=2, choices=[("L2", "L2"), ("L3", "L3")])
    how = models.CharField(max_length=16, choices=How.choices)
    consent = models.ForeignKey(
        Consent, models.PROTECT, null=True, related_name="+", help_text="The one whose letter the co-op confirmed."
    )
    file = models.UUIDField(null=True, help_text="The bill, sealed in the vault.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level="L2", how="own_bill", file__isnull=False)
                | Q(level="L3", how__in=["clerk_button", "call_back", "posted_code"], file__isnull=True),
                name="proof_level_fits_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} by {self.how}"


class Attempt(Audited):
    """One try to prove an account by bill or code, and what did not fit. Rows are only ever added."""

    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="+")
    how = models.CharField(max_length=16, choices=How.choices)
    failed = models.JSONField(help_text="Codes of what did not fit; empty when it was right.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "how", "at"], name="attempts_of_an_account")]

    def __str__(self) -> str:
        return f"{self.how}: {len(self.failed)} did not fit"


class CallBack(Audited):
    """What a member of staff wrote down of a call to the co-op. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, help_text="The profile's number of the billing desk, and no other.")
    number_proof = models.CharField(max_length=200, help_text="How the profile knows the number.")
    spoke_with = SealedField(help_text="Who answered at the co-op.")
    confirmed = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"call about {self.consent_id}"


class PostedCode(Audited):
    """A code that goes by post to the service address; only its hash is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", "to be printed"
        PRINTED = "printed", "printed, to be posted"
        USED = "used", "entered"
        OVER = "over", "replaced or too many tries"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="+")
    code_hash = models.CharField(max_length=200, blank=True, help_text="Made when the letter is printed.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="posted_code_five_tries"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "printed", "used", "over"]), name="posted_code_state_known"
            ),
            models.CheckConstraint(
                condition=Q(printed_at__isnull=True, expires_at__isnull=True, code_hash="")
                | (Q(printed_at__isnull=False, expires_at__gt=F("printed_at")) & ~Q(code_hash="")),
                name="posted_code_printed_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["printed", "used"]) | Q(printed_at__isnull=False),
                name="posted_code_used_after_print",
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=["waiting", "printed"]), name="one_posted_code_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"code by post, {self.state}"


class IntervalNotice(Audited):
    """That a customer was told of hourly data before it is released. Rows are only ever added."""

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="+")
    notice = models.UUIDField(help_text="The mail that a mail server took.")
    at = models.DateTimeField(help_text="From when the wait counts.")

    def __str__(self) -> str:
        return f"notice of {self.consent_id}"
