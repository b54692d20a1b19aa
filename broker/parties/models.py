"""People, organisations, applications, customers and their accounts."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.vault import SealedField


class UserManager(BaseUserManager["User"]):
    """Makes staff users; there is no sign-up."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """Make a user with this password (or none)."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class Role(models.TextChoices):
    """What a person of the operator or of a recipient may do."""

    ANALYST = "analyst", "Analyst"
    STAFF = "staff", "Staff"
    OFFICER = "officer", "Compliance officer"
    APPROVER = "approver", "Approver"
    OPERATOR = "operator", "Operator"


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: staff, officer, approver, operator, or a recipient's analyst."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=150, unique=True)
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=Role.choices)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=[r.value for r in Role]), name="user_role_known"),
            models.CheckConstraint(
                condition=~Q(role="analyst") | Q(organisation__isnull=False), name="analyst_has_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Whether the worklist in the Django admin is open to this person."""
        return self.is_active and self.role in (Role.STAFF, Role.OPERATOR)

    @property
    def is_officer(self) -> bool:
        """Whether the compliance console is open to this person."""
        return self.is_active and self.role == Role.OFFICER


class Organisation(Audited):
    """A recipient of data (or the operator itself), named in every consent and letter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    legal_name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    contact_email = models.EmailField(help_text="Verified at enrolment; files are announced here.")
    phone = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=500, blank=True)
    about_es = models.CharField(
        max_length=500, blank=True, db_default="", help_text="`about` in Spanish, if they have it."
    )
    purposes = models.JSONField(
        null=True, help_text="What it may ask customers for: codes that two people approved; none named: any."
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.legal_name


class Application(Audited):
    """A program of a recipient that pulls through the API with a key of its own."""

    class Mode(models.TextChoices):
        LIVE = "live", "live"
        TEST = "test", "test"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    name = models.CharField(max_length=120)
    mode = models.CharField(max_length=4, choices=Mode.choices)
    key_prefix = models.CharField(max_length=16, unique=True)
    key_hash = models.BinaryField(max_length=32, unique=True)
    operations = models.JSONField(default=list, help_text="What the key opens: names of `scopes.OPERATIONS`.")
    data_types = models.JSONField(default=list, help_text="The kinds of data that the key opens.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="key_expires_after_creation"
            ),
            models.CheckConstraint(condition=Q(mode__in=["live", "test"]), name="application_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key_prefix}…)"


class KeyUse(models.Model):
    """A day, in UTC, on which a key was used at least once. Rows are only ever added."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="uses")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "day"], name="key_use_once_a_day")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.day}"


class Customer(Audited):
    """A member of a co-op: known by a verified e-mail address, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = SealedField()
    email_index = models.BinaryField(max_length=32, unique=True)
    language = models.CharField(max_length=2, default="en")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"customer {str(self.id)[:8]}"


class UtilityAccount(Audited):
    """An account at a utility, as the customer named it; number, name and address are sealed.

    A row is never changed: the same number under another name or address is another row, with proofs of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    utility = models.CharField(max_length=32)
    number = SealedField()
    number_index = models.BinaryField(max_length=32, db_index=True)
    last_four = models.CharField(max_length=4)
    name_as_billed = SealedField()
    service_address = SealedField()
    # Empty in rows from before it was kept: those are found by their consents, and never taken for a new one.
    facts_index = models.BinaryField(max_length=32, default=b"", help_text="Of name and address together.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "utility", "number_index", "facts_index"], name="account_facts_once_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.utility} account ending {self.last_four}"


class EmailLink(models.Model):
    """A single-purpose link that was mailed, with its six-digit code; only hashes are kept."""

    class Purpose(models.TextChoices):
        SHARE = "share", "begin sharing"
        MY = "my", "see my sharing"
        OBJECT = "object", "object to sharing"
        JOINT = "joint", "agree as a second holder"
        JOIN = "join", "ask for an organisation to be enrolled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    email = SealedField()
    email_index = models.BinaryField(max_length=32, db_index=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    language = models.CharField(max_length=2, default="en")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    code_hash = models.CharField(max_length=200)
    code_expires_at = models.DateTimeField()
    code_tries = models.PositiveSmallIntegerField(default=0)
    code_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code_tries__lte=5), name="code_at_most_five_tries"),
            models.CheckConstraint(
                condition=~Q(purpose="share") | Q(organisation__isnull=False), name="share_names_who_asks"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} link {str(self.id)[:8]}"


class Enrolment(models.Model):
    """A one-time link, printed on the server's console, that lets a person make the first passkey."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE)
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"enrolment of {self.user_id}"
