"""What a person signs in with, and the sessions that this began."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from broker.audit.models import Audited
from broker.parties.models import User
from broker.vault import SealedField


class Passkey(models.Model):
    """A passkey of a person: the public half. A removed one stays as a row: the log names it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    credential = models.BinaryField(help_text="Model of the device, id and public key, as WebAuthn packs them.")
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"passkey {str(self.id)[:8]}"


class RecoveryCode(models.Model):
    """One of a person's recovery codes, slow-hashed with a salt of its own; used once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    place = models.PositiveSmallIntegerField(
        help_text="The code begins with it, so that one hash is compared, not ten."
    )
    code_hash = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="recovery_code_place_once"),
        ]

    def __str__(self) -> str:
        return f"recovery code {self.place} of {self.user_id}"


class SignedIn(models.Model):
    """A session of a person, from the sign-in that began it until it ended."""

    class By(models.TextChoices):
        PASSKEY = "passkey", "a passkey"
        PASSWORD = "password", "a password of a rehearsal"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="signed_in")
    by = models.CharField(max_length=8, choices=By.choices)
    passkey = models.ForeignKey(Passkey, models.CASCADE, null=True)
    began_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="When the passkey was last touched in this session.")
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=60, help_text="Kind of browser and system; no more of what it says.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(by="passkey") | Q(passkey__isnull=False), name="passkey_session_names_it"
            ),
        ]

    def __str__(self) -> str:
        return f"session {str(self.id)[:8]}"


class Change(models.Model):
    """What changed in a person's way in; she sees it on her own page, and is told by mail."""

    class What(models.TextChoices):
        ADDED = "added", _("A passkey was added.")
        REMOVED = "removed", _("A passkey was removed.")
        CODES = "codes", _("New recovery codes were made.")
        RECOVERED = "recovered", _("A recovery code was used.")
        ENDED = "ended", _("All sessions were ended.")
        BROWSER = "browser", _("Somebody signed in from a browser that was not seen before.")
        MAILBOX = "mailbox", _("The work mailbox was set or changed.")
        ASKED = "asked", _("Another address of the morning mail was asked for.")
        MORNING = "morning", _("The address of the morning mail was set or changed.")
        DISABLED = "disabled", _("The sign-in was disabled.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_in_changes")
    what = models.CharField(max_length=9, choices=What.choices)
    passkey = models.ForeignKey(
        Passkey, models.CASCADE, null=True, related_name="+", help_text="The one that came, went, or signed in."
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.what} {str(self.id)[:8]}"


class KnownBrowser(models.Model):
    """A browser in which a person signed in, by the hash of a random cookie; another one is told to her."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_browsers")
    token_hash = models.BinaryField(max_length=32)
    first_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token_hash"], name="known_browser_once")]

    def __str__(self) -> str:
        return f"browser {self.id}"


class WorkMailbox(Audited):
    """Where a person reads what concerns her way in: sealed, used once a code that was mailed there came back.

    A change is another row; the earlier one ends as the new one is proven. One that ended unproven has no address.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    email = SealedField(null=True)  # type: ignore[misc]  # nothing once it ended unproven
    # The same for every way of writing the address; nothing in a row of before there was one.
    mailbox_index = models.BinaryField(max_length=32, null=True)
    language = models.CharField(max_length=2, default="en")
    asked_at = models.DateTimeField()
    code_hash = models.CharField(max_length=200, blank=True)
    code_expires_at = models.DateTimeField()
    code_tries = models.PositiveSmallIntegerField(default=0)
    proven_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code_tries__lte=5), name="work_mailbox_five_tries"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(proven_at__isnull=False, ended_at=None), name="work_mailbox_one_proven"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(proven_at=None, ended_at=None), name="work_mailbox_one_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"work mailbox {str(self.id)[:8]}"
