"""Recipients hear, by ids alone, that what they read is another value now (actions in the caller's transaction)."""

from datetime import date, datetime
from typing import Any

from broker.terms import EventRef
from requests_app import release
from requests_app.differences import given
from requests_app.hooks.telling import data_revised
from requests_app.models import DataRequest
from requests_app.one_value.models import Place


def came_otherwise(place: Place, month: date, *, ref: EventRef, now: datetime) -> None:
    """Tell those who read a value of which another file says otherwise, as far as they may have that file, too."""
    for each in given.requests(given.kind_of(place), month):
        if release.files_of(each).filter(id=place.file_id).exists():
            data_revised(each, ref=ref, now=now)


def settled(kind: dict[str, Any], month: date, *, ref: EventRef, now: datetime) -> list[DataRequest]:
    """Tell those who were given one of the values that it is settled now; give them."""
    found = given.requests(kind, month)
    for each in found:
        data_revised(each, ref=ref, now=now)
    return found
