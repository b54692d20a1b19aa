"""Telling a customer of a legal demand: once, and not before the end of an order that forbids it (a job)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.console.packs.lifecycle import State
from broker.console.packs.models import DemandSubject
from broker.terms import SERVICE
from consents import electronic

TELL = "demand.notice"
WRITER = SERVICE("notices")


def plan(subject: DemandSubject, *, at: datetime) -> None:
    """Have a customer told at this time, inside the caller's transaction; a second plan for the same time is none."""
    jobs.enqueue(TELL, subject.id, due_at=at, key=f"{TELL}:{subject.id}:{at.isoformat()}")


@jobs.handler(TELL)
def tell_job(job: jobs.JobView) -> None:
    """Tell the customer, unless she was told before; a longer order that came meanwhile puts it off."""
    tell(DemandSubject.objects.select_related("demand", "customer").get(id=job.subject_id), now=timezone.now())


def tell(subject: DemandSubject, *, now: datetime) -> None:
    """Write the notice and record it, in one commit; `RetryLater` while an order forbids it."""
    demand = subject.demand
    if subject.notice is not None:
        return
    if demand.gag_until is not None and now < demand.gag_until:
        raise jobs.RetryLater("demand.gag", demand.gag_until - now)
    to = electronic.address(subject.customer, actor=WRITER, why="legal demand")
    handed = demand.packs.filter(state__in=[State.READY, State.EXPIRED], accesses__customer=subject.customer).exists()
    with transaction.atomic():
        row = DemandSubject.objects.select_for_update().get(id=subject.id)
        if row.notice is not None:
            return  # another run was faster
        message = electronic.Message(
            "legal_demand",
            subject.customer,
            {
                "number": demand.number,
                "authority": demand.authority,
                "kind": demand.kind,
                "reference": demand.reference,
                "received_on": demand.received_on,
                "forbidden_until": demand.gag_until,
                "handed": handed,
                "my_path": reverse("my"),
            },
            f"legal-demand:{subject.id}",
        )
        ref = None if to else electronic.printed(message, actor=WRITER)
        row.notice = electronic.deliver_message(message, to=to, ref=ref, now=now)
        body = {"demand": demand.id, "number": demand.number, "notice": row.notice}
        ref = log.append("demand.noticed", actor=WRITER, subject=subject.customer_id, obj="demand", body=body)
        row.noticed_at, row.audit_event_id = now, ref.id
        row.save(update_fields=["notice", "noticed_at", "audit_event"])
