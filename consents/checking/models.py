"""What a clerk of the utility told us on the public page, and the codes that prove a clerk."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.vault import SealedField
from consents.models import LetterOfAuthorization

CODE_TRIES = 5


class ClerkAct(Audited):
    """What somebody with a letter and the account's last four digits told us. Rows are only ever added."""

    class Kind(models.TextChoices):
        RELEASED = "released", "the utility has released the data"
        DOUBT = "doubt", "the utility doubts the letter"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(LetterOfAuthorization, models.PROTECT, related_name="clerk_acts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    once = models.UUIDField(unique=True, help_text="Drawn with the form: sent twice, it counts once.")
    words = SealedField(null=True, help_text="Why the letter is doubted.")  # type: ignore[misc]
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="released", words__isnull=True) | Q(kind="doubt", words__isnull=False),
                name="clerk_doubt_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.kind}"


class ClerkCode(models.Model):
    """A six-digit code that went to the utility's own mailbox; only its hash is kept.

    It counts in the browser that asked for it, so that wrong tries of somebody else are no tries at it; of one browser
    the newest is open, and no other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(LetterOfAuthorization, models.PROTECT, related_name="clerk_codes")
    browser = models.UUIDField(null=True, help_text="Drawn for the browser's session; empty: nobody's any more.")
    open = models.BooleanField(default=True, help_text="The newest of its browser.")
    code_hash = models.CharField(max_length=200)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "browser"], condition=Q(open=True), name="clerk_code_one_open_of_a_browser"
            ),
            models.CheckConstraint(condition=Q(tries__lte=CODE_TRIES), name="clerk_code_five_tries"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="clerk_code_ends_after_it_began"),
        ]

    def __str__(self) -> str:
        return f"code for {self.letter_id}"
