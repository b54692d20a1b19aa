"""What we have at Nectar: one company for a customer, what was handed over for it, its meters; and what Nectar said."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from broker.parties.models import Customer
from requests_app.models import NectarPull
from requests_app.nectar.states import AT_ONCE, CompanyState, HookOutcome


class Company(Audited):
    """A customer's company at Nectar; our id is all that Nectar learns of who she is.

    At most one of a customer is not gone. One that ends takes no further document; the next one is another company.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Their externalId.")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="nectar_companies")
    nectar_id = models.CharField(max_length=64, blank=True, help_text="Nectar's own id; nothing until it is known.")
    state = models.CharField(max_length=8, choices=[(each.value, each.value) for each in CompanyState])
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When Nectar's own list showed it no more.")

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=~Q(state="gone"), name="one_nectar_company_of_a_customer"
            ),
            models.UniqueConstraint(
                fields=["nectar_id"], condition=~Q(nectar_id=""), name="a_nectar_company_is_one_customers"
            ),
            models.CheckConstraint(
                condition=Q(state="gone", ended_at__isnull=False)
                | Q(state__in=["live", "ending"], ended_at__isnull=True),
                name="a_nectar_company_is_gone_since_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"company {str(self.id)[:8]} {self.state}"


class Handing(Audited):
    """That a document is handed over, written before a byte of it leaves; open until we know what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Its name at Nectar.")
    pull = models.ForeignKey(NectarPull, models.PROTECT, related_name="handings")
    company = models.ForeignKey(Company, models.PROTECT, related_name="handings")
    tries = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pull", "company"], name="handed_over_once_to_a_company"),
            # What is at Nectar and unknown to us can then only be this one: so it is found again, not sent again.
            models.UniqueConstraint(
                fields=["company"], condition=Q(ended_at__isnull=True), name="one_document_on_its_way_to_a_company"
            ),
        ]

    def __str__(self) -> str:
        return f"handing {str(self.id)[:8]}"


class Meter(Audited):
    """A meter that Nectar named for a customer; collecting for it is stopped when a consent ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="meters")
    nectar_id = models.CharField(max_length=64)
    stopped_at = models.DateTimeField(null=True, help_text="When Nectar itself said that it collects no more.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "nectar_id"], name="a_meter_once_for_a_company")]

    def __str__(self) -> str:
        return f"meter {str(self.id)[:8]}"


class Slot(models.Model):
    """One of the ten calls that may be on their way to Nectar at a time, from all machines together."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True)
    until = models.DateTimeField(null=True, help_text="A holder that died gives it back by this time.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=AT_ONCE), name="ten_calls_to_nectar_at_most"),
        ]

    def __str__(self) -> str:
        return f"slot {self.number}"


class Hook(models.Model):
    """A webhook whose signature was right, once: ids and times alone, deleted when no replay can come any more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    svix_id = models.CharField(max_length=255, unique=True)
    event = models.CharField(max_length=60)
    about = models.CharField(max_length=255, help_text="Nectar's id of the object.")
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="hooks")
    stamp = models.DateTimeField(help_text="When the object changed, as far as the message says.")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in HookOutcome])
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["about", "stamp"], name="hooks_about")]

    def __str__(self) -> str:
        return f"{self.event} {self.outcome}"
