"""Counted tries."""

from django.db import models
from django.db.models import F, Q


class Tries(models.Model):
    """How often something was tried in one span of time, under a keyed hash of who tried or of what was tried.

    The span is part of the hash: rows of two hours cannot be told to be of one address.
    """

    key = models.BinaryField(max_length=32, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(help_text="How many the span allows; the database refuses one more.")
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=F("most")), name="no_more_tries_than_allowed"),
        ]

    def __str__(self) -> str:
        return f"{self.tries} of {self.most}"
