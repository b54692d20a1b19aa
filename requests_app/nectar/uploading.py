"""The job that hands a shared document to Nectar, once in effect (actions).

What is about to happen is written first. After a lost answer we look at Nectar for what we sent, under the name that
we gave it, before we send it again; and what is there already counts as sent.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.channels.nectar import NectarChannel, NectarJob, Upload
from broker.channels.seam import ChannelError
from broker.duties import bars
from broker.parties.models import Customer
from consents.stopping import progress
from consents.stopping.lifecycle import Kind
from consents.stopping.models import Stop
from requests_app.lifecycle import NectarState
from requests_app.models import NectarPull
from requests_app.nectar import recording
from requests_app.nectar.calling import session
from requests_app.nectar.models import Company, Handing
from requests_app.nectar.permitting import refusal
from requests_app.nectar.recording import CARRIER
from requests_app.nectar.states import CompanyState

OTHERS_TURN = timedelta(seconds=30)


@jobs.handler("nectar.upload")
def upload_job(job: jobs.JobView) -> None:
    """Hand a shared document to Nectar, if her consent names Nectar and still permits it."""
    pull = recording.find(job)
    if pull.state not in (NectarState.QUEUED, NectarState.UPLOADING):
        return
    if (code := refusal(pull.file, timezone.now())) is not None:
        recording.end(pull, NectarState.CANCELLED, code)
        return
    handing = _begin(pull, timezone.now())
    if handing is None:
        return
    with session(job, lambda code: recording.trouble(pull, code)) as nectar:
        company = _company_at_nectar(nectar, handing)
        sent = _found_again(nectar, company, handing) if handing.tries > 1 else None
        if sent is None:
            sent = _send(nectar, company, pull, handing)
    if sent is not None:
        _sent(pull, handing, company, sent)


def _begin(pull: NectarPull, now: datetime) -> Handing | None:
    """Write down that this document goes out now; waits for its turn while another one of hers is on its way.

    Raises `jobs.Held` where nothing may go to its recipient.
    """
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(id=pull.file.consent.customer_id)
        company = Company.objects.filter(customer=customer).exclude(state=CompanyState.GONE).first()
        if company is not None and company.state == CompanyState.ENDING:
            raise jobs.RetryLater("nectar.ending", OTHERS_TURN)
        bars.hold(organisation=pull.file.consent.recipient_id, application=None)
        open_ones = Handing.objects.filter(company=company, ended_at=None).exclude(pull=pull)
        if company is not None and open_ones.exists():
            raise jobs.RetryLater("nectar.others_turn", OTHERS_TURN)
        ref = recording.event(pull, "nectar.state", {"state": NectarState.UPLOADING})
        if not recording.move(pull, NectarState.UPLOADING, ref):
            return None
        if company is None:
            company = Company.objects.create(
                customer=customer, state=CompanyState.LIVE, made_at=now, audit_event_id=ref.id
            )
        handing, _made = Handing.objects.get_or_create(
            pull=pull, company=company, defaults={"begun_at": now, "audit_event_id": ref.id}
        )
        handing.tries, handing.ended_at, handing.audit_event_id = handing.tries + 1, None, ref.id
        handing.save()
    return handing


def _company_at_nectar(nectar: NectarChannel, handing: Handing) -> str:
    company = handing.company
    if company.nectar_id:
        return company.nectar_id
    # Its name is our own random id: nothing about her, and no word of the consent.
    found = nectar.ensure_company(str(company.id), name=f"Customer {company.id}")
    with transaction.atomic():
        ref = recording.of_company(company, "nectar.state", {"state": "company"})
        Company.objects.filter(id=company.id).update(nectar_id=found, audit_event_id=ref.id)
    return found


def _found_again(nectar: NectarChannel, company: str, handing: Handing) -> NectarJob | None:
    """Look whether an upload whose answer was lost is there: by the name that we gave it, or as the one unknown job."""
    for row in nectar.documents(company):
        named = str(row.get("fileName") or "").rpartition(".")[0]
        if named == str(handing.id) and isinstance(row.get("jobId"), str):
            return nectar.job(row["jobId"])
    try:
        there = nectar.jobs(company)
    except ChannelError as error:
        if error.kind != "refused":
            raise
        return None  # the address of that list is not documented; Nectar names a second copy as a duplicate
    known = set(NectarPull.objects.filter(company=company).values_list("job", flat=True))
    unknown = [each for each in there if each not in known]
    return nectar.job(unknown[0]) if len(unknown) == 1 else None


def _send(nectar: NectarChannel, company: str, pull: NectarPull, handing: Handing) -> NectarJob | None:
    """Send the bytes, if at this very moment her consent still permits it."""
    if (code := refusal(pull.file, timezone.now())) is not None:
        recording.end(pull, NectarState.CANCELLED, code)
        return None
    event = log.append_read(
        "nectar.uploaded",
        actor=CARRIER,
        subject=pull.file.consent.customer_id,
        purpose="fulfilment",
        obj="nectar_pull",
        body={**recording.facts(pull), "data_types": [pull.file.data_type]},
        cnt=1,
    )
    data = vault.open_file(pull.file.file, under=event)
    return nectar.upload_document(Upload(company, pull.file.media_type, data, name=str(handing.id)))


def _sent(pull: NectarPull, handing: Handing, company: str, sent: NectarJob) -> None:
    now = timezone.now()
    with transaction.atomic():
        ref = recording.event(pull, "nectar.state", {"state": NectarState.WAITING, "job": sent.id})
        if recording.move(pull, NectarState.WAITING, ref, company=company, job=sent.id):
            jobs.enqueue("nectar.poll", pull.id, key=f"nectar.poll:{handing.id}")
        Handing.objects.filter(id=handing.id).update(ended_at=now, audit_event_id=ref.id)
        # She stopped while it was on its way: it is deleted there, and both times are shown to her.
        if Stop.objects.filter(consent_id=pull.file.consent_id).exists():
            progress.crossed(Kind.NECTAR, handing.company_id, ref=ref, now=now)
