"""Telling both holders that they need not both agree any more (jobs)."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.audit import log
from broker.jobs import JobView
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.joint import by_post, members
from consents.joint.ending_both import ENDED_MAIL
from consents.joint.reach import account_of
from consents.models import Consent

WRITER = SERVICE("notices")
TEMPLATE = "joint_ended"


@jobs.handler(ENDED_MAIL)
def ended_job(job: JobView) -> None:
    """Write to both holders, each in the way in which we reach them: a mail, or a letter."""
    consent = Consent.objects.select_related("customer", "joint_member").get(id=job.subject_id)
    member, now = consent.joint_member, timezone.now()
    facts = {"account_ending": account_of(consent).last_four}
    hers = {**facts, "path": reverse("my-joint", args=[consent.id])}
    message = electronic.Message("joint_ended", consent.customer, hers, f"{TEMPLATE}:{job.id}:signer", consent)
    electronic.tell(message, why="both must agree", actor=WRITER, now=now)
    theirs = {**facts, "path": reverse("joint", args=[members.token(member.id)])}
    key = f"{TEMPLATE}:{job.id}:holder"
    if member.email is None:
        by_post.write(member, TEMPLATE, theirs, key=key, actor=WRITER, now=now)
        return
    event = log.append_read(
        "joint.read",
        actor=WRITER,
        subject=member.id,
        purpose="operations",
        obj="joint_member",
        body={"member": str(member.id), "fields": ["email"]},
        cnt=1,
    )
    to = ProvenAddress(vault.open(member.email, under=event), Proof("invitation", str(member.id)))
    with transaction.atomic():
        notices.send_later(TEMPLATE, to=to, subject=member.id, language=member.language, context=theirs, key=key)
