"""A series takes its place behind those that are there, in the caller's transaction (action)."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from broker import jobs
from broker.terms import EventRef
from requests_app.models import ReadingSeries
from requests_app.one_value.models import Place

COMPARE = "series.compare"
TRIES = 20


def next_edition(file_id: UUID, role: str, unit: str, resolution: str) -> int:
    """Give the number of the next word of a file about this kind of value."""
    said = Place.objects.filter(file_id=file_id, role=role, unit=unit, resolution=resolution)
    return int(said.aggregate(last=Max("edition"))["last"] or 0) + 1


def keep(series: ReadingSeries, ref: EventRef, *, edition: int = 1) -> Place:
    """Give a series its place; where an earlier one touches its days, a job compares the two.

    `edition`: the how-many-eth word of the same file about the same; each later one is a revision of the first.
    """
    kind = {
        "account_id": series.account_id,
        "role": series.role,
        "unit": series.unit,
        "resolution": series.resolution,
    }
    earlier = Place.objects.filter(**kind)
    for _ in range(TRIES):
        last = earlier.aggregate(last=Max("number"))["last"] or 0
        try:
            with transaction.atomic():  # another series may take the same place at this moment
                place = Place.objects.create(
                    series=series,
                    file_id=series.file_id,
                    number=last + 1,
                    edition=edition,
                    audit_event_id=ref.id,
                    **kind,
                )
        except IntegrityError:
            same = {k: v for k, v in kind.items() if k != "account_id"}
            if Place.objects.filter(file_id=series.file_id, edition=edition, **same).exists():
                raise  # this file has said this series before: that is our own mistake
            continue
        near = earlier.filter(number__lt=place.number, series__first__lt=series.last, series__last__gt=series.first)
        if near.exists():
            jobs.enqueue(COMPARE, series.id, key=f"{COMPARE}:{series.id}")
        return place
    raise IntegrityError("no place for a series")
