"""Jobs of a shared document's way through Nectar and back as readings (actions).

To upload twice does no harm: Nectar knows a document that it has, and names it as a duplicate.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.channels.nectar import NectarChannel, NectarJob, Upload
from broker.channels.seam import ChannelError
from broker.jobs.models import Job
from broker.jobs.states import OPEN
from broker.terms import SERVICE, EventRef, Refusal
from broker.transport import TransportError
from consents.stopping import progress
from consents.stopping.lifecycle import Kind, Reached
from requests_app import grants, importing
from requests_app.alerts import tell_staff
from requests_app.effects import FORGET
from requests_app.hooks import telling
from requests_app.importing import Imported
from requests_app.lifecycle import NectarState
from requests_app.models import DataRequest, NectarPull, ReceivedFile
from requests_app.share import any_day

CARRIER = SERVICE("nectar")
POLL = timedelta(seconds=2)
LONGEST = timedelta(minutes=30)
AGAIN = timedelta(minutes=2)


@jobs.handler("nectar.upload")
def upload_job(job: jobs.JobView) -> None:
    """Hand a shared document to Nectar, if her consent names Nectar and still permits it."""
    pull = _find(job)
    if pull.state not in (NectarState.QUEUED, NectarState.UPLOADING):
        return
    now = timezone.now()
    codes = _refusal(pull.file, now)
    if codes:
        _end(pull, NectarState.CANCELLED, codes[0])
        return
    if not _step(pull, NectarState.UPLOADING):
        return
    event = log.append_read(
        "nectar.uploaded",
        actor=CARRIER,
        subject=pull.file.consent.customer_id,
        purpose="fulfilment",
        obj="nectar_pull",
        body={**_facts(pull), "data_types": [pull.file.data_type]},
        cnt=1,
    )
    data = vault.open_file(pull.file.file, under=event)
    with _Client(job) as nectar:
        # One company for each consent, under an id that says nothing about her.
        company = nectar.ensure_company(str(pull.file.consent_id), name=f"Consent {pull.file.consent.number}")
        sent = nectar.upload_document(Upload(company, pull.file.media_type, data))
    with transaction.atomic():
        ref = _event(pull, "nectar.state", {"state": NectarState.WAITING, "job": sent.id})
        if _move(pull, NectarState.WAITING, ref, company=company, job=sent.id):
            jobs.enqueue("nectar.poll", pull.id, key=f"nectar.poll:{pull.id}")
        # She stopped while it was on its way: it is deleted there, and both times are shown to her.
        progress.crossed(Kind.NECTAR, pull.id, ref=ref, now=timezone.now())


@jobs.handler("nectar.poll")
def poll_job(job: jobs.JobView) -> None:
    """Ask how far Nectar is, and take the readings of a document that is done."""
    pull = _find(job)
    if pull.state != NectarState.WAITING:
        return
    with _Client(job) as nectar:
        asked = nectar.job(pull.job)
        if asked.status == "PENDING":
            raise jobs.RetryLater("nectar.pending", min(POLL * 2 ** min(job.waits, 10), LONGEST))
        ids = [*asked.documents, *asked.duplicates]
        documents = [nectar.document(each) for each in ids]
        usage = [row for each in ids for row in nectar.usage_of_document(each)]
    if not documents:
        _end(pull, NectarState.FAILED, "file.unreadable", _detail(asked))
        return
    codes = _refusal(pull.file, timezone.now())
    if codes:  # she stopped sharing meanwhile: what came back is not kept
        _end(pull, NectarState.CANCELLED, codes[0])
        return
    _take(pull, ids, importing.read_nectar(usage, documents, zone=_zone(pull)))


@jobs.handler(FORGET)
def forget_job(job: jobs.JobView) -> None:
    """Have everything of a stopped consent deleted at Nectar; what is gone already counts as deleted."""
    pull = _find(job)
    if Job.objects.filter(kind="nectar.upload", subject_id=pull.id, state__in=OPEN).exists():
        raise jobs.RetryLater("nectar.uploading", AGAIN)  # it ends by itself: the consent is asked again there
    with _Client(job) as nectar:
        companies = nectar.delete_company(str(pull.file.consent_id))
    with transaction.atomic():
        ref = _event(pull, "nectar.deleted", {"companies": companies})
        progress.settle(Kind.NECTAR, pull.id, Reached.DONE, "deleted", ref=ref, now=timezone.now())


def _take(pull: NectarPull, ids: list[str], found: tuple[Imported, list[str]] | Refusal) -> None:
    if isinstance(found, Refusal):
        _end(pull, NectarState.FAILED, found.code)
        return
    imported, accounts = found
    code = _against(pull.file, imported, accounts)
    if code is not None:
        _end(pull, NectarState.FAILED, code)
        return
    assert imported.days is not None
    with transaction.atomic():
        body = {"documents": len(ids), "series": len(imported.series), "days": list(imported.days)}
        ref = _event(pull, "nectar.received", body)
        if not _move(pull, NectarState.DONE, ref, documents=ids):
            return
        # What a bill says of her use is part of the bill: whoever may not have bills may not have this.
        importing.save_series(pull.file, imported, data_type=pull.file.data_type, ref=ref)
        ReceivedFile.objects.filter(id=pull.file_id).update(
            covers_from=imported.days[0], covers_to=imported.days[1], audit_event_id=ref.id
        )
        for asked in _waiting_requests(pull.file, imported.days):
            jobs.enqueue("recipient.told", asked.id, key=f"recipient.told:{asked.id}:{pull.file_id}")
            telling.data_ready(asked, ref=ref, now=timezone.now())


def _against(file: ReceivedFile, imported: Imported, accounts: list[str]) -> str | None:
    """Give the code of what stands against readings: another account, or days that she did not share."""
    if not accounts or not all(importing.is_account_of(file, each) for each in accounts):
        return "scope.account"
    if imported.days is None:
        return "file.unreadable"
    codes = _decide(file, imported.days, timezone.now())
    return codes[0] if codes else None


def _waiting_requests(file: ReceivedFile, days: tuple[date, date]) -> list[DataRequest]:
    rows = DataRequest.objects.filter(
        consent_id=file.consent_id, decisions__channel="nectar", range_from__lt=days[1], range_to__gt=days[0]
    )
    return [each for each in rows.distinct() if file.data_type in each.data_types]


def _refusal(file: ReceivedFile, now: datetime) -> list[str]:
    days = (file.covers_from, file.covers_to)
    known = days if days[0] and days[1] else any_day(file.consent)
    if known is None or known[0] is None or known[1] is None:
        return ["scope.range"]
    return _decide(file, (known[0], known[1]), now)


def _decide(file: ReceivedFile, days: tuple[date, date], now: datetime) -> list[str]:
    decided = grants.decide_file(
        file.consent, file.account, data_types=[file.data_type], days=days, channel="nectar", now=now
    )
    return list(decided.codes)


def _find(job: jobs.JobView) -> NectarPull:
    return NectarPull.objects.select_related("file__consent", "file__account").get(id=job.subject_id)


class _Client:
    """Nectar's client for one job: whatever fails on its side becomes patience or the end of the attempt."""

    def __init__(self, job: jobs.JobView) -> None:
        self.job = job
        self.channel = NectarChannel(base_url=settings.NECTAR_URL, api_key=settings.NECTAR_API_KEY)

    def __enter__(self) -> NectarChannel:
        return self.channel

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.channel.close()
        if isinstance(error, ChannelError) and error.kind == "down":
            pause = timedelta(seconds=error.retry_after) if error.retry_after else AGAIN * 2 ** min(self.job.waits, 5)
            raise jobs.RetryLater("channel.down", pause) from None
        if isinstance(error, ChannelError | TransportError):
            _trouble(_find(self.job), getattr(error, "code", "channel.down"))


def _trouble(pull: NectarPull, code: str) -> None:
    """Record that Nectar said something that we cannot use; the job's own attempts go on."""
    with transaction.atomic():
        _event(pull, "nectar.failed", {"code": code}, res="error")
        tell_staff("Nectar refused or failed", f"Reason: {code}.", key=f"nectar:{pull.id}:{code}")


def _end(pull: NectarPull, state: NectarState, code: str, detail: str = "") -> None:
    with transaction.atomic():
        ref = _event(pull, "nectar.failed", {"codes": [code], "detail": detail}, res="denied")
        _move(pull, state, ref, code=code)
        if state == NectarState.FAILED:
            tell_staff("A shared bill could not be read", f"Reason: {code}.", key=f"nectar-failed:{pull.id}")


def _step(pull: NectarPull, state: NectarState) -> bool:
    if pull.state == state:
        return True
    with transaction.atomic():
        ref = _event(pull, "nectar.state", {"state": state})
        return _move(pull, state, ref)


def _move(pull: NectarPull, state: NectarState, ref: EventRef, **changes: Any) -> bool:
    rows = NectarPull.objects.filter(id=pull.id, state=pull.state)
    moved = rows.update(state=state, updated_at=timezone.now(), audit_event_id=ref.id, **changes)
    if moved:
        pull.state = state
    return bool(moved)


def _event(pull: NectarPull, act: str, body: Mapping[str, Any], *, res: str = "ok") -> EventRef:
    facts = {**_facts(pull), **body}
    return log.append(act, actor=CARRIER, subject=pull.file.consent.customer_id, obj="nectar_pull", body=facts, res=res)


def _facts(pull: NectarPull) -> dict[str, object]:
    return {"pull": pull.id, "file": pull.file_id, "consent": pull.file.consent_id}


def _zone(pull: NectarPull) -> str:
    profile = grants.profile_of(pull.file.consent.utility)
    assert profile is not None
    return profile.zone


def _detail(asked: NectarJob) -> str:
    return f"{asked.status}: {len(asked.not_utility)} not from a utility"
