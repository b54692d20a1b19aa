"""In which order the series of an account came, and how each stands to the earlier ones. Rows are only ever added."""

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import UtilityAccount
from requests_app.models import ReadingSeries, ReceivedFile


class Place(Audited):
    """A series' place among those of its account, role, unit and resolution: the first one holds its values."""

    series = models.OneToOneField(ReadingSeries, models.PROTECT, primary_key=True, related_name="place")
    file = models.ForeignKey(ReceivedFile, models.PROTECT, related_name="places")
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="places")
    role = models.CharField(max_length=20)
    unit = models.CharField(max_length=12)
    resolution = models.CharField(max_length=6)
    number = models.PositiveIntegerField(help_text="From 1, without a hole.")
    edition = models.PositiveSmallIntegerField(default=1, help_text="Which word of the same file about the same it is.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role", "unit", "resolution", "number"], name="one_series_at_each_place"
            ),
            models.UniqueConstraint(
                fields=["file", "role", "unit", "resolution", "edition"], name="a_file_says_a_series_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1, edition__gte=1), name="places_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.unit} {self.resolution}, number {self.number}"


class Comparison(Audited):
    """How many values of a series are new, the same as an earlier one, or another."""

    place = models.OneToOneField(Place, models.PROTECT, primary_key=True, related_name="comparison")
    fresh = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    differs = models.PositiveIntegerField()
    differs_from = models.DateField(null=True, help_text="The first day on which it says otherwise.")
    differs_through = models.DateField(null=True, help_text="The last one.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(differs=0, differs_from__isnull=True, differs_through__isnull=True)
                | Q(differs__gt=0, differs_from__isnull=False, differs_through__gte=F("differs_from"))
                & Q(differs_through__isnull=False),
                name="a_difference_names_its_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fresh} new, {self.same} the same, {self.differs} other"
