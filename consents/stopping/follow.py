"""The job that follows a stop to its end, and never gives up (actions)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.notices.models import Notice, NoticeState
from broker.terms import SERVICE
from consents import effects
from consents.effects import Target
from consents.models import Consent
from consents.stopping import progress, record
from consents.stopping.lifecycle import ALARMING_TRIES, LONGEST_PAUSE, Kind, Reached, pause
from consents.stopping.models import Stop, StopAlert, StopTarget

FOLLOWER = SERVICE("stopping")
# Work of a stop that no number of failures ends; each kind with what its subject is.
ENDLESS: dict[str, Kind | None] = {
    record.FOLLOW: None,
    "consent.stopped": None,
    "stopping.receipt": None,
    "manual.withdraw": Kind.UTILITY_REQUEST,
    "nectar.forget": Kind.NECTAR,
}
MAILS = ("stopped", "stopped_recipient")
HALF_A_DAY = timedelta(hours=12)
QUIET = timedelta(days=7)  # after a person closed an alert and said that it goes on


@jobs.handler(record.FOLLOW)
def follow_job(job: jobs.JobView) -> None:
    """Ask every provider how far it is, move the rows, and come back while one waits."""
    now = timezone.now()
    stop = Stop.objects.select_related("consent").get(consent_id=job.subject_id)
    look(stop, now=now)
    waiting = StopTarget.objects.filter(stop=stop, state=Reached.WAITING)
    if not waiting.exists():
        return
    tries = max(row.tries for row in waiting)
    # Only the recipient's word is missing: once or twice a day is often enough.
    only_deletion = not waiting.exclude(kind=Kind.DELETION).exists()
    raise jobs.RetryLater("stop.waiting", HALF_A_DAY if only_deletion else pause(tries))


def look(stop: Stop, *, now: datetime) -> None:
    """Compare every row with what its provider says now, in one transaction with one event if anything moved."""
    with transaction.atomic():
        Consent.objects.select_for_update().get(id=stop.consent_id)
        found = {(each.kind, each.about): each for each in effects.targets(stop.consent)}
        rows = {(row.kind, row.about): row for row in stop.targets.all()}
        moves = [(row, found[key]) for key, row in rows.items() if key in found and _differs(row, found[key])]
        new = [target for key, target in found.items() if key not in rows]
        vain = [r for r in rows.values() if r.state == Reached.WAITING and r not in [row for row, _ in moves]]
        late = [row for row in vain if _is_late(row, now) and not _has_alert(row, now)]
        if moves or new or vain:
            _write(stop, moves, new, vain, late, now=now)


def on_job_dead(*, job: Any, code: str, **_kwargs: object) -> None:
    """Queue dead work of a stop anew, and call somebody, in the transaction that buries it (receiver)."""
    now = timezone.now()
    if job.kind == "notices.send":
        _mail_died(job, code, now=now)
    if job.kind not in ENDLESS:
        return
    kind = ENDLESS[job.kind]
    jobs.enqueue(job.kind, job.subject_id, due_at=now + LONGEST_PAUSE)
    rows = StopTarget.objects.filter(state=Reached.WAITING)
    rows = rows.filter(kind=kind, about=job.subject_id) if kind else rows.filter(stop__consent_id=job.subject_id)
    for row in rows.exclude(kind=Kind.DELETION).select_related("stop__consent")[:1]:
        if StopAlert.objects.filter(target=row, why="retries", closed_at=None).exists():
            continue
        facts = {"job": job.id, "kind": job.kind, "code": code, "targets": [row.kind]}
        _alert(row, "retries", facts, now=now)


def _mail_died(job: Any, code: str, *, now: datetime) -> None:
    """A mail about a stop goes out again, unless a server refused it for good: then somebody is called."""
    mail = Notice.objects.filter(id=job.subject_id, template__in=MAILS).first()
    if mail is None:
        return
    if mail.state == NoticeState.QUEUED:
        jobs.enqueue(job.kind, job.subject_id, due_at=now + LONGEST_PAUSE)
        return
    if mail.template != "stopped_recipient":
        return  # her own address: nobody of ours can be called about it but her, and the alarm of the job stands
    consent_id = mail.key.partition(":")[2]
    rows = StopTarget.objects.filter(kind=Kind.DELETION, state=Reached.WAITING, about=consent_id)
    for row in rows.select_related("stop__consent"):
        _alert(row, "refused", {"job": job.id, "kind": job.kind, "code": code}, now=now)


def _write(
    stop: Stop,
    moves: list[tuple[StopTarget, Target]],
    new: list[Target],
    vain: list[StopTarget],
    late: list[StopTarget],
    *,
    now: datetime,
) -> None:
    body = {
        "consent": stop.consent_id,
        "moved": [{"kind": row.kind, "state": target.state, "code": target.code} for row, target in moves],
        "new": [target.kind for target in new],
        "waiting": [row.kind for row in vain],
        "alerts": [row.kind for row in late],
    }
    act, res = ("stop.alerted", "error") if late else ("stop.looked", "ok")
    ref = log.append(act, actor=FOLLOWER, subject=stop.consent.customer_id, obj="consent", body=body, res=res)
    for row, target in moves:
        if row.state == Reached.WAITING and target.state != Reached.WAITING:
            progress.settle(Kind(row.kind), row.about, Reached(target.state), target.code, ref=ref, now=now)
        if target.count > row.count:
            StopTarget.objects.filter(id=row.id).update(count=target.count, audit_event_id=ref.id)
    for target in new:  # such as a read that began before the stop and was written after it
        record.add(stop, target, ref=ref, now=now)
    for row in vain:
        progress.looked_in_vain(row, ref=ref)
    for row in late:
        progress.alarm(row, "not_attested" if row.kind == Kind.DELETION else "retries", ref=ref, now=now)


def _alert(row: StopTarget, why: str, facts: dict[str, Any], *, now: datetime) -> None:
    consent = row.stop.consent
    body = {"consent": consent.id, "why": why, **facts}
    ref = log.append("stop.alerted", actor=FOLLOWER, subject=consent.customer_id, obj="consent", body=body, res="error")
    progress.alarm(row, why, ref=ref, now=now)


def _differs(row: StopTarget, target: Target) -> bool:
    settled = row.state == Reached.WAITING and target.state != Reached.WAITING
    return settled or target.count > row.count


def _is_late(row: StopTarget, now: datetime) -> bool:
    if row.kind == Kind.DELETION:
        return row.due is not None and now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date() > row.due
    return row.tries + 1 >= ALARMING_TRIES


def _has_alert(row: StopTarget, now: datetime) -> bool:
    """Whether an alert is open, or a person closed one in the last week and said that it goes on."""
    return row.alerts.filter(Q(closed_at=None) | Q(closed_at__gt=now - QUIET)).exists()
