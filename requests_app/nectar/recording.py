"""One event and one move of a document at Nectar, and what a person is told (in the caller's transaction)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.terms import SERVICE, EventRef
from requests_app.alerts import tell_staff
from requests_app.hooks import by_her
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull
from requests_app.nectar.models import Company, Handing

CARRIER = SERVICE("nectar")


def find(job: jobs.JobView) -> NectarPull:
    """Give the document of a job."""
    return NectarPull.objects.select_related("file__consent", "file__account").get(id=job.subject_id)


def event(pull: NectarPull, act: str, body: Mapping[str, Any], *, res: str = "ok") -> EventRef:
    """Write an event about a document."""
    said = {**facts(pull), **body}
    return log.append(act, actor=CARRIER, subject=pull.file.consent.customer_id, obj="nectar_pull", body=said, res=res)


def of_company(company: Company, act: str, body: Mapping[str, Any], *, res: str = "ok") -> EventRef:
    """Write an event about a customer's company."""
    said = {"company": company.id, **body}
    return log.append(act, actor=CARRIER, subject=company.customer_id, obj="nectar_pull", body=said, res=res)


def facts(pull: NectarPull) -> dict[str, object]:
    """Give what an event says of a document: ids."""
    return {"pull": pull.id, "file": pull.file_id, "consent": pull.file.consent_id}


def move(pull: NectarPull, state: NectarState, ref: EventRef, **changes: Any) -> bool:
    """Move a document on, if it still stands where we saw it."""
    rows = NectarPull.objects.filter(id=pull.id, state=pull.state)
    moved = rows.update(state=state, updated_at=timezone.now(), audit_event_id=ref.id, **changes)
    if moved:
        pull.state = state
    return bool(moved)


def end(pull: NectarPull, state: NectarState, code: str, detail: str = "") -> None:
    """End a document without readings, in a state that staff and the asking application see."""
    with transaction.atomic():
        ref = event(pull, "nectar.failed", {"codes": [code], "detail": detail}, res="denied")
        before, now = by_her.standing(pull.file), timezone.now()
        if move(pull, state, ref, code=code) and state == NectarState.FAILED:
            by_her.came(pull.file, before, ref=ref, now=now)  # the file itself can be had all the same
        else:
            by_her.moved(before, ref=ref, now=now)
        Handing.objects.filter(pull=pull, ended_at=None).update(ended_at=timezone.now(), audit_event_id=ref.id)
        if state == NectarState.FAILED:
            tell_staff(
                "A shared bill could not be read", f"Reason: {code}.", key=f"nectar-failed:{pull.id}", file=pull.file_id
            )


def trouble(pull: NectarPull, code: str) -> None:
    """Record that Nectar said something that we cannot use; the job's own attempts go on."""
    with transaction.atomic():
        event(pull, "nectar.failed", {"code": code}, res="error")
        tell_staff("Nectar refused or failed", f"Reason: {code}.", key=f"nectar:{pull.id}:{code}", file=pull.file_id)


def trouble_of(company: Company, code: str) -> None:
    """Record the same about a company."""
    with transaction.atomic():
        of_company(company, "nectar.failed", {"code": code}, res="error")
        tell_staff("Nectar refused or failed", f"Reason: {code}.", key=f"nectar:{company.id}:{code}")
