"""The mail of an ask (actions): an invitation to an address that nobody has proven; it holds who asks, and the link."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.duties import bars
from broker.jobs import JobView, RetryLater
from broker.limits.counting import Limit, ends, take
from broker.notices.models import Notice
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents.asking.lifecycle import State, standing
from consents.asking.models import AskBlock, ConsentAsk
from consents.asking.tokens import link_of

KIND = "asking.invite"
TEMPLATE = "consent_asked"
WRITER = SERVICE("asking")
# From all organisations together; a mail beyond it waits, so that nobody can flood a mailbox through many askers, and
# no asker can tell from an answer that others asked there.
TO_A_MAILBOX = Limit("ask-mailbox", 6, timedelta(days=7))


def order_mail(ask_id: uuid.UUID, number: int) -> None:
    """Order the n-th mail of an ask, in the caller's transaction; each is ordered once."""
    jobs.enqueue(KIND, ask_id, key=f"{KIND}:{ask_id}:{number}")


def invite(ask: ConsentAsk, *, now: datetime) -> datetime | None:
    """Write the newest mail that was ordered; where the mailbox had enough this week, give the moment to try again.

    An ask that is over, or whose reader does not want to be asked again, is not written about; nor is one mail written
    twice, however often it is tried. Raises `jobs.Held` while who asks is suspended or disclosures are stopped.
    """
    if ask.email is None or standing(ask.state, ask.expires_at, now) != State.PENDING or _is_not_wanted(ask):
        return None
    index = bytes(ask.email_index or b"").hex()
    if not take(TO_A_MAILBOX, index, now=now):
        return ends(TO_A_MAILBOX, now)
    read = {"why": "invitation", "fields": ["email"]}
    event = log.append_read(
        "ask.read", actor=WRITER, subject=ask.id, purpose="operations", obj="contact", body=read, cnt=1
    )
    to = ProvenAddress(vault.open(ask.email, under=event), Proof("invitation", str(ask.id)))
    with transaction.atomic():
        _hold(ask)
        notices.send_later(
            TEMPLATE,
            to=to,
            subject=ask.id,
            language=ask.language,
            context={"who": ask.organisation.legal_name, "path": link_of(ask.id), "again": ask.mails > 1},
            key=f"{TEMPLATE}:{ask.id}:{ask.mails}",
        )
    return None


@jobs.handler(KIND)
def invite_job(job: JobView) -> None:
    """Write the invitation of an ask that still waits; later, where the mailbox got enough of them this week."""
    now = timezone.now()
    later = invite(ConsentAsk.objects.select_related("organisation").get(id=job.subject_id), now=now)
    if later is not None:
        raise RetryLater("rate.limited", later - now)


def hold(notice: uuid.UUID) -> None:
    """Have an invitation that is written wait while who asks is suspended or disclosures are stopped (`jobs.Held`)."""
    _hold(ConsentAsk.objects.get(id=Notice.objects.values_list("subject", flat=True).get(id=notice)))


def _hold(ask: ConsentAsk) -> None:
    bars.hold(organisation=ask.organisation_id, application=ask.application_id, person=ask.analyst_id)


def _is_not_wanted(ask: ConsentAsk) -> bool:
    return AskBlock.objects.filter(organisation=ask.organisation, email_index=ask.email_index).exists()
