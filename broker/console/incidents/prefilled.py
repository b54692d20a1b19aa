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

NOTHING = "Nothing was kept."
MAIL = "Each such mail is kept, sealed, in the holding pen."


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
    kept = MAIL if found.inlet == "email_reply" else NOTHING
    words = f"The gate refused {found.count} with a portal login in them ({found.inlet}), from {who}. {kept}"
    times = _times(found.first_at, found.last_at)
    return {"source": Incident.Source.GATE, "reference": str(found.id), "words": words, **times}


def _of_alarm(named: str) -> dict[str, Any]:
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else 0
    found = timeline.one(number)
    if found is None or found.head.act not in ALARMS:
        raise Http404
    (row,) = rows.of([found])
    words = f"An alarm of the log: {row.meaning} ({found.head.act})."
    # An alarm says when somebody could know, not when it began or ended: a list would be bounded by one minute.
    known = _hands(instant_of(found.head.ts))
    return {"source": Incident.Source.VERIFY, "reference": str(found.id), "words": words, "known_at": known}


def _times(first: datetime, last: datetime) -> dict[str, datetime]:
    """A form knows no seconds: the first minute begins it, and the one after the last ends it where it is over."""
    begins, ends = _hands(first), last + timedelta(minutes=1)
    over = {"happened_to": _hands(ends)} if ends <= timezone.now() else {}
    return {"happened_from": begins, "known_at": begins, **over}


def _hands(at: datetime) -> datetime:
    """Give the minute that a clock here shows; the form reads it back, also where the hour comes twice."""
    return local(at).replace(second=0, microsecond=0, tzinfo=None)
