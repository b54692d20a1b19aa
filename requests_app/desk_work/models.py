"""Who sees to a request, who stands in for whom, what the desk wrote down, and where its morning mail goes."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import User
from broker.vault import SealedField
from requests_app.models import ManualRequest, Message


class Assignment(Audited):
    """That a person sees to a request, from when until when; one at a time. A row changes once: when it ends."""

    class How(models.TextChoices):
        TAKEN = "taken", "taken"
        GIVEN = "given", "given by a colleague"
        NEXT = "next", "taken as the next one"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    how = models.CharField(max_length=5, choices=How.choices)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["manual"], condition=Q(ended_at=None), name="one_person_sees_to_a_request_at_a_time"
            ),
            models.CheckConstraint(condition=Q(how__in=["taken", "given", "next"]), name="assignment_how_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("since")), name="assignment_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()} {str(self.id)[:8]}"


class Absence(Audited):
    """Days on which a person is away, and who stands in. A row changes once: when it is taken back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    cover = models.ForeignKey(User, models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField(help_text="The last day away; it counts.")
    made_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="absence_days_in_order"),
            models.CheckConstraint(condition=~Q(person=F("cover")), name="nobody_covers_an_absence_of_their_own"),
        ]

    def __str__(self) -> str:
        return f"away {self.first} to {self.last}"


class Note(Audited):
    """A remark of the desk on a request, sealed. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="notes")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = SealedField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {str(self.id)[:8]}"


class Heard(Audited):
    """What the utility said by phone or post, as a person wrote it down; its words lie sealed in the message.

    Rows are only ever added.
    """

    class Way(models.TextChoices):
        PHONE = "phone", "by phone"
        POST = "post", "by post"

    class Kind(models.TextChoices):
        ANSWER = "answer", "an answer"
        ACKNOWLEDGEMENT = "acknowledged", "they have the request"
        FEE = "fee", "a fee"
        PROMISE = "promise", "the day of the answer"
        REFUSAL = "refusal", "they will not do it"
        OWN_FORM = "own_form", "they want a form of their own"
        OTHER = "other", "something else"

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="heard")
    way = models.CharField(max_length=5, choices=Way.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    happened_at = models.DateTimeField(help_text="When they phoned, or when the letter came.")
    person = models.ForeignKey(User, models.PROTECT, related_name="+", help_text="Who wrote it down.")
    scans = models.PositiveSmallIntegerField(default=0)
    codes = models.JSONField(default=list, help_text="What stands against the scan.")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "words by phone or post"
        constraints = [
            models.CheckConstraint(condition=Q(way__in=["phone", "post"]), name="heard_way_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["answer", "acknowledged", "fee", "promise", "refusal", "own_form", "other"]),
                name="heard_kind_known",
            ),
            models.CheckConstraint(condition=Q(happened_at__lte=F("at")), name="heard_before_it_was_written"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.get_kind_display()}"


class DeskMailbox(Audited):
    """Where a person's morning mail goes: an address that a code proved, and whether it is wanted.

    Once one is proven, another one waits beside it until its own code came back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.OneToOneField(User, models.PROTECT, related_name="+")
    email = SealedField()
    asked = SealedField(null=True)  # type: ignore[misc]  # nothing where no other address waits
    wanted = models.BooleanField(default=True)
    code_hash = models.CharField(max_length=200, blank=True)
    code_expires_at = models.DateTimeField()
    code_tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "desk mailboxes"
        constraints = [
            models.CheckConstraint(condition=Q(code_tries__lte=5), name="desk_code_at_most_five_tries"),
            models.CheckConstraint(
                condition=Q(asked__isnull=True) | Q(confirmed_at__isnull=False),
                name="desk_address_waits_beside_a_proven_one",
            ),
        ]

    def __str__(self) -> str:
        return "mailbox of a member of staff"
