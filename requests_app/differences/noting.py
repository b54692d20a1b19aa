"""What a series says otherwise than what stands, written down by the month (action, in the caller's transaction)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Max

from broker.terms import EventRef
from requests_app.differences import decided
from requests_app.differences.models import Difference
from requests_app.differences.rules import topic_of
from requests_app.one_value.merging import Value
from requests_app.one_value.models import Place
from requests_app.one_value.settling import moment_of, settle

type Dated = tuple[str, str, str]  # when a value begins and ends in UTC, and the local day of its beginning


def differing(place: Place, values: Iterable[Value[int]], places: Sequence[int]) -> dict[date, list[Dated]]:
    """Give, by month, the moments of which the last of these series says otherwise than what stands now."""
    kind = decided.Kind(str(place.account_id), place.role, place.unit, place.resolution)
    decisions = decided.of([place.account_id]).get(kind, [])
    whole, last = list(values), len(places) - 1
    found: dict[date, list[Dated]] = defaultdict(list)
    for first, each in zip(whole, settle(whole, places, decisions), strict=True):
        if any(source == last for _, source in each.revisions):
            day = str(first.said["start"])[:10]
            found[date.fromisoformat(day).replace(day=1)].append((*moment_of(first.said), day))
    return found


def note(place: Place, found: dict[date, list[Dated]], *, ref: EventRef, now: datetime) -> list[Difference]:
    """Write down where a series differs, a row for each month. Raises IntegrityError where another one came between."""
    made = []
    for month, moments in sorted(found.items()):
        topic = topic_of(place.account_id, place.role, place.unit, place.resolution, month)
        last = Difference.objects.filter(topic=topic).aggregate(last=Max("number"))["last"] or 0
        row = Difference(
            topic=topic,
            number=last + 1,
            place=place,
            month=month,
            moments=sorted(moments),
            at=now,
            audit_event_id=ref.id,
        )
        row.save(force_insert=True)
        made.append(row)
    return made
