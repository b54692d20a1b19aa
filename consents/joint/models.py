"""Second holders, objections, facts of an account, signs of abuse."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import UtilityAccount
from broker.vault import SealedField
from consents.models import Consent


class JointMember(Audited):
    """The holder beside the signer, where the name as billed names two; one for each consent, about one account of it.

    The name stands on the signer's bill and is sealed under her key; the address is the other holder's own and is
    sealed under this row's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(Consent, models.PROTECT, related_name="joint_member")
    # Null for rows from before it was kept: those consents are over one account.
    account = models.ForeignKey(UtilityAccount, models.PROTECT, null=True, related_name="joint_members")
    name = SealedField(help_text="As the bill spells it; empty text where the bill only says that there is one.")
    signer_index = models.BinaryField(max_length=32, help_text="Blind index of the signer's mailbox.")
    email = SealedField(null=True)  # type: ignore[misc]  # nothing until somebody gives it
    email_index = models.BinaryField(max_length=32, null=True)
    language = models.CharField(max_length=2, default="en")
    token_hash = models.BinaryField(max_length=32, unique=True)
    must_agree = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email__isnull=True, email_index__isnull=True)
                | Q(email__isnull=False, email_index__isnull=False),
                name="joint_address_is_indexed",
            ),
            # Two holders, two mailboxes: nobody agrees with herself.
            models.CheckConstraint(
                condition=Q(email_index__isnull=True) | ~Q(email_index=F("signer_index")), name="joint_own_mailbox"
            ),
            models.CheckConstraint(
                # The link of a posted letter is enough to stop, which is the safe direction.
                condition=Q(email_index__isnull=False) | Q(told_at__isnull=True, agreed_at__isnull=True),
                name="joint_agrees_by_mailbox",
            ),
        ]

    def __str__(self) -> str:
        return f"joint member of {self.consent_id}"


class CoApproval(Audited):
    """That both holders of an account must agree; a holder can ask for it alone, and rows are only ever added.

    Whom it binds beside the customer through whose consent it was asked is decided by her proof (`joint.reach`).
    """

    # Null for rows from before the asker was kept: they bind nothing more than what they held then.
    account = models.OneToOneField(UtilityAccount, models.PROTECT, null=True, related_name="co_approval")
    utility = models.CharField(max_length=32)
    number_index = models.BinaryField(max_length=32)
    since = models.DateTimeField()
    by_holder = models.BooleanField(default=False, help_text="The second holder asked for it, not the signer.")
    mailbox_index = models.BinaryField(
        max_length=32, null=True, help_text="Blind index of that holder's mailbox; empty where a posted letter asked."
    )

    class Meta:
        indexes = [models.Index(fields=["utility", "number_index"], name="co_approval_number")]

    def __str__(self) -> str:
        return f"both must agree since {self.since:%Y-%m-%d}"


class BothChange(Audited):
    """What became of "both must agree": ended by two people, asked for once more, or the mailbox they heard of."""

    class Kind(models.TextChoices):
        ENDED = "ended", "ended, on the word of both holders"
        AGAIN = "again", "asked for anew"
        HEARD = "heard", "the other holder's mailbox, as two of our people heard it from that holder"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked = models.ForeignKey(CoApproval, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    approval = models.UUIDField(null=True, unique=True, help_text="The act of two people that ended it.")
    at = models.DateTimeField()
    by_holder = models.BooleanField(default=False, help_text="The second holder asked for it, not the signer.")
    mailbox_index = models.BinaryField(
        max_length=32, null=True, help_text="Blind index of that holder's mailbox; empty where a posted letter asked."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["ended", "heard"], approval__isnull=False)
                | Q(kind="again", approval__isnull=True),
                name="both_ended_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_id}: {self.kind}"


class HolderMailbox(Audited):
    """A mailbox that one of staff wrote down as the second holder's own; it counts when a second person agrees.

    The address is sealed under the second holder's key, like every other one of that holder.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(JointMember, models.PROTECT, related_name="heard")
    email = SealedField()
    email_index = models.BinaryField(max_length=32)
    approval = models.UUIDField(unique=True, help_text="The act of two people.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mailbox for {self.member_id}"


class Objection(Audited):
    """Somebody with a mailbox, an account number and a name as billed says: do not share this account's data.

    Address, number and name are sealed under this row's own key: neither side learns anything of the other.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "not compared yet"
        STANDING = "standing", "standing"
        REVIEW = "review", "pauses nothing; a person looks at it"
        UPHELD = "upheld", "right: what it paused has ended"
        DISMISSED = "dismissed", "not right: closed by two people"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    utility = models.CharField(max_length=32)
    number_index = models.BinaryField(max_length=32, db_index=True)
    last_four = models.CharField(max_length=4)
    account_number = SealedField()
    name = SealedField()
    email = SealedField()
    email_index = models.BinaryField(max_length=32, db_index=True)
    mailbox_index = models.BinaryField(
        max_length=32, null=True, db_index=True, help_text="Blind index of the mailbox without its +tag; to count by."
    )
    language = models.CharField(max_length=2, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    made_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    approval = models.UUIDField(null=True, help_text="The act of two people that dismissed it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "standing", "review", "upheld", "dismissed"]),
                name="objection_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["upheld", "dismissed"], resolved_at__isnull=False)
                | (~Q(state__in=["upheld", "dismissed"]) & Q(resolved_at__isnull=True)),
                name="objection_resolved_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="dismissed", approval__isnull=False)
                | (~Q(state="dismissed") & Q(approval__isnull=True)),
                name="objection_dismissed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ObjectionReach(Audited):
    """A consent that an objection paused, until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    objection = models.ForeignKey(Objection, models.PROTECT, related_name="reach")
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="objections")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["objection", "consent"], name="reached_once")]

    def __str__(self) -> str:
        return f"{self.objection_id} → {self.consent_id}"


class AccountFact(Audited):
    """What is known of an account from a day on; the newest of a kind counts, and rows are only ever added."""

    class Kind(models.TextChoices):
        ENDED = "ended", "first day on which the account is no longer hers"
        AMI = "ami", "a meter that reads every hour"
        PREPAID = "prepaid", "prepaid"

    class Value(models.TextChoices):
        CLOSED = "closed", "closed"
        MOVED_OUT = "moved_out", "moved out"
        YES = "yes", "yes"
        NO = "no", "no"
        UNKNOWN = "unknown", "not known (takes back what was said before)"

    class Source(models.TextChoices):
        CUSTOMER = "customer", "the customer said so"
        CO_OP = "co_op", "an answer of the co-op"
        STAFF = "staff", "our own records"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=10, choices=Value.choices)
    day = models.DateField(null=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="ended", value__in=["closed", "moved_out"], day__isnull=False)
                | Q(kind="ended", value="unknown", day__isnull=True)
                | Q(kind="ami", value__in=["yes", "no", "unknown"], day__isnull=True)
                | Q(kind="prepaid", value__in=["yes", "no", "unknown"], day__isnull=True),
                name="account_fact_fits",
            ),
            models.CheckConstraint(condition=Q(source__in=["customer", "co_op", "staff"]), name="account_fact_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Circumstance(Audited):
    """From where, and with whose help, a consent was signed: keyed hashes to count by; rows are only ever added."""

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="circumstance")
    place_index = models.BinaryField(max_length=32, null=True, db_index=True)
    helper_index = models.BinaryField(max_length=32, null=True, db_index=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"circumstance of {self.consent_id}"


class AbuseSign(Audited):
    """A sign for which a consent was held: what was counted, and the limit of that day; rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="abuse_signs")
    code = models.CharField(max_length=24)
    counted = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "code"], name="abuse_sign_once"),
            models.CheckConstraint(condition=Q(counted__gt=F("limit")), name="abuse_sign_over_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.counted} > {self.limit}"
