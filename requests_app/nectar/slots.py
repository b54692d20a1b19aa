"""At most so many calls to Nectar at a time, counted in the database: from all processes of all machines together."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from broker.jobs.runner import lease_time
from requests_app.nectar.models import Slot
from requests_app.nectar.states import AT_ONCE


def take(now: datetime) -> uuid.UUID | None:
    """Take a free slot for as long as a job may run; None where all are taken. One statement decides for each."""
    most = min(AT_ONCE, max(1, settings.NECTAR_AT_ONCE))
    free = Q(until=None) | Q(until__lt=now)
    holder = uuid.uuid4()
    numbers = set(range(1, most + 1))
    known = set(Slot.objects.filter(number__lte=most).values_list("number", flat=True))
    if numbers - known:
        Slot.objects.bulk_create([Slot(number=each) for each in sorted(numbers - known)], ignore_conflicts=True)
    for number in Slot.objects.filter(free, number__lte=most).order_by("number").values_list("number", flat=True):
        if Slot.objects.filter(free, number=number).update(holder=holder, until=now + lease_time()):
            return holder
    return None


def give(holder: uuid.UUID) -> None:
    """Give a slot back; one whose time ran out is somebody else's by now, and stays so."""
    Slot.objects.filter(holder=holder).update(holder=None, until=None)
