"""The certificate of a destruction: what became unreadable, by which rule, who decided it, and where the log says so.

It names keys, numbers and days, and no person: staff stand by role and opaque id, the customer not at all.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from broker import sandbox
from broker.audit import proofs, tlogproof
from broker.audit.encoding import b64url
from broker.audit.log import append_read
from broker.console.holds.models import Disposal, DisposalState
from broker.db import installation
from broker.terms import Actor, EventRef

WALL, CPU = 30.0, 20


class NotYet(Exception):
    """No published checkpoint covers the destruction yet, or its files are not deleted yet."""


def make(row: Disposal, *, officer: Actor) -> bytes:
    """Give the certificate as a PDF, made from what the log and the register hold; its making is an event."""
    facts = _facts(row)
    append_read(
        "disposal.certified",
        actor=officer,
        subject=row.subject,
        purpose="legal_obligation",
        obj="disposal",
        body={"disposal": row.id, "number": row.number},
    )
    html = render_to_string("console/certificate.html", facts)
    answer = sandbox.call("broker.console.packs.pdf:report", {"html": html}, wall=WALL, cpu=CPU)
    return sandbox.unpack(answer["pdf"])


def _facts(row: Disposal) -> dict[str, Any]:
    if row.state != DisposalState.FINISHED:
        raise NotYet
    last = row.last_event if row.last_event is not None else row.audit_event_id
    try:
        proof = tlogproof.parse(proofs.tlog_proof(EventRef(last)))
    except proofs.NotCovered:
        raise NotYet from None
    return {
        "row": row,
        "css": mark_safe(render_to_string("console/certificate.css")),  # noqa: S308 - our own file, no values in it
        "operator": settings.OPERATOR_NAME,
        "rehearsal": installation.mode() == "rehearsal",
        "requester": b64url(row.requester.bytes) if row.requester else "",
        "approver": b64url(row.approver.bytes) if row.approver else "",
        "index": proof.index,
        "checkpoint": proof.note,
        "origin": settings.LOG_ORIGIN,
    }
