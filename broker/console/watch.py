"""Jobs of the console: alerts of saved views, and the verification: daily, and when an officer asks for it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import auditing, log, store, timeline
from broker.audit.timeline import Entry
from broker.console import criteria
from broker.console.acting import VERIFY, WATCH
from broker.console.models import SavedView, ViewAlert
from broker.jobs import JobView, standing
from broker.terms import SERVICE

EVERY = timedelta(minutes=10)
MOST = 200  # alerts of one look; what is left is found by the next
WITH_KEYS = 300_000  # entries whose bodies fit into the minute that a job has; more: docs/decisions/0048
QUIET = 50_000  # entries without a hit after which the view's place moves on all the same
WATCHER = SERVICE("views")
DAILY = standing.daily(VERIFY)


@jobs.handler(WATCH)
def watch(job: JobView) -> None:
    """Look for new entries of one view, raise an alert for each, and come again as long as the view wants it."""
    now = timezone.now()
    view = SavedView.objects.filter(id=job.subject_id, notify=True, removed_at__isnull=True).first()
    if view is None:
        return
    look(view, now=now)
    with transaction.atomic():
        jobs.enqueue(WATCH, view.id, due_at=now + EVERY, key=f"{WATCH}:{view.id}:{job.id}")


@jobs.handler(VERIFY)
def verify(job: JobView) -> None:
    """Verify the whole log; the day's own run, and one that finds this undone for a day, with every body.

    The verdict is what the banner shows. Of a log that is too large for a job's minute the bodies are left to
    `verify_log --with-keys` under the system's timer; where that does not run the banner is amber after two days.
    """
    with_keys = job.subject_id == DAILY or auditing.bodies_are_due(timezone.now())
    with_keys = with_keys and store.tree_size(log.origin_id()) <= WITH_KEYS
    auditing.verify_database(opener=SERVICE("verification") if with_keys else None)


def look(view: SavedView, *, now: datetime) -> int:
    """Raise an alert for each entry that fits and has none yet; return how many."""
    found, place = _found(view)
    ids = [each.id for each in found]
    known = set(ViewAlert.objects.filter(view=view, event__in=ids).values_list("event", flat=True))
    fresh = [each for each in found if each.id not in known]
    if not fresh and place - view.seen_to < QUIET:
        return 0
    with transaction.atomic():
        ref = log.append(
            "view.alerted",
            actor=WATCHER,
            subject=None,
            obj="event",
            cnt=len(fresh),
            body={"view": view.id, "events": [each.id for each in fresh]},
        )
        for each in fresh:
            ViewAlert.objects.create(view=view, event=each.id, raised_at=now, audit_event_id=ref.id)
        view.seen_to, view.audit_event_id = place, ref.id
        view.save(update_fields=["seen_to", "audit_event"])
    return len(fresh)


def _seen_to(view: SavedView) -> int:
    """Give the place of the newest log from which on nobody has looked: a place of an older log says nothing there."""
    assert view.audit_event_id is not None
    return view.seen_to if view.audit_event_id >> 32 >= store.first_lane(log.origin_id()) else 0


def _found(view: SavedView) -> tuple[list[Entry], int]:
    """The entries that fit, and the place up to which was looked."""
    wanted, top = criteria.of(view.filters), store.tree_size(log.origin_id())
    if "computed" in wanted.words:
        # An entry may come to fit long after it was written (a mail grows old): its place says nothing.
        entries = timeline.page(wanted.filters, limit=MOST, keep=wanted.keep).entries
        return [each for each in entries if each.seq is not None], top
    entries = timeline.newer(wanted.filters, place=_seen_to(view), limit=MOST)
    place = entries[-1].seq if len(entries) == MOST else top - 1
    # The alerts' own events must not raise alerts.
    fits = [each for each in entries if not each.head.act.startswith("view.")]
    return [each for each in fits if wanted.keep is None or wanted.keep(each.head)], (place or 0) + 1
