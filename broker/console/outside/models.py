"""Who from outside may be the second person of an act, and each time that one is asked."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.vault import SealedField


class Approver(Audited):
    """A person of another house whom two of ours enrolled until a day; staff of nobody here, without a sign-in.

    Its id stands as the approver of what this person agreed to. Name and house are plain, as those of our own people
    are, so that the database can compare them; the mailbox is sealed under this row's own key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    full_name = models.CharField(max_length=120)
    house = models.CharField(max_length=200, help_text="The office, firm or co-op for which this person works.")
    email = SealedField()
    email_index = models.BinaryField(max_length=32)
    mailbox_index = models.BinaryField(max_length=32, help_text="The same for every way of writing the address.")
    approval = models.UUIDField(unique=True, help_text="The act of two people that enrols.")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    enrolled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="outside_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}, {self.house}"


class Ask(Audited):
    """That one approver from outside is asked about one act, by a link, and what came of it.

    `digest` is of everything that the page shows. What this person wrote with the answer, and what our people wrote
    for this person, are sealed under the key of whoever the act is about.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "asked"
        APPROVED = "approved", "agreed"
        DECLINED = "declined", "declined"
        RECALLED = "recalled", "called back"
        CHANGED = "changed", "over: what it is about has changed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    approval = models.UUIDField(db_index=True)
    outside = models.ForeignKey(Approver, models.PROTECT, related_name="asks")
    token_hash = models.BinaryField(max_length=32, unique=True)
    digest = models.BinaryField(max_length=32)
    note = SealedField()
    sent_by = models.UUIDField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    confirmed_at = models.DateTimeField(null=True, help_text="When a code from the mailbox last came back.")
    closed_at = models.DateTimeField(null=True)
    answer = SealedField(null=True)  # type: ignore[misc]  # nothing before the answer

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="outside_ask_expires_after_it_went"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined", "recalled", "changed"]),
                name="outside_ask_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at=None) | (~Q(state="waiting") & Q(closed_at__isnull=False)),
                name="outside_ask_closes_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["approval"], condition=Q(state="waiting"), name="outside_one_is_asked_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"outside {str(self.approval)[:8]} ({self.state})"


class Code(models.Model):
    """Six digits that were mailed to the mailbox of an ask; only a slow hash is kept, and that for a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ask = models.ForeignKey(Ask, models.CASCADE, related_name="codes")
    code_hash = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(tries__lte=5), name="outside_code_five_tries")]

    def __str__(self) -> str:
        return f"code of {self.ask_id}"
