"""What a form for a new incident is filled in with, from what the gate refused or an alarm of the log (interface).

From ids alone, never from words of an address: nobody else's link writes into an officer's form.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, QueryDict
from django.utils import timezone

from broker.audit import timeline
from broker.console import rows
from broker.console.groups import ALARMS
from broker.console.hours import instant_of, local
from broker.console.incidents.models import Incident
from broker.inlets.models import Incident as Refusals


def initial(asked: QueryDict) -> dict[str, Any]:
    """Give the first values: of `gate`, what was refused, or of `alarm`, an entry; none of neither.

    Raises Http404 where there is no such thing.
    """
    if "gate" in asked:
        return _of_gate(str(asked["gate"]))
    return _of_alarm(str(asked["alarm"])) if "alarm" in asked else {}


def _of_gate(named: str) -> dict[str, Any]:
    try:
        found = Refusals.objects.select_related("organisation").filter(id=uuid.UUID(named)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    who = found.organisation.legal_name if found.organisation else "customers, strangers, mail, or our own people"
    words = f"The gate refused {found.count} with a portal login in them ({found.inlet}), from {who}. Nothing was kept."
    return {"source": Incident.Source.GATE, "reference": str(found.id), "words": words} | _times(
        found.first_at, found.last_at
    )


def _of_alarm(named: str) -> dict[str, Any]:
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else 0
    found = timeline.one(number)
    if found is None or found.head.act not in ALARMS:
        raise Http404
    (row,) = rows.of([found])
    at = instant_of(found.head.ts)
    words = f"An alarm of the log: {row.meaning} ({found.head.act})."
    return {"source": Incident.Source.VERIFY, "reference": str(found.id), "words": words} | _times(at, at)


def _times(first: datetime, last: datetime) -> dict[str, datetime]:
    """A form knows no seconds: the first minute begins it, and the one after the last ends it where it is over."""
    begins, ends = _minute(first), _minute(last) + timedelta(minutes=1)
    over = {"happened_to": ends} if ends <= _minute(timezone.now()) else {}
    return {"happened_from": begins, "known_at": begins, **over}


def _minute(at: datetime) -> datetime:
    return local(at).replace(second=0, microsecond=0, tzinfo=None)
