"""What sources say otherwise than what stands, and what people decided about it. Rows are only ever added."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.audit.models import Audited
from broker.parties.models import UtilityAccount
from broker.vault import SealedField
from requests_app.differences.rules import RULES, UNKNOWN
from requests_app.models import ReadingSeries
from requests_app.one_value.models import Place


class Difference(Audited):
    """The values of a month of which a series says otherwise than what stood when it came; no figure of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.UUIDField(db_index=True, help_text="Account, role, unit, resolution and month.")
    number = models.PositiveIntegerField(help_text="From 1 in its topic, without a hole.")
    place = models.ForeignKey(Place, models.PROTECT, related_name="differences", help_text="Of the later series.")
    month = models.DateField(help_text="Its first day.")
    moments = models.JSONField(help_text="List of [start, end, day] of the values: in UTC, and their local day.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="differences_are_numbered"),
            models.UniqueConstraint(fields=["place", "month"], name="a_series_differs_once_in_a_month"),
            models.CheckConstraint(condition=Q(number__gte=1), name="differences_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{len(self.moments)} values of {self.month:%Y-%m}"


class Settlement(Audited):
    """What a person decided about values of a topic: the newest decision about a value counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.UUIDField()
    number = models.PositiveIntegerField(help_text="From 1 in its topic, without a hole.")
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="settlements")
    role = models.CharField(max_length=20)
    unit = models.CharField(max_length=12)
    resolution = models.CharField(max_length=6)
    month = models.DateField()
    until = models.DateField(help_text="The first day of the next month.")
    moments = models.JSONField(help_text="List of [start, end] of the values that it is about, in UTC.")
    newest = models.PositiveIntegerField(help_text="The number of the newest difference that was considered.")
    considered = models.JSONField(help_text="The places of the series that were considered.")
    stands = models.ForeignKey(ReadingSeries, models.PROTECT, null=True, related_name="+", help_text="None: doubtful.")
    agreeing = models.JSONField(default=list, help_text="The places of the series that say the same as what stands.")
    left = models.PositiveIntegerField(help_text="How many values of the topic were open after it.")
    rule = models.CharField(max_length=12, choices=[(code, rule.ours) for code, rule in RULES.items()])
    reason = SealedField(null=True, help_text="Of two people it lies with the ask.")  # type: ignore[misc]
    approval = models.UUIDField(null=True, unique=True, help_text="Of two people, where a recipient has a value of it.")
    decided_by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="settlements_are_numbered"),
            models.CheckConstraint(condition=Q(number__gte=1, until__gt=F("month")), name="settlements_begin_at_one"),
            models.CheckConstraint(condition=Q(rule__in=list(RULES)), name="settlement_rule_known"),
            models.CheckConstraint(
                condition=Q(rule=UNKNOWN, stands__isnull=True) | ~Q(rule=UNKNOWN) & Q(stands__isnull=False),
                name="a_settlement_names_what_stands",
            ),
            models.CheckConstraint(
                condition=Q(approval__isnull=True, reason__isnull=False)
                | Q(approval__isnull=False, reason__isnull=True),
                name="a_settlement_has_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["account", "role", "unit", "resolution"], name="settlements_of_a_kind")]

    def __str__(self) -> str:
        return f"{len(self.moments)} values of {self.month:%Y-%m}: {self.rule}"
