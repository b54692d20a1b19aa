"""The job that looks at what a webhook is about: by the API, never by what the message said (actions)."""

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.channels.seam import ChannelError
from requests_app.alerts import tell_staff
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull
from requests_app.nectar import polling, revising
from requests_app.nectar.calling import session
from requests_app.nectar.hooks import HINT
from requests_app.nectar.models import Company, Hook
from requests_app.nectar.states import CompanyState, HookOutcome


@jobs.handler(HINT)
def hint_job(job: jobs.JobView) -> None:
    """Fetch the document, find whose it is, and have its own job go on or its change kept beside what it said."""
    hook = Hook.objects.filter(id=job.subject_id).first()
    if hook is None or hook.outcome != HookOutcome.QUEUED:
        return
    with session(job, lambda _code: None) as nectar:
        try:
            document = nectar.document(hook.about)
        except ChannelError as error:
            if error.detail != "404":
                raise
            document = {}
        company = Company.objects.filter(nectar_id=str(document.get("company") or ""), state=CompanyState.LIVE).first()
        if not document or company is None or (hook.company_id not in (None, company.id)):
            _end(hook, HookOutcome.LOOKED if not document else HookOutcome.UNKNOWN_COMPANY)
            return
        pull = _pull_of(company, document)
        found = None
        if pull is not None and pull.state == NectarState.DONE:
            found = polling.fetch(nectar, [hook.about])
    if pull is None:
        what = "A document is at Nectar that we did not hand over"
        with transaction.atomic():
            tell_staff(what, "We do not read it.", key=f"nectar-document:{hook.about}")
        _end(hook, HookOutcome.NOT_OURS)
        return
    if found is not None:
        revising.keep(pull, found)
    with transaction.atomic():
        if pull.state == NectarState.WAITING:
            polling.poll_again(pull, key=f"nectar.poll:hook:{hook.id}", now=timezone.now())
    _end(hook, HookOutcome.LOOKED)


def _pull_of(company: Company, document: dict[str, object]) -> NectarPull | None:
    """Give the document of ours that this one is, or that it supersedes."""
    rows = NectarPull.objects.filter(handings__company=company).select_related("file__consent", "file__account")
    job, known = document.get("jobId"), str(document.get("id"))
    for pull in rows:
        if (isinstance(job, str) and job and pull.job == job) or known in pull.documents:
            return pull
    return None


def _end(hook: Hook, outcome: HookOutcome) -> None:
    Hook.objects.filter(id=hook.id).update(outcome=outcome)
