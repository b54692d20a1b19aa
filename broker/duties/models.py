"""What lets nothing through, and the emergency in which an officer opens what is sealed."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.vault import SealedField

ONE_OF = ("organisation", "application", "person")


class Bar(Audited):
    """The stop switch (`of` all), or the suspension of a recipient, of one of its programs, or of a person.

    The database holds that a stop is lifted by two people alone, and a suspension by nobody whom it is about.
    """

    class Of(models.TextChoices):
        ALL = "all", "every disclosure"
        ORGANISATION = "organisation", "a recipient"
        APPLICATION = "application", "a program of a recipient"
        PERSON = "person", "a person"

    class Because(models.TextChoices):
        STOP = "stop", "the stop switch was pressed"
        OFFICER = "officer", "an officer suspended it"
        REVIEW = "review", "nobody reviewed its rights in time"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    of = models.CharField(max_length=12, choices=Of.choices)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey("parties.Application", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("parties.User", models.PROTECT, null=True, related_name="+")
    because = models.CharField(max_length=8, choices=Because.choices)
    set_by = models.UUIDField(help_text="Who pressed or suspended; a service's own id where a job did.")
    since = models.DateTimeField()
    lifted_by = models.UUIDField(null=True, help_text="The second of two, or the officer.")
    lifted_at = models.DateTimeField(null=True)
    approval = models.UUIDField(null=True, unique=True, help_text="The act of two people that lifted the stop.")

    class Meta:
        indexes = [models.Index(fields=["lifted_at"], name="bars_that_stand")]
        constraints = [
            models.CheckConstraint(
                condition=Q(of="all", because="stop", organisation=None, application=None, person=None)
                | Q(of="organisation", organisation__isnull=False, application=None, person=None)
                | Q(of="application", organisation=None, application__isnull=False, person=None)
                | Q(of="person", organisation=None, application=None, person__isnull=False),
                name="a_bar_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(because__in=["officer", "review"]) | Q(of="all"), name="only_the_stop_is_for_all"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, approval=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="a_bar_is_lifted_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(of="all") | Q(lifted_at=None) | Q(approval__isnull=False), name="a_stop_is_lifted_by_two"
            ),
            models.UniqueConstraint(fields=["of"], condition=Q(of="all", lifted_at=None), name="one_stop_at_a_time"),
            *(
                models.UniqueConstraint(fields=[each], condition=Q(lifted_at=None), name=f"one_bar_of_an_{each}")
                for each in ONE_OF
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_of_display()} since {self.since:%Y-%m-%d %H:%M}"

    @property
    def about(self) -> uuid.UUID | None:
        """Whose it is: the id of the recipient, program or person; nothing for the stop."""
        return self.organisation_id or self.application_id or self.person_id


class Glass(Audited):
    """An emergency in which an officer may open what is sealed of one customer: why, until when, and who looked at it.

    The database holds that it ends within four hours, that nobody opens the own affairs' or the own recipient's
    customers, and that another person reviews it, once.
    """

    class Verdict(models.TextChoices):
        RIGHT = "right", "it was right"
        WRONG = "wrong", "it was not right"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey("parties.Customer", models.PROTECT, related_name="+")
    officer = models.UUIDField()
    reason = SealedField()
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="Where it was not needed to its end.")
    review_by = models.DateTimeField(help_text="The end of the next business day.")
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)

    class Meta:
        verbose_name_plural = "glasses"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("opened_at")), name="glass_ends_after_it_opens"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None, verdict="")
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, verdict__in=["right", "wrong"]),
                name="glass_is_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=models.F("officer")), name="glass_reviewed_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"glass of {self.opened_at:%Y-%m-%d %H:%M}"


class GlassEvent(models.Model):
    """Which events of the log are of a glass: by this alone its reviewer finds them, and opens none of another glass.

    Only ever added, and none is opened under a glass before it stands here.
    """

    event = models.BigIntegerField(primary_key=True)
    glass = models.ForeignKey(Glass, models.PROTECT, related_name="events")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event} of {str(self.glass_id)[:8]}"
