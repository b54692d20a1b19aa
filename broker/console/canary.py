"""The monitor of the canary: whatever touched her record is an alarm, once for each entry of the log (action)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log, search, timeline
from broker.audit.encoding import opaque
from broker.audit.entry import Header
from broker.audit.timeline import Filters
from broker.console.models import CanaryAlarm
from broker.jobs import JobView
from broker.parties import canary
from broker.terms import SERVICE
from broker.vault.uses import events_that_opened

EVERY = timedelta(minutes=5)
MOST = 200  # alarms of one look; what is left is found by the next
WATCHER = SERVICE("canary watch")
PLANTER = opaque(canary.PLANTER.kind, canary.PLANTER.id)


@jobs.handler(canary.WATCH)
def watch(job: JobView) -> None:
    """Look, and come again."""
    now = timezone.now()
    look(now)
    with transaction.atomic():
        jobs.enqueue(canary.WATCH, job.subject_id, due_at=now + EVERY, key=f"{canary.WATCH}:{job.id}")


def look(now: datetime) -> int:
    """Raise `alarm.canary` for each entry under the canary's keys that did not plant her; return how many."""
    hers = canary.subject()
    known = set(CanaryAlarm.objects.values_list("event", flat=True))
    found = timeline.page(Filters(kids=tuple(search.kids_of_subject(hers))), limit=MOST, keep=_is_a_touch(known))
    opened = events_that_opened(hers)  # PostgreSQL keeps this list itself: an entry there did open something
    touched = {each.id: each.head.act for each in found.entries} | {
        event: head.head.act for event in opened - known if (head := timeline.one(event)) is not None
    }
    for event, act in sorted(touched.items()):
        facts = {"event": event, "act": act, "opened": event in opened or None}
        with transaction.atomic():
            ref = log.append("alarm.canary", actor=WATCHER, subject=None, obj="event", body=facts, res="error")
            CanaryAlarm.objects.create(event=event, raised_at=now, audit_event_id=ref.id)
    return len(touched)


def _is_a_touch(known: set[int]) -> timeline.Keep:
    def kept(head: Header) -> bool:
        planted = head.act == canary.PLANTED and head.actor == PLANTER
        return head.event_id not in known and not planted and not head.act.startswith("key.")

    return kept
