"""The end at Nectar when a consent ends: collecting is stopped, the company is deleted, and both are proven (actions).

The whole company goes, whichever of her consents ended: nothing of hers stays there by mistake. What another consent
of hers still has on its way goes out again, to a new company.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.channels.nectar import NectarChannel
from broker.channels.seam import ChannelError
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.terms import EventRef
from consents.effects import Target
from consents.models import Consent
from consents.stopping import progress
from consents.stopping.lifecycle import Kind, Reached
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull
from requests_app.nectar import recording
from requests_app.nectar.calling import session
from requests_app.nectar.models import Company, Handing, Meter
from requests_app.nectar.permitting import refusal
from requests_app.nectar.states import CompanyState

FORGET = "nectar.forget"
AGAIN, FIRST_LOOK, LONGEST_LOOK = timedelta(minutes=2), timedelta(seconds=20), timedelta(hours=2)


def on_consent_ended(consent: Consent, *, ref: EventRef, now: datetime) -> None:
    """Take back what has not left, and have deleted what may have, in the transaction that ends the consent."""
    for pull in NectarPull.objects.select_for_update(of=("self",)).filter(file__consent=consent):
        if pull.state == NectarState.QUEUED:
            jobs.cancel_for(pull.id, kind="nectar.upload")
            NectarPull.objects.filter(id=pull.id).update(
                state=NectarState.CANCELLED, code="consent.revoked", updated_at=now, audit_event_id=ref.id
            )
    for company in Company.objects.select_for_update().filter(handings__pull__file__consent=consent):
        if company.state == CompanyState.LIVE:
            Company.objects.filter(id=company.id).update(state=CompanyState.ENDING, audit_event_id=ref.id)
            jobs.enqueue(FORGET, company.id, key=f"{FORGET}:{company.id}")


def provider(consent: Consent) -> list[Target]:
    """List what the end of this consent reaches at Nectar, and how far that got."""
    handed = Handing.objects.filter(pull__file__consent=consent).select_related("company").order_by("begun_at")
    targets = [
        Target(Kind.JOBS, pull.id, Reached.DONE, "not_sent", count=1)
        for pull in NectarPull.objects.filter(file__consent=consent, handings=None).order_by("file__received_at")
    ]
    for company in dict.fromkeys(each.company for each in handed):
        count = sum(each.company_id == company.id for each in handed)
        gone = company.state == CompanyState.GONE
        state = Reached.DONE if gone else Reached.WAITING
        targets.append(Target(Kind.NECTAR, company.id, state, "deleted" if gone else "deleting", count=count))
        if meters := list(company.meters.all()):
            stopped = gone or all(each.stopped_at for each in meters)
            state, code = (Reached.DONE, "untracked") if stopped else (Reached.WAITING, "untracking")
            targets.append(Target(Kind.NECTAR_TRACKING, company.id, state, code, count=len(meters)))
    return targets


@jobs.handler(FORGET)
def forget_job(job: jobs.JobView) -> None:
    """Stop the collecting, delete the company, and come back until Nectar's own list shows it no more."""
    company = Company.objects.get(id=job.subject_id)
    if company.state != CompanyState.ENDING:
        return
    on_their_way = Handing.objects.filter(company=company, ended_at=None).values("pull")
    if Job.objects.filter(kind="nectar.upload", subject_id__in=on_their_way, state=JobState.RUNNING).exists():
        raise jobs.RetryLater("nectar.uploading", AGAIN)  # it ends by itself: the consent is asked again there
    with session(job, lambda code: recording.trouble_of(company, code)) as nectar:
        _stop_collecting(nectar, company)
        companies = nectar.delete_company(str(company.id))
        if nectar.companies(str(company.id)):
            raise jobs.RetryLater("nectar.deleting", min(FIRST_LOOK * 2 ** min(job.waits, 9), LONGEST_LOOK))
    with transaction.atomic():
        now = timezone.now()
        ref = recording.of_company(company, "nectar.deleted", {"companies": companies})
        Company.objects.filter(id=company.id).update(state=CompanyState.GONE, ended_at=now, audit_event_id=ref.id)
        Handing.objects.filter(company=company, ended_at=None).update(ended_at=now, audit_event_id=ref.id)
        progress.settle(Kind.NECTAR, company.id, Reached.DONE, "deleted", ref=ref, now=now)
        # With the company its accounts are gone, whatever Nectar said of each before.
        progress.settle(Kind.NECTAR_TRACKING, company.id, Reached.DONE, "untracked", ref=ref, now=now)
        _send_again(company, ref, now)


def _stop_collecting(nectar: NectarChannel, company: Company) -> None:
    for meter in company.meters.filter(stopped_at=None):
        try:
            stopped = nectar.stop_collecting(meter.nectar_id)
        except ChannelError as error:
            if error.kind == "down":
                raise
            recording.trouble_of(company, error.code)  # the deletion does not wait for it
            continue
        if stopped:
            _stopped(meter)


def _stopped(meter: Meter) -> None:
    now, company = timezone.now(), meter.company
    with transaction.atomic():
        ref = recording.of_company(company, "nectar.untracked", {"meter": meter.id})
        Meter.objects.filter(id=meter.id).update(stopped_at=now, audit_event_id=ref.id)
        if not company.meters.filter(stopped_at=None).exists():
            progress.settle(Kind.NECTAR_TRACKING, company.id, Reached.DONE, "untracked", ref=ref, now=now)


def _send_again(company: Company, ref: EventRef, now: datetime) -> None:
    """Queue what another consent still permits and had on its way here; the rest is over."""
    pulls = NectarPull.objects.filter(
        handings__company=company, state__in=[NectarState.UPLOADING, NectarState.WAITING]
    ).select_related("file__consent", "file__account")
    for pull in pulls:
        code = refusal(pull.file, now)
        state = NectarState.CANCELLED if code else NectarState.QUEUED
        if recording.move(pull, state, ref, code=code or "", company="", job="") and not code:
            jobs.enqueue("nectar.upload", pull.id, key=f"nectar.upload:{pull.id}:{company.id}")
