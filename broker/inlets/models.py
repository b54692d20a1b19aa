"""What the gate keeps of what it refused, and who sends such things again and again: never a word of a message."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited


class Refused(Audited):
    """One message that was refused: when, where, by which rule. A false alarm is let through by two named people, once.

    `mac` is an HMAC over the whole message under a key outside the database: by it alone the same message is known
    when it comes again. It ends after some days, and there is none of short codes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    inlet = models.CharField(max_length=20)
    rule = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    part = models.CharField(max_length=80)
    sender = models.CharField(max_length=48, help_text="What sent it: a kind and an id, or a kind alone.")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    structural = models.BooleanField(help_text="Found by its structure, or at a door outward: nobody lets it through.")
    mac = models.BinaryField(max_length=32, null=True)
    mac_until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_until = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    typed_by = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    # `audit_event` is the entry of its last change; this one stays that of the refusal.
    refused_event = models.BigIntegerField(null=True, db_index=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="refused_by_time"),
            models.Index(fields=["mac"], name="refused_by_mac"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(mac=None) & Q(mac_until=None)) | (Q(mac__isnull=False) & Q(mac_until__gt=F("at"))),
                name="refused_mac_expires",
            ),
            models.CheckConstraint(
                condition=Q(asked_by=None, asked_at=None) | Q(asked_by__isnull=False, asked_at__isnull=False),
                name="refused_asked_by_somebody",
            ),
            # Two different people, neither of them alone with what they typed themselves.
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None, released_until=None)
                | (
                    Q(asked_by__isnull=False, released_by__isnull=False, released_at__isnull=False)
                    & ~Q(released_by=F("asked_by"))
                    & (Q(typed_by=None) | ~Q(released_by=F("typed_by")))
                ),
                name="refused_released_by_two",
            ),
            models.CheckConstraint(
                condition=Q(released_until=None)
                | Q(released_until__gt=F("released_at"), released_until__lte=F("mac_until")),
                name="refused_release_expires",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None)
                | (Q(structural=False) & ~Q(inlet__in=["outbound_email", "webhook", "nectar_call"])),
                name="refused_structure_stays_refused",
            ),
            models.CheckConstraint(
                condition=Q(passed_at=None) | Q(released_at__isnull=False, passed_at__lte=F("released_until")),
                name="refused_passes_only_released",
            ),
        ]

    def __str__(self) -> str:
        return f"G-{str(self.id)[:8]}"


class Incident(Audited):
    """What one sender sent to one inlet, counted until an officer closes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inlet = models.CharField(max_length=20)
    sender = models.CharField(max_length=48)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    closed_by = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inlet", "sender"], condition=Q(closed_at=None), name="gate_incident_open_once"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="gate_incident_counts"),
            models.CheckConstraint(
                condition=Q(closed_by=None, closed_at=None) | Q(closed_by__isnull=False, closed_at__isnull=False),
                name="gate_incident_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inlet} {self.sender} {self.count}"


class Watched(Audited):
    """A recipient's application or person that sent credentials: warned at the second time, suspended at the next."""

    class State(models.TextChoices):
        SEEN = "seen", "sent one"
        WARNED = "warned", "warned"
        SUSPENDED = "suspended", "suspended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sender = models.CharField(max_length=48, unique=True)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    application = models.ForeignKey("parties.Application", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    count = models.PositiveIntegerField(help_text="Since an officer last lifted a suspension, or from the start.")
    last_at = models.DateTimeField()
    lifted_by = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, person=None) | Q(application=None, person__isnull=False),
                name="watched_is_one_sender",
            ),
            models.CheckConstraint(condition=Q(state__in=["seen", "warned", "suspended"]), name="watched_state_known"),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None) | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="watched_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.state}"
