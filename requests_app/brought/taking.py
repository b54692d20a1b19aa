"""A file that she confirmed goes the way of one that she shared herself (the job and its action).

Everything is decided again from the bytes: her yes says whose a file is and how it came, and permits nothing more.
"""

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.terms import EventRef, Refusal
from consents.models import Consent
from requests_app import grants, share
from requests_app.brought import ending, rules
from requests_app.brought.answering import TAKES
from requests_app.brought.ending import SERVICE_OF
from requests_app.brought.models import BroughtFile, consent_of
from requests_app.mailing import pause
from requests_app.models import ReceivedFile
from requests_app.release import ENDINGS
from requests_app.share import Push

State = BroughtFile.State


@jobs.handler(TAKES)
def take_job(job: jobs.JobView) -> None:
    """Take what she confirmed; a hold, and a fault that passes, are waited for."""
    take(job.subject_id, waits=job.waits, now=timezone.now())


def take(file_id: uuid.UUID, *, waits: int = 0, now: datetime) -> None:
    """Take a confirmed file once; one that is over stays as it is. Cut short anywhere, it can be done again.

    `waits`: how often it was tried. Raises `jobs.Held` while her permission is on hold, and until the day is over whose
    count her files used up; and `jobs.RetryLater` after a fault that is not the file's own: it stays as it is then, for
    what is destroyed does not come back.
    """
    file = BroughtFile.objects.select_related("consent", "account", "drop", "answer").get(id=file_id)
    if file.state != State.CONFIRMED:
        return
    # Before it is opened: while nothing may be told of it, nobody opens it.
    _go_on(grants.not_in_force(consent_of(file), now))
    if (again := share.next_look(consent_of(file), now)) > now:
        raise jobs.Held(share.ENOUGH, again - now)
    push = _looked(file, now)
    if isinstance(push, Refusal):
        _go_on(push.code)
        if rules.passes(push.code, push.detail):
            raise jobs.RetryLater(push.code, pause(waits))
    with transaction.atomic():
        consent = Consent.objects.select_for_update(no_key=True).get(id=consent_of(file).id)
        if not BroughtFile.objects.filter(id=file.id, state=State.CONFIRMED).exists():
            return
        _go_on(grants.not_in_force(consent, now))
        if isinstance(push, Push):
            answer = share.keep(push, actor=SERVICE_OF, now=now)
        else:
            answer = share.refuse(consent, push, SERVICE_OF)
        _settle(file, answer, now)


def _go_on(code: str | None) -> None:
    if code in rules.ON_HOLD:
        raise jobs.Held(code, rules.HOLD_AGAIN)


def _looked(file: BroughtFile, now: datetime) -> Push | Refusal:
    consent = consent_of(file)
    assert file.file is not None
    body = {**ending.facts_of(file), "part": "files"}
    ref = log.append_read(
        "brought.read",
        actor=SERVICE_OF,
        subject=consent.customer_id,
        purpose="fulfilment",
        obj="share",
        body=body,
        cnt=1,
    )
    data = vault.open_file(file.file, under=ref)
    name = f"file.{ENDINGS[file.media_type]}"
    to_nectar = share.goes_to_nectar(consent, data)
    push = share.look(consent, file.account, name, data, to_nectar=to_nectar, now=now)
    if isinstance(push, Refusal):
        return push
    if push.unread:
        return Refusal(push.unread)
    told = {"brought": file.id, "organisation": file.drop.organisation_id, "answer": file.answer.id}
    return replace(push, brought=told)


def _settle(file: BroughtFile, answer: ReceivedFile | Refusal, now: datetime) -> None:
    """Say how it ended. What came another way in the meantime counts once, as what it was then."""
    if isinstance(answer, Refusal):
        ending.end(file, State.NOT_TAKEN, code=answer.code, actor=SERVICE_OF, now=now)
    elif _is_of_now(answer, now):
        ref = EventRef(answer.audit_event_id)
        ending.settle(file, State.TAKEN, ref=ref, received=answer.id, now=now)
    else:
        ending.end(file, State.KNOWN, actor=SERVICE_OF, now=now)


def _is_of_now(kept: ReceivedFile, now: datetime) -> bool:
    return kept.share_id is not None and kept.decided_at == now
