"""The organisation of `broker.parties` without our log: bare, or under one of the peers."""

import uuid

from django.conf import settings
from django.db import models


class Facts(models.Model):
    """The same columns as `broker.parties.models.Organisation`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    legal_name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    contact_email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.slug


if settings.BENCH_CASE == "simple-history":
    from simple_history.models import HistoricalRecords

    class Organisation(Facts):
        """A copy of the row for each change."""

        history = HistoricalRecords()

elif settings.BENCH_CASE == "auditlog":
    from auditlog.registry import auditlog

    @auditlog.register()
    class Organisation(Facts):  # type: ignore[no-redef]
        """A row of differences for each change."""

elif settings.BENCH_CASE == "pghistory":
    import pghistory

    @pghistory.track()
    class Organisation(Facts):  # type: ignore[no-redef]
        """A copy of the row by a trigger."""

else:

    class Organisation(Facts):  # type: ignore[no-redef]
        """No audit at all."""
