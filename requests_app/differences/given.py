"""Which recipients were given a value of a topic (reads only).

A file counts as given when anything of it was released, as itself or as numbers: what of it somebody looked at is not
known here, and in doubt it was this.
"""

from datetime import date
from typing import Any

from django.db.models import Q

from requests_app.differences.rules import next_month
from requests_app.models import DataRequest, Release
from requests_app.one_value.models import Place


def of(kind: dict[str, Any], month: date) -> Q:
    """Say of a series' place that it is of this kind and touches this month."""
    return Q(**kind, series__first__lt=next_month(month), series__last__gt=month)


def kind_of(place: Any) -> dict[str, Any]:
    """Give what makes values one kind, of a place or of a decision."""
    return {name: getattr(place, name) for name in ("account_id", "role", "unit", "resolution")}


def requests(kind: dict[str, Any], month: date) -> list[DataRequest]:
    """Give the requests under which something of these files was released, the oldest first."""
    files = Place.objects.filter(of(kind, month)).values("file")
    rows = DataRequest.objects.filter(id__in=Release.objects.filter(file__in=files).values("request"))
    return list(rows.select_related("consent", "organisation").order_by("made_at", "id"))
