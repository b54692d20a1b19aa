"""What was done on the ladder of a request: steps, follow-ups, calls, decisions, checks before sending."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from requests_app.ladder.words import MOST_FOLLOW_UPS, AskState, CallState, Choice, Outcome, ReadAs, Step
from requests_app.models import ManualRequest, Message


class LadderStep(Audited):
    """A step that was taken, once for each sending of the letter. Rows are only ever added.

    Follow-ups and calls have rows of their own: these are the steps that leave nothing else behind.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="ladder_steps")
    since = models.DateTimeField(help_text="When the letter left: a letter that is sent again begins anew.")
    step = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Step])
    number = models.PositiveSmallIntegerField(help_text="From 1: a decision to wait is followed by another one.")
    about = models.DateField(null=True, help_text="The day that it is about: the due day, the promised day.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manual", "since", "step", "number"], name="ladder_step_once"),
            models.CheckConstraint(condition=Q(step__in=[each.value for each in Step]), name="ladder_step_known"),
            models.CheckConstraint(condition=Q(number__gte=1), name="ladder_steps_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.number}"


class FollowUp(Audited):
    """A mail by which the utility is asked again, on the thread of the request; its id is reserved before sending."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="follow_ups")
    number = models.PositiveSmallIntegerField()
    message_id = models.CharField(max_length=200, unique=True, help_text="Reserved before sending.")
    state = models.CharField(max_length=9, choices=[(each.value, each.value) for each in AskState])
    day = models.DateField(help_text="The utility's day for which it was written.")
    asked_at = models.DateTimeField(null=True, help_text="When the sending began.")
    evidence = models.CharField(max_length=300, blank=True)
    went_with = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="took_along",
        help_text="The follow-up in whose mail it left, of a request that went out with its own.",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["manual", "number"], condition=~Q(state="cancelled"), name="follow_up_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_FOLLOW_UPS), name="three_follow_ups_at_most"
            ),
            models.CheckConstraint(condition=Q(state__in=[each.value for each in AskState]), name="ask_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "cancelled"]) | Q(asked_at__isnull=False), name="an_ask_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return f"follow-up {self.number}"


class PhoneTask(Audited):
    """A call to the billing desk that a person makes in its office hours, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="phone_tasks")
    number = models.PositiveSmallIntegerField()
    first_day = models.DateField(help_text="From this day of the utility's on.")
    last_day = models.DateField(help_text="It should be made until this day.")
    state = models.CharField(max_length=4, choices=[(each.value, each.value) for each in CallState])
    outcome = models.CharField(max_length=12, blank=True, choices=[(each.value, each.value) for each in Outcome])
    called_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manual", "number"], name="phone_task_once"),
            models.UniqueConstraint(fields=["manual"], condition=Q(state="open"), name="one_open_phone_task"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="phone_task_days_ordered"),
            models.CheckConstraint(condition=Q(state__in=[each.value for each in CallState]), name="call_state_known"),
            models.CheckConstraint(
                condition=Q(state="done", called_at__isnull=False, outcome__in=[each.value for each in Outcome])
                | Q(state__in=["open", "void"], called_at__isnull=True, outcome=""),
                name="a_call_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.number} ({self.state})"


class LastDecision(Audited):
    """What two people decided about a request that nobody answered. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="last_decisions")
    number = models.PositiveSmallIntegerField(help_text="Of the step that asked for it.")
    choice = models.CharField(max_length=6, choices=[(each.value, each.value) for each in Choice])
    until = models.DateField(null=True)
    approval = models.UUIDField(unique=True, help_text="The act of two people.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manual", "number"], name="last_decision_once"),
            models.CheckConstraint(condition=Q(choice__in=[each.value for each in Choice]), name="last_choice_known"),
            models.CheckConstraint(
                condition=Q(choice="wait", until__isnull=False) | (~Q(choice="wait") & Q(until__isnull=True)),
                name="waiting_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} {self.number}"


class MailRead(Audited):
    """What a person read a mail of the thread as that no rule could classify. Rows are only ever added."""

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="read_as")
    what = models.CharField(max_length=15, choices=[(each.value, each.value) for each in ReadAs])
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(what__in=[each.value for each in ReadAs]), name="mail_read_known"),
        ]

    def __str__(self) -> str:
        return self.what


class Mention(Audited):
    """A held mail that may be about a request: it names it, or a mail of its thread. Rows are only ever added.

    A hint that holds our asking back, and nothing more: only a person says where a mail belongs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="mentions")
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="mentioned_in")
    by_number = models.BooleanField(default=False, help_text="It names its number alone, which anybody can guess.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "manual"], name="mention_once")]

    def __str__(self) -> str:
        return f"mention of {self.manual_id}"


class SendingCheck(Audited):
    """What was checked before a letter or a follow-up left, with its results. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, related_name="sending_checks")
    mail = models.CharField(max_length=10, choices=[("request", "request"), ("follow_up", "follow_up")])
    results = models.JSONField(help_text="Code of each check and its result.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mail__in=["request", "follow_up"]), name="checked_mail_known"),
        ]

    def __str__(self) -> str:
        return f"check before {self.mail}"
