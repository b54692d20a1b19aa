"""What the billing desk is sent in a day and in one mail, and what it tells us on its own page."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from requests_app.models import ManualRequest, Message

CODE_TRIES = 5


class SendSlot(models.Model):
    """One turn on one business day of a utility's desk. Rows are only ever added, and each day's count from 1.

    The key is the request: it has one turn, however often it is handed over.
    """

    manual = models.OneToOneField(ManualRequest, models.PROTECT, primary_key=True, related_name="slot")
    utility = models.CharField(max_length=40)
    day = models.DateField(help_text="The utility's own business day.")
    number = models.PositiveIntegerField(help_text="From 1 for each utility and day.")
    most = models.PositiveIntegerField(help_text="So many new requests the desk gets on that day.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["utility", "day", "number"], name="desk_turn_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=F("most")), name="desk_turns_within_a_day"),
        ]
        indexes = [models.Index(fields=["utility", "at"], name="desk_turns_of_late")]

    def __str__(self) -> str:
        return f"{self.utility} {self.day} {self.number}/{self.most}"


class Enclosed(Audited):
    """A further request that went out in the mail of another one. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="enclosed")
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="enclosed_in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "manual"], name="enclosed_in_a_mail_once")]

    def __str__(self) -> str:
        return f"{self.manual_id} in {self.message_id}"


class MailPart(Audited):
    """One customer's part of a mail of ours that held several customers' requests. Rows are only ever added.

    `message` keeps her part alone, under her own key. The parts of one mail have its hash in common: nothing that is
    sealed under one customer's key names another's.
    """

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="part")
    carrier = models.ForeignKey(
        ManualRequest, models.PROTECT, related_name="carried", help_text="Whose Message-ID the mail bears."
    )
    mail_sha256 = models.BinaryField(max_length=32, help_text="Of the whole mail, as it left.")

    class Meta:
        indexes = [models.Index(fields=["mail_sha256"], name="parts_of_a_mail")]

    def __str__(self) -> str:
        return f"part of {bytes(self.mail_sha256).hex()[:12]}"


class AlsoAttached(Audited):
    """A further request to which a person attached a held mail: one answer to several. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="also_attached")
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="also_answered")
    attached = models.OneToOneField(Message, models.PROTECT, related_name="also_chosen_from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "manual"], name="also_attached_once")]

    def __str__(self) -> str:
        return f"{self.message_id} for {self.manual_id}"


class DeskCode(models.Model):
    """A six-digit code that goes to a desk's own mailbox; only its hash is kept.

    A row without a utility was asked for by a code that names nothing: no mail goes out, and no code opens it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    utility = models.CharField(max_length=40, blank=True)
    browser = models.UUIDField(help_text="Drawn for the browser's session: the code counts there.")
    code_hash = models.CharField(max_length=200)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=CODE_TRIES), name="desk_code_five_tries"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="desk_code_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | ~Q(utility=""), name="desk_code_of_nobody_opens_nothing"
            ),
        ]
        indexes = [models.Index(fields=["browser", "-made_at"], name="desk_code_newest")]

    def __str__(self) -> str:
        return f"code for {self.utility or 'nobody'}"


class DeskAct(Audited):
    """What the desk told us about a request on its page; its words and files stand in the message. Only ever added."""

    class Kind(models.TextChoices):
        WORDS = "words", "wrote to us"
        FILES = "files", "sent files"
        OWN_FORM = "own_form", "needs its own form"
        PAPER = "paper", "needs a signature on paper"
        NOT_MEMBER = "not_member", "says that this is not its member"
        DOUBT = "doubt", "doubts the letter"
        FEE = "fee", "names a fee"
        PROMISE = "promise", "names the day of its answer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="desk_acts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    once = models.UUIDField(unique=True, help_text="Drawn with the form: sent twice, it counts once.")
    message = models.OneToOneField(Message, models.PROTECT, related_name="desk_act")
    cents = models.PositiveIntegerField(null=True, help_text="Of a fee, in US cents.")
    day = models.DateField(null=True, help_text="On which the desk says that it will answer.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["words", "files", "own_form", "paper", "not_member", "doubt", "fee", "promise"]),
                name="desk_act_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="fee", cents__isnull=False) | (~Q(kind="fee") & Q(cents__isnull=True)),
                name="desk_fee_has_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(kind="promise", day__isnull=False) | (~Q(kind="promise") & Q(day__isnull=True)),
                name="desk_promise_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manual_id}: {self.kind}"
