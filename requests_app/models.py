"""Asks, decisions, the orders that follow from them, what came back, and what was released."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import Application, Customer, Organisation, UtilityAccount
from broker.reasons import REASONS
from broker.terms import CameBy, ChannelName
from broker.vault import SealedField
from consents.models import Consent
from requests_app.lifecycle import ManualState, NectarState, WithdrawalState


class DataRequest(Audited):
    """What an application asked for, word for word."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="requests")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    idempotency_key = models.CharField(max_length=200)
    body_sha256 = models.BinaryField(max_length=32)
    ask = SealedField(help_text="The ask as JSON, sealed because it names account numbers.")
    accounts = models.JSONField(default=list, help_text="Ids of the accounts for which it goes on.")
    data_types = models.JSONField()
    range_from = models.DateField(null=True)
    range_to = models.DateField(null=True)
    purpose = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "idempotency_key"], name="idempotency_key_once"),
        ]
        indexes = [models.Index(fields=["organisation", "-made_at", "-id"], name="requests_newest_first")]

    def __str__(self) -> str:
        return f"request {str(self.id)[:8]}"


class Decision(Audited):
    """What was decided about an ask, with every rule's input and result. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=8)
    outcome = models.CharField(max_length=8)
    channel = models.CharField(max_length=20, null=True)
    codes = models.JSONField()
    rules = models.JSONField()
    nearest = models.JSONField()
    alternatives = models.JSONField(default=list, help_text="Every other way, and why it was not taken.")
    profile_version = models.CharField(max_length=40)
    text_version = models.CharField(max_length=40, null=True)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="route", channel__isnull=False) | Q(outcome="refusal", channel__isnull=True),
                name="route_names_its_channel",
            ),
            models.CheckConstraint(condition=Q(step__in=["order", "release"]), name="decision_step_known"),
        ]
        indexes = [
            models.Index(fields=["audit_event"], name="decision_event"),
            models.Index(fields=["decided_at"], name="decision_time"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.channel or ''}"


class ManualRequest(Audited):
    """A request to the utility's billing desk: one letter, one thread, one clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    request = models.OneToOneField(DataRequest, models.PROTECT, related_name="manual")
    state = models.CharField(max_length=24, choices=[(s.value, s.value) for s in ManualState])
    message_id = models.CharField(max_length=200, unique=True, help_text="Reserved before sending.")
    thread_token = models.CharField(max_length=40, unique=True, help_text="A hint on replies, never a proof.")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=300, blank=True)
    day0 = models.DateField(null=True)
    expected_from = models.DateField(null=True)
    due = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    first_follow_up = models.DateField(null=True)
    calendar_version = models.CharField(max_length=40, blank=True)
    paused_on = models.DateField(null=True, help_text="Since when the ball is not with the utility.")
    remaining = models.PositiveIntegerField(null=True, help_text="Business days left, while the clock stands still.")
    promised_for = models.DateField(null=True, help_text="The day that the utility itself named.")
    withdrawal = models.CharField(
        max_length=8, blank=True, choices=[(s.value, s.value) for s in WithdrawalState], help_text="Of the letter."
    )
    withdrawal_id = models.CharField(max_length=200, blank=True, help_text="Message-ID, reserved before sending.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(delivered_at__isnull=False), name="no_clock_without_delivery_evidence"
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in ManualState]), name="manual_state_known"),
            models.CheckConstraint(
                condition=Q(paused_on__isnull=True, remaining__isnull=True)
                | Q(paused_on__isnull=False, remaining__isnull=False, due__isnull=False),
                name="a_pause_says_what_is_left",
            ),
            models.CheckConstraint(
                condition=Q(withdrawal="") | Q(state=ManualState.WITHDRAWN.value), name="only_what_ended_is_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Message(Audited):
    """A mail on a thread, in or out, kept sealed as it was. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, null=True, related_name="messages")
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")])
    message_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    raw = models.UUIDField(help_text="Sealed file in the vault.")
    sha256 = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["direction", "sha256"], name="same_mail_once"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.kind}"


class CustomerShare(Audited):
    """A file that a customer downloaded herself and handed over under a consent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="shares")
    account = models.ForeignKey(UtilityAccount, models.PROTECT)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"share {str(self.id)[:8]}"


class ReceivedFile(Audited):
    """A file that came in; sealed and in quarantine until a person or a rule accepts it."""

    class State(models.TextChoices):
        QUARANTINED = "quarantined", "in quarantine"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="files")
    account = models.ForeignKey(UtilityAccount, models.PROTECT)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="files")
    share = models.ForeignKey(CustomerShare, models.PROTECT, null=True, related_name="files")
    channel = models.CharField(max_length=20)
    name = SealedField()
    media_type = models.CharField(max_length=60)
    bytes = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    file = models.UUIDField(help_text="Sealed file in the vault.")
    state = models.CharField(max_length=12, choices=State.choices)
    verdict = models.CharField(max_length=60, blank=True)
    data_type = models.CharField(max_length=20, blank=True)
    covers_from = models.DateField(null=True)
    covers_to = models.DateField(null=True)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "sha256"], name="same_file_once_per_consent"),
            models.CheckConstraint(
                condition=Q(state="quarantined", decided_at__isnull=True) | Q(decided_at__isnull=False),
                name="file_leaves_quarantine_by_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"file {str(self.id)[:8]}"

    @property
    def came_by(self) -> CameBy:
        """How it reached us; what was cut out of a file came as that file did."""
        if self.channel == ChannelName.NECTAR:
            return CameBy.NECTAR
        if self.share_id is not None:
            return CameBy.BROUGHT if hasattr(self, "brought") else CameBy.CUSTOMER
        ways = {"desk": CameBy.DESK_PAGE, "post": CameBy.POST, "phone": CameBy.POST}
        return ways.get(self.message.kind, CameBy.EMAIL) if self.message else CameBy.EMAIL


class ReadingSeries(Audited):
    """Readings of one role, unit and resolution from one file; the values are sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(ReceivedFile, models.PROTECT, related_name="series")
    account = models.ForeignKey(UtilityAccount, models.PROTECT)
    data_type = models.CharField(max_length=20)
    role = models.CharField(max_length=20)
    unit = models.CharField(max_length=12)
    resolution = models.CharField(max_length=6, help_text="ISO 8601 duration: P1D, PT1H, P1M.")
    zone = models.CharField(max_length=40)
    first = models.DateField()
    last = models.DateField(help_text="Exclusive.")
    count = models.PositiveIntegerField()
    values = SealedField(help_text="JSON list of {start, end, value, quality, row}.")
    importer = models.CharField(max_length=60)

    class Meta:
        verbose_name_plural = "reading series"
        constraints = [models.CheckConstraint(condition=Q(last__gt=models.F("first")), name="series_ordered")]

    def __str__(self) -> str:
        return f"{self.role} {self.unit} ×{self.count}"


class NectarPull(Audited):
    """A shared document on its way through Nectar and back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.OneToOneField(ReceivedFile, models.PROTECT, related_name="nectar")
    company = models.CharField(max_length=64, blank=True)
    job = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in NectarState], default="queued")
    code = models.CharField(max_length=40, blank=True, help_text="Why it ended without readings.")
    documents = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in NectarState]), name="nectar_state_known")
        ]

    def __str__(self) -> str:
        return f"nectar {self.state}"

    @property
    def says(self) -> str:
        """Give in words why it ended without readings; nothing where it did not."""
        return REASONS[self.code].title if self.code in REASONS else ""


class Release(Audited):
    """What left, to whom, under which consent. Rows are only ever added; each is written before a byte is opened."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="releases")
    consent = models.ForeignKey(Consent, models.PROTECT)
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, help_text="Empty where a person of the recipient read on a page."
    )
    file = models.ForeignKey(ReceivedFile, models.PROTECT, null=True)
    what = models.CharField(max_length=12, choices=[("file", "file"), ("readings", "readings")])
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["audit_event"], name="release_event")]

    def __str__(self) -> str:
        return f"released {self.what}"
