"""What a series says otherwise than the earlier ones of the same days: counted, and a person is told (job).

Nothing is written over: whoever reads gets the first value, or the one that a person settled, and every other one
beside it. What differs from that waits for a person, and whoever read a value of it is told.
"""

import json
from datetime import date

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.terms import SERVICE
from requests_app.alerts import tell_staff
from requests_app.differences import noting, telling
from requests_app.models import ReadingSeries
from requests_app.one_value.keeping import COMPARE
from requests_app.one_value.merging import Merged, Weighed
from requests_app.one_value.models import Comparison, Place
from requests_app.one_value.reading import in_order, places_of

WEIGHER = SERVICE("importer")


@jobs.handler(COMPARE)
def compare_job(job: jobs.JobView) -> None:
    """Compare a series with the earlier ones that touch its days; done once, however often it runs."""
    place = Place.objects.select_related("series__file__consent", "series__account").get(series_id=job.subject_id)
    if Comparison.objects.filter(place=place).exists():
        return
    weighed, differing = _weigh(place)
    now = timezone.now()
    with transaction.atomic():
        body = {"file": place.file_id, "fresh": weighed.fresh, "same": weighed.same, "differs": weighed.differs}
        ref = log.append(
            "data.imported", actor=WEIGHER, subject=place.series.account.customer_id, obj="data", body=body
        )
        Comparison.objects.create(
            place=place,
            fresh=weighed.fresh,
            same=weighed.same,
            differs=weighed.differs,
            differs_from=weighed.first[:10] or None,
            differs_through=weighed.last[:10] or None,
            at=now,
            audit_event_id=ref.id,
        )
        noting.note(place, differing, ref=ref, now=now)
        for month in differing:
            telling.came_otherwise(place, month, ref=ref, now=now)
        if weighed.differs:
            detail = f"{weighed.differs} of {place.series.count} values of a file are not what an earlier file says."
            tell_staff("Two files do not agree", detail, key=f"differs:{place.series_id}", file=place.file_id)


def _weigh(place: Place) -> tuple[Weighed, dict[date, list[noting.Dated]]]:
    earlier = _near(place)
    all_of_it = [*earlier, place.series]
    ref = log.append_read(
        "data.compared",
        actor=WEIGHER,
        subject=place.series.account.customer_id,
        purpose="fulfilment",
        obj="data",
        cnt=len(all_of_it),
        body={"files": [bytes(each.file.sha256).hex() for each in all_of_it][:100]},
    )
    opened = vault.open_all([each.values for each in all_of_it], under=ref)
    merged: Merged[int] = Merged()
    weighed = Weighed(0, 0, 0)
    for number, text in enumerate(opened):
        weighed = merged.take(json.loads(text), number)
    return weighed, noting.differing(place, merged, places_of(all_of_it))


def _near(place: Place) -> list[ReadingSeries]:
    rows = ReadingSeries.objects.filter(
        place__account=place.account_id,
        place__role=place.role,
        place__unit=place.unit,
        place__resolution=place.resolution,
        place__number__lt=place.number,
        first__lt=place.series.last,
        last__gt=place.series.first,
    )
    return in_order(rows)
