"""Drafts, consents, and the letters that carry them."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import Customer, EmailLink, Organisation, User, UtilityAccount
from broker.vault import SealedField
from consents.lifecycle import ENDED, LIVE, STORED


class Draft(models.Model):
    """What a person has filled in so far, sealed under the draft's own key; kept seven days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.OneToOneField(EmailLink, models.PROTECT)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    form = SealedField(help_text="The answers as JSON.")
    version = models.PositiveIntegerField(default=0, help_text="Counts the saves: two windows cannot mix.")
    presented_sha256 = models.BinaryField(max_length=32, null=True)
    presented_file = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Signed or declined; nothing can be changed afterwards.")

    def __str__(self) -> str:
        return f"draft {str(self.id)[:8]}"


class Consent(Audited):
    """A customer's permission: who may have which data of which accounts, what for, and until when."""

    class Assurance(models.TextChoices):
        L1 = "L1", "e-mail verified"
        L2 = "L2", "account knowledge verified"
        L3 = "L3", "identity verified"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents")
    recipient = models.ForeignKey(Organisation, models.PROTECT, related_name="consents")
    accounts = models.ManyToManyField(UtilityAccount, through="ConsentAccount")
    utility = models.CharField(max_length=32)
    data_types = models.JSONField()
    purpose = models.CharField(max_length=40)
    onward_recipients = models.JSONField(default=list)
    prefers = models.JSONField(default=list)
    history_from = models.DateField(null=True)
    history_to = models.DateField(null=True)
    forward = models.DateField(null=True)
    starts = models.DateField()
    ends = models.DateField()
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in STORED])
    assurance = models.CharField(max_length=2, choices=Assurance.choices)
    text_version = models.CharField(max_length=40)
    text_sha256 = models.BinaryField(max_length=32)
    notice_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    stop_token_hash = models.BinaryField(max_length=32, unique=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="renewals", help_text="The consent that this one renews."
    )
    granted_event = models.BigIntegerField(help_text="The event of the signature; the receipt's checkpoint covers it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="consent_ends_after_start"),
            # 366 days is the outer bound that a database can state; the rule "same day next year" is the decision's.
            models.CheckConstraint(
                condition=Q(ends__lte=F("starts") + timedelta(days=366)), name="consent_at_most_a_year"
            ),
            models.CheckConstraint(
                condition=Q(history_from__isnull=True, history_to__isnull=True) | Q(history_to__gt=F("history_from")),
                name="consent_history_ordered",
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in STORED]), name="consent_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(ENDED), ended_at__isnull=False)
                | (~Q(state__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="consent_ended_at_a_time",
            ),
            models.CheckConstraint(condition=Q(assurance__in=["L1", "L2", "L3"]), name="consent_assurance_known"),
            # A renewal that ended before its seal gives the place back; two that go on would both take it.
            models.UniqueConstraint(
                fields=["supersedes"], condition=Q(state__in=[s.value for s in sorted(LIVE)]), name="one_living_renewal"
            ),
        ]

    def __str__(self) -> str:
        return self.number


def endings_of(consent: Consent) -> str:
    """Give the last four digits of a consent's accounts, as texts to people name them."""
    return ", ".join(sorted(consent.accounts.values_list("last_four", flat=True)))


class ConsentAccount(Audited):
    """An account that a consent covers."""

    consent = models.ForeignKey(Consent, models.PROTECT)
    account = models.ForeignKey(UtilityAccount, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consent", "account"], name="account_once_per_consent")]

    def __str__(self) -> str:
        return f"{self.consent_id}: {self.account_id}"


class ConsentEvent(Audited):
    """A state that a consent entered; rows are only ever added."""

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="events")
    state = models.CharField(max_length=16)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.consent_id} {self.state}"


class Suspension(Audited):
    """A reason for which a consent is suspended, from when to when; it is in force again when none is open."""

    class Because(models.TextChoices):
        UTILITY_DOUBT = "utility_doubt", "the co-op doubts the letter"
        OBJECTION = "objection", "somebody on the account objects"
        COPY_BOUNCED = "copy_bounced", "the signer's copy came back"
        ABUSE = "abuse", "signs of abuse"
        OFFICER = "officer", "an officer's decision"
        DORMANT = "dormant", "not used for a long time"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="suspensions")
    because = models.CharField(max_length=16, choices=Because.choices)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(because__in=["utility_doubt", "objection", "copy_bounced", "abuse", "officer", "dormant"]),
                name="suspension_reason_known",
            ),
            models.UniqueConstraint(
                fields=["consent", "because"], condition=Q(lifted_at__isnull=True), name="one_open_reason_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consent_id}: {self.because}"


class ConsentNotice(Audited):
    """That she was told something about a consent which goes on: each thing once, also after restarts and late jobs."""

    class Kind(models.TextChoices):
        ENDS_30 = "ends_30", "ends in 30 days"
        ENDS_7 = "ends_7", "ends in 7 days"
        ENDS_1 = "ends_1", "ends today"
        SHARING = "sharing", "still sharing"
        DORMANT = "dormant", "not used for a long time"

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    about = models.CharField(max_length=10, help_text="Which of a kind: the end, the quarter, the day of the last use.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["ends_30", "ends_7", "ends_1", "sharing", "dormant"]), name="notice_kind_known"
            ),
            models.UniqueConstraint(fields=["consent", "kind", "about"], name="told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.consent_id} {self.kind} {self.about}"


class PaperChoice(Audited):
    """That a customer withdrew her agreement to deal electronically: paper from then on. Ends no consent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="paper_choices")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When she agreed to electronic records again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(ended_at__isnull=True), name="one_open_paper_choice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: paper"


class TermsAgreement(Audited):
    """That a customer agreed anew to electronic records after their needs had changed. Rows are only ever added."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="terms_agreements")
    version = models.CharField(max_length=32)
    locale = models.CharField(max_length=2)
    sha256 = models.BinaryField(max_length=32, help_text="Of the text that was shown.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "version"], name="agreed_once_to_a_version")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.version}"


class PaperNotice(Audited):
    """A notice to a customer who deals on paper: its words, sealed, for staff to print and post."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="paper_notices")
    template = models.CharField(max_length=40)
    file = models.UUIDField(help_text="Sealed text in the vault.")
    key = models.CharField(max_length=200, null=True, unique=True, help_text="The notice that this is; each once.")
    made_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.consent_id} {self.template}"


class RenewalAsked(models.Model):
    """Which consent the grant behind a mailed link renews or corrects; the draft starts with its answers."""

    link = models.OneToOneField(EmailLink, models.PROTECT)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="renewals_asked")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.link_id} renews {self.consent_id}"


class LetterOfAuthorization(Audited):
    """The letter that the customer signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(Consent, models.PROTECT, related_name="letter")
    number = models.CharField(max_length=24, unique=True)
    verification_code = models.CharField(max_length=12, unique=True)
    template_version = models.CharField(max_length=40)
    language = models.CharField(max_length=2, default="en")
    signer_name = SealedField()
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "letters of authorization"

    def __str__(self) -> str:
        return self.number


class LetterFile(Audited):
    """One exact byte sequence of a letter. Rows are only ever added.

    As presented and as delivered there is one; each archive time stamp adds one more.
    """

    class Kind(models.TextChoices):
        PRESENTED = "presented", "as shown before signing"
        DELIVERED = "delivered", "sealed, as delivered"
        ARCHIVED = "archived", "with archive timestamp"

    letter = models.ForeignKey(LetterOfAuthorization, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sha256 = models.BinaryField(max_length=32)
    bytes = models.PositiveIntegerField()
    file = models.UUIDField(help_text="Sealed file in the vault.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "kind"],
                condition=Q(kind__in=["presented", "delivered"]),
                name="one_file_of_each_kind",
            ),
            models.UniqueConstraint(fields=["letter", "sha256"], name="letter_bytes_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.kind}"


class Complaint(Audited):
    """A customer's question about one entry of "who saw my data", and the reply without which it never closes."""

    class State(models.TextChoices):
        RECEIVED = "received", "waiting for a reply"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="complaints")
    event = models.BigIntegerField(help_text="The entry of the log that she asks about.")
    words = SealedField(help_text="What she wrote.")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", help_text="Who has to answer.")
    day0 = models.DateField(help_text="The business day on which it counts as arrived.")
    due = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    reply = SealedField(null=True)  # type: ignore[misc]  # nothing until the answer
    notice = models.UUIDField(null=True, help_text="The mail that carried the reply.")
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due__gt=F("day0")), name="complaint_due_after_arrival"),
            # No answer without words, a mail, somebody who answers for it, and a time; no end without an answer.
            models.CheckConstraint(
                condition=Q(state="received", reply__isnull=True, notice__isnull=True, answered_at__isnull=True)
                | Q(
                    state__in=["answered", "closed"],
                    reply__isnull=False,
                    notice__isnull=False,
                    answered_at__isnull=False,
                    owner__isnull=False,
                ),
                name="complaint_answer_has_a_reply",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="complaint_closed_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["customer", "event"], condition=Q(state="received"), name="one_open_question_about_an_entry"
            ),
        ]

    def __str__(self) -> str:
        return self.number
