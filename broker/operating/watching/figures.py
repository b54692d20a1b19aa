"""What is counted for Prometheus: states, ages and numbers, asked of the database at each call (action).

Nothing is opened, and no figure is of one person. One that cannot be asked is left out and counted as unanswered.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Min
from django_q.models import OrmQ

from broker.audit import delay, log, quarantine, store
from broker.inlets.models import Refused
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.operating import gathering
from broker.operating.watching.exposition import Figure, by, of
from requests_app.lifecycle import ManualState, NectarState
from requests_app.models import Decision, ManualRequest, NectarPull

WINDOW = timedelta(hours=1)  # of what is counted by time: an hour up to this moment
OPEN = (JobState.QUEUED, JobState.RUNNING)


def gather(*, now: datetime) -> list[Figure]:
    """Ask everything. `now` in UTC."""
    found: list[Figure] = []
    unanswered = 0
    for ask in (_requests, _decisions, _refused, _jobs, _log, _processes, _ages, _room):
        try:
            found += ask(now)
        except (DatabaseError, OSError, ValueError, log.LogUnavailable):
            unanswered += 1
    return [*found, of("broker_figures_unanswered", "Groups of figures that could not be asked.", unanswered)]


def _requests(_now: datetime) -> list[Figure]:
    return [
        _states("broker_manual_requests", "Requests to a billing desk by state.", ManualRequest, ManualState),
        _states("broker_nectar_documents", "Documents handed to Nectar by state.", NectarPull, NectarState),
    ]


def _states(name: str, says: str, model: Any, states: Iterable[str]) -> Figure:
    rows = model.objects.values_list("state").annotate(how_many=Count("pk")).order_by()
    return by(name, says, "state", {str(each): 0 for each in states} | dict(rows))


def _decisions(now: datetime) -> list[Figure]:
    """Decisions of the last hour. An ask for many accounts is one decision; each of its codes counts."""
    outcomes: Counter[str] = Counter({"route": 0, "refusal": 0})
    codes: Counter[tuple[tuple[str, str], ...]] = Counter()
    rows = Decision.objects.filter(decided_at__gt=now - WINDOW).values_list("step", "outcome", "codes")
    for step, outcome, said in rows.iterator():
        outcomes[outcome] += 1
        codes.update((("code", code), ("outcome", outcome), ("step", step)) for code in said)
    return [
        by("broker_decisions_last_hour", "Decisions of the last hour by outcome.", "outcome", outcomes),
        Figure("broker_decision_codes_last_hour", "Reason codes of the last hour's decisions.", codes),
    ]


def _refused(now: datetime) -> list[Figure]:
    rows = Refused.objects.filter(at__gt=now - WINDOW).values_list("inlet").annotate(how_many=Count("pk")).order_by()
    says = "Messages of the last hour that looked like a portal login, by the way they came."
    return [by("broker_logins_refused_last_hour", says, "inlet", dict(rows))]


def _jobs(now: datetime) -> list[Figure]:
    states = (*OPEN, JobState.DEAD)
    rows = Job.objects.filter(state__in=states).values_list("state").annotate(how_many=Count("pk")).order_by()
    due = Job.objects.filter(state__in=OPEN, due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]
    waited = 0.0 if due is None else (now - due).total_seconds()
    return [
        by("broker_jobs", "Jobs that are open or failed for good.", "state", {str(s): 0 for s in states} | dict(rows)),
        of("broker_job_oldest_due_seconds", "How long the oldest job that is due has been due.", waited),
        of("broker_queue_messages", "Messages in the queue that wakes workers.", OrmQ.objects.count()),
    ]


def _log(now: datetime) -> list[Figure]:
    origin = log.origin_id()
    newest, oldest = store.newest_note(origin), delay.oldest_unsigned(origin)
    bad = quarantine.alarms(origin)
    behind = [lane for lane in store.waiting_lanes(origin) if lane.id not in bad]
    waited = 0.0 if oldest is None else max(0.0, now.timestamp() - oldest / 1_000_000)
    return [
        of("broker_log_signed_entries", "Entries of the log that a checkpoint covers.", newest.size if newest else 0),
        of("broker_log_oldest_unsigned_seconds", "How long the oldest entry without a signature has waited.", waited),
        of("broker_log_lanes_behind", "Lanes with entries that are not in the tree yet.", len(behind)),
        of("broker_log_lanes_quarantined", "Lanes that were set aside because something is wrong in them.", len(bad)),
        of("broker_log_reads_closed", "1 while nothing protected may be read.", log.why_closed() is not None),
    ]


def _processes(now: datetime) -> list[Figure]:
    ages = {name: (now - at).total_seconds() for name, at in gathering.beats().items() if at is not None}
    alive = {name: float(name in ages and ages[name] <= 300) for name in gathering.PROCESSES}
    return [
        by("broker_process_alive", "1 where a process gave a sign of life within five minutes.", "process", alive),
        by("broker_process_beat_age_seconds", "Age of the last sign of life.", "process", ages),
    ]


def _ages(now: datetime) -> list[Figure]:
    asked: dict[str, Callable[[], datetime | None]] = {
        "backup": lambda: _good("admin.backup"),
        "drill": lambda: _good("admin.drill"),
        "anchor": lambda: gathering.anchored(now),
        "verification": gathering.verified_at,
    }
    ages = {name: (now - at).total_seconds() for name, ask in asked.items() if (at := ask()) is not None}
    return [by("broker_last_good_age_seconds", "Age of what was last done and held.", "what", ages)]


def _good(act: str) -> datetime | None:
    done = gathering.last(act)
    return done.at if done is not None and done.ok else None


def _room(_now: datetime) -> list[Figure]:
    free = gathering.disks()
    least = min(free.values(), default=None)
    return [
        of("broker_disk_free_ratio", "Free part of the fullest disk with data.", least and least / 100),
        of("broker_memory_available_bytes", "Memory that is available.", gathering.memory() * 1024 * 1024),
    ]
