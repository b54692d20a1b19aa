"""The job that asks how far Nectar is, and takes what it read (actions)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.channels.nectar import NectarChannel, NectarJob
from broker.terms import EventRef, Refusal
from requests_app import grants, importing
from requests_app.hooks import by_her
from requests_app.importing import Imported
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull, ReceivedFile
from requests_app.nectar import recording
from requests_app.nectar.calling import session
from requests_app.nectar.models import Company, Meter
from requests_app.nectar.permitting import against, refusal, shared_days
from requests_app.nectar.states import ENDED_AS, NO_ANSWER, NOT_UTILITY, UNUSABLE, CompanyState

POLL, LONGEST = timedelta(seconds=2), timedelta(minutes=30)


@jobs.handler("nectar.poll")
def poll_job(job: jobs.JobView) -> None:
    """Ask how far Nectar is, and take the readings of a document that is done."""
    pull = recording.find(job)
    if pull.state != NectarState.WAITING:
        return
    company = Company.objects.filter(handings__pull=pull, state=CompanyState.LIVE).first()
    if company is None:  # it is being deleted there; whoever deletes it sends again what another consent permits
        if (code := refusal(pull.file, timezone.now())) is not None:
            recording.end(pull, NectarState.CANCELLED, code)
        return
    with session(job, lambda code: recording.trouble(pull, code)) as nectar:
        asked = nectar.job(pull.job)
        if asked.status == "PENDING":
            late = pull.updated_at + timedelta(hours=settings.NECTAR_JOB_HOURS) < timezone.now()
            if not late:
                raise jobs.RetryLater("nectar.pending", min(POLL * 2 ** min(job.waits, 10), LONGEST))
            recording.end(pull, NectarState.FAILED, NO_ANSWER)
            return
        found = fetch(nectar, [*asked.documents, *asked.duplicates])
    if asked.status in ENDED_AS:
        recording.end(pull, NectarState.FAILED, ENDED_AS[asked.status])
    elif not found.ids:
        recording.end(pull, NectarState.FAILED, NOT_UTILITY if asked.not_utility else UNUSABLE, _detail(asked))
    elif (code := refusal(pull.file, timezone.now())) is not None:
        recording.end(pull, NectarState.CANCELLED, code)  # she stopped meanwhile: what came back is not kept
    else:
        _take(pull, company, found)


class Fetched:
    """Documents with their usage, as Nectar gives them now."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.documents: list[dict[str, object]] = []
        self.usage: list[dict[str, object]] = []

    @property
    def meters(self) -> set[str]:
        """Give the meters that the usage names."""
        named = (each.get("meter") for each in self.usage)
        return {each for each in named if isinstance(each, str) and 0 < len(each) <= 64}


def fetch(nectar: NectarChannel, ids: list[str]) -> Fetched:
    """Fetch documents and their usage, and with each what supersedes it, each once."""
    found, waiting = Fetched([]), list(dict.fromkeys(ids))
    while waiting and len(found.ids) < 50:
        document = nectar.document(waiting.pop(0))
        found.ids.append(str(document.get("id")))
        found.documents.append(document)
        found.usage += nectar.usage_of_document(found.ids[-1])
        newer = document.get("revisedDocumentId") or document.get("revisedDocument")
        if isinstance(newer, str) and newer not in (*found.ids, *waiting):
            waiting.append(newer)
    return found


def read(pull: NectarPull, found: Fetched) -> tuple[Imported, list[str]] | str:
    """Read what was fetched; gives the code of why not, where it is another account's, or of days not shared."""
    profile = grants.profile_of(pull.file.consent.utility)
    assert profile is not None
    known = importing.read_nectar(found.usage, found.documents, zone=profile.zone)
    if isinstance(known, Refusal):
        return known.code
    imported, accounts = known
    return against(pull.file, imported, accounts, timezone.now()) or known


def _take(pull: NectarPull, company: Company, found: Fetched) -> None:
    known = read(pull, found)
    if isinstance(known, str):
        recording.end(pull, NectarState.FAILED, known)
        return
    imported, _ = known
    assert imported.days is not None
    with transaction.atomic():
        body = {"documents": len(found.ids), "series": len(imported.series), "days": list(imported.days)}
        ref = recording.event(pull, "nectar.received", body)
        before = by_her.standing(pull.file)
        if not recording.move(pull, NectarState.DONE, ref, documents=found.ids):
            return
        # What a bill says of her use is part of the bill: whoever may not have bills may not have this.
        importing.save_series(pull.file, imported, data_type=pull.file.data_type, ref=ref)
        importing.save_nectar_bills(pull.file, imported, days=shared_days(pull.file.consent), ref=ref)
        _know_meters(company, found, ref)
        ReceivedFile.objects.filter(id=pull.file_id).update(
            covers_from=imported.days[0], covers_to=imported.days[1], audit_event_id=ref.id
        )
        pull.file.refresh_from_db(fields=["covers_from", "covers_to"])
        for asked in by_her.came(pull.file, before, ref=ref, now=timezone.now()):
            jobs.enqueue("recipient.told", asked.id, key=f"recipient.told:{asked.id}:{pull.file_id}")


def _know_meters(company: Company, found: Fetched, ref: EventRef) -> None:
    """Remember whose collecting is to be stopped when a consent ends."""
    known = set(company.meters.values_list("nectar_id", flat=True))
    new = [Meter(company=company, nectar_id=each, audit_event_id=ref.id) for each in sorted(found.meters - known)]
    Meter.objects.bulk_create(new)


def _detail(asked: NectarJob) -> str:
    return f"{asked.status}: {len(asked.not_utility)} not from a utility"


def poll_again(pull: NectarPull, *, key: str, now: datetime) -> None:
    """Have a document that waits looked at now, in the caller's transaction."""
    jobs.enqueue("nectar.poll", pull.id, due_at=now, key=key)
