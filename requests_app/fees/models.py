"""Fees, what the customer was asked and answered, our mails on a thread, and requests that take another's place."""

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.vault import SealedField
from requests_app.fees.lifecycle import Answer, Asks, DecidedBy, FeeState, Mail, MailState, Payer, SaidBy, Why
from requests_app.models import ManualRequest, Message


def _choices(of: type[StrEnum]) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in of]


class FeeQuote(Audited):
    """A fee that the utility asks for, and who said yes or no to it. What was named never changes; the state does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="fees")
    amount = models.DecimalField(max_digits=6, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    said_by = models.CharField(max_length=5, choices=_choices(SaidBy))
    message = models.ForeignKey(Message, models.PROTECT, null=True, help_text="The mail that named it.")
    limit = models.DecimalField(max_digits=6, decimal_places=2, help_text="The most that one person decides.")
    state = models.CharField(max_length=8, choices=_choices(FeeState), default=FeeState.QUOTED)
    decided_by = models.CharField(max_length=8, choices=_choices(DecidedBy), blank=True)
    payer = models.CharField(max_length=9, choices=_choices(Payer), blank=True)
    quoted_by = models.UUIDField(help_text="The member of staff who entered it.")
    decider = models.UUIDField(null=True, help_text="Who decided, the second of two, or the customer.")
    approval = models.UUIDField(null=True, help_text="The act of two people.")
    quoted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_fee_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency="USD"), name="a_fee_is_in_dollars"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in FeeState]), name="fee_state_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["quoted", "replaced"], decided_by="", payer="",
                    decider__isnull=True, approval__isnull=True, decided_at__isnull=True,
                )
                | Q(
                    state__in=["accepted", "declined"], decided_by__in=["one", "two", "customer"],
                    decider__isnull=False, decided_at__isnull=False,
                ),
                name="a_fee_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by="one") | Q(amount__lte=F("limit")), name="one_person_decides_up_to_the_limit"
            ),
            models.CheckConstraint(
                condition=Q(decided_by="two", approval__isnull=False)
                | (~Q(decided_by="two") & Q(approval__isnull=True)),
                name="two_people_decide_by_an_approval",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", decided_by="customer", payer="customer")
                | Q(state="accepted", decided_by__in=["one", "two"], payer="recipient")
                | (~Q(state="accepted") & Q(payer="") & ~Q(decided_by="customer")),
                name="she_pays_by_her_own_yes_alone",
            ),
            models.UniqueConstraint(fields=["manual"], condition=Q(state="quoted"), name="one_open_fee_of_a_request"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"${self.amount} {self.state}"

    @property
    def is_by_word(self) -> bool:
        """Whether nothing but what a person wrote down says that the utility named it: no mail, and not its desk."""
        by_mail = self.said_by == SaidBy.MAIL and self.message_id is not None
        return not by_mail and self.said_by != SaidBy.PAGE


class Question(Audited):
    """What the customer was asked about a request. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="questions")
    fee = models.ForeignKey(FeeQuote, models.PROTECT, null=True, related_name="questions")
    asks = models.CharField(max_length=5, choices=_choices(Asks))
    words = SealedField(help_text="What staff wrote to her; empty where the kind says all.")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(asks__in=[s.value for s in Asks]), name="question_kind_known"),
            models.CheckConstraint(
                condition=Q(asks="fee", fee__isnull=False) | (~Q(asks="fee") & Q(fee__isnull=True)),
                name="a_question_of_a_fee_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.asks}"


class Reply(Audited):
    """Her answer to a question, once. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.OneToOneField(Question, models.PROTECT, related_name="reply")
    answer = models.CharField(max_length=4, choices=_choices(Answer))
    words = SealedField()
    how = models.CharField(max_length=5, choices=_choices(SaidBy))
    entered_by = models.UUIDField(null=True, help_text="The member of staff who wrote down what she said or posted.")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=[s.value for s in Answer]), name="reply_known"),
            models.CheckConstraint(
                condition=Q(how="page", entered_by__isnull=True)
                | Q(how__in=["phone", "post"], entered_by__isnull=False),
                name="a_reply_is_hers_or_says_who_entered_it",
            ),
        ]

    def __str__(self) -> str:
        return self.answer


class WrittenYes(Audited):
    """A customer's yes to a fee by post or phone, as one person wrote it down; another compares it. Only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="written_yes")
    amount = models.DecimalField(max_digits=6, decimal_places=2, help_text="As in her letter, or as she said it.")
    how = models.CharField(max_length=5, choices=_choices(SaidBy))
    given_on = models.DateField(help_text="Beside her signature, or the day of the call.")
    words = SealedField(help_text="What was noted beside it.")
    scan = models.UUIDField(null=True, help_text="Sealed file in the vault: what she signed.")
    scan_type = models.CharField(max_length=20, blank=True)
    scan_sha256 = models.BinaryField(max_length=32, null=True)
    approval = models.UUIDField(unique=True, help_text="The act of two people.")
    written_by = models.UUIDField()
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "written yeses"
        constraints = [
            models.CheckConstraint(
                condition=Q(how="post", scan__isnull=False, scan_sha256__isnull=False) | Q(how="phone"),
                name="a_written_yes_has_its_scan",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_written_yes_names_its_amount"),
        ]

    def __str__(self) -> str:
        return f"yes to ${self.amount} by {self.how}"


class ThreadMail(Audited):
    """A mail of ours to the utility on a request's thread; its Message-ID is reserved before it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="thread_mails")
    what = models.CharField(max_length=12, choices=_choices(Mail))
    fee = models.ForeignKey(FeeQuote, models.PROTECT, null=True, related_name="mails")
    words = SealedField(help_text="What staff wrote; empty where the kind says all.")
    message_id = models.CharField(max_length=200, unique=True, help_text="Reserved before sending.")
    rests_in = models.CharField(max_length=24, blank=True, help_text="The state whose clock goes on once it is sent.")
    state = models.CharField(max_length=7, choices=_choices(MailState), default=MailState.QUEUED)
    written_by = models.UUIDField(help_text="Who decided, or wrote it.")
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in MailState]), name="thread_mail_state_known"),
            models.CheckConstraint(condition=Q(what__in=[s.value for s in Mail]), name="thread_mail_kind_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="thread_mail_sent_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.state}"


class Succession(Audited):
    """That a request took the place of another, and why. Rows are only ever added."""

    old = models.OneToOneField(ManualRequest, models.PROTECT, primary_key=True, related_name="replaced_by")
    new = models.OneToOneField(ManualRequest, models.PROTECT, related_name="replaces")
    why = models.CharField(max_length=8, choices=_choices(Why))
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(why__in=[s.value for s in Why]), name="succession_reason_known"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="no_request_replaces_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.old_id} → {self.new_id}"
