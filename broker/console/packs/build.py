"""Building a pack: the export is logged first, then opened, then sealed into one file (a job)."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.approvals import decide
from broker.audit import banner, log, packing
from broker.audit.container import TooLarge
from broker.audit.log import Act
from broker.audit.opening import NotPermitted as NotOpened
from broker.audit.packing import Covered
from broker.console.packs import assembly, naming, selection
from broker.console.packs.lifecycle import LIFE, PATIENCE, Basis, Contents, Redaction, Scope, State, needs_second_person
from broker.console.packs.models import EvidencePack, PackAccess
from broker.console.packs.requesting import BUILD, enter
from broker.console.packs.selection import About
from broker.parties.models import User
from broker.terms import SERVICE, Actor, EventRef
from broker.vault.errors import NotPermitted

BUILDER = SERVICE("packs")
EXPIRE = "pack.expire"
FRESH = timedelta(seconds=40)  # an event opens for 60 s; a pack takes a while to collect
SOON = timedelta(seconds=1)
CLOSED = timedelta(minutes=5)  # until an officer acknowledged that the log does not match
LARGEST = 26 * 1024 * 1024  # of a sealed file; a larger scope becomes several packs


@dataclass(frozen=True)
class Under:
    """The committed events of one export: the whole, each customer's, and the pack's own."""

    parent: EventRef
    customers: Mapping[uuid.UUID, EventRef]
    pack: EventRef


@jobs.handler(BUILD)
def build_job(job: jobs.JobView) -> None:
    """Take a pack one step further; waits for the checkpoint that covers the export's own events."""
    step(EvidencePack.objects.get(id=job.subject_id), now=timezone.now())


def step(pack: EvidencePack, *, now: datetime) -> None:
    """Begin, or build as soon as a checkpoint covers the beginning; `RetryLater` until then.

    The wait costs no attempt and lasts at most 60 s; then the pack has failed, and a person may try again.
    """
    if not banner.exports_allowed(now):
        raise jobs.RetryLater("log.not_verified", CLOSED)
    if pack.state == State.APPROVED:
        _begin(pack, now)
    elif pack.state != State.BUILDING:
        return
    assert pack.export_event
    assert pack.begun_at
    parts = packing.group_of(EventRef(pack.export_event))
    covered = packing.covering(parts)
    if covered is None:
        if now - pack.begun_at < PATIENCE:
            raise jobs.RetryLater("log.checkpoint_pending", SOON)
        _fail(pack, "log.checkpoint_pending")
        return
    if now - pack.begun_at > FRESH:
        _begin(pack, now)  # what an earlier run began is too old to open anything: this is another read
        raise jobs.RetryLater("log.checkpoint_pending", SOON)
    try:
        _build(pack, parts, covered)
    except (NotPermitted, NotOpened):
        # An earlier run opened under this event and died: a new read needs its own.
        _begin(pack, now)
        raise jobs.RetryLater("log.checkpoint_pending", SOON) from None
    except TooLarge:
        _fail(pack, "pack.too_large")


def under(pack: EvidencePack, parts: list[EventRef]) -> Under:
    """Give the events of this export by whom they are about."""
    numbers = [each.id for each in parts]
    found = PackAccess.objects.filter(pack=pack, audit_event_id__in=numbers)
    customers = {each.customer_id: EventRef(each.audit_event_id) for each in found}
    return Under(parts[0], customers, parts[-1])


def acts(pack: EvidencePack, act: str, actor: Actor, customers: tuple[uuid.UUID, ...]) -> tuple[Act, list[Act]]:
    """Give the events of an export or of its handing out: the whole, one for each customer, one for the pack."""
    purpose = "legal_obligation" if pack.basis == Basis.DEMAND else "compliance"
    contents = [name for name in ("letters", "mails", "files") if getattr(pack, name)]
    body = {"pack": pack.id, "number": pack.number, "redaction": pack.redaction, "contents": contents}
    body |= {"basis": pack.basis, "requester": pack.requester}

    def one(subject: uuid.UUID | None) -> Act:
        return {"act": act, "actor": actor, "subject": subject, "purpose": purpose, "obj": "pack", "body": body}

    return one(None), [one(each) for each in (*customers, pack.id)]


def keep_accesses(pack: EvidencePack, customers: tuple[uuid.UUID, ...], refs: list[EventRef]) -> None:
    """Note which entry each customer sees, inside the transaction that writes them."""
    for customer, ref in zip(customers, refs[1:], strict=False):
        PackAccess.objects.create(pack=pack, customer_id=customer, audit_event_id=ref.id)


def customers_of(pack: EvidencePack, whole: About) -> tuple[uuid.UUID, ...]:
    """Give the customers who see the export: all of its scope, unless it is a list of headers of everybody."""
    contents = Contents(pack.letters, pack.mails, pack.files)
    if pack.scope == Scope.PERIOD and not needs_second_person(Redaction(pack.redaction), contents):
        return ()
    return whole.customers


def _begin(pack: EvidencePack, now: datetime) -> None:
    """Log the export and let the pack be built, in one commit: nothing was opened before it."""
    user = User.objects.filter(id=pack.requester).first()
    actor = Actor("s", user.id, role=user.role) if user else BUILDER
    customers = customers_of(pack, selection.about(pack))
    with transaction.atomic():
        current = EvidencePack.objects.select_for_update().get(id=pack.id)
        if (current.state, current.export_event) != (pack.state, pack.export_event):
            raise jobs.RetryLater("log.checkpoint_pending", SOON)  # another run began
        naming.before_telling(pack, customers, actor=actor, now=now)
        refs = log.append_group(*acts(pack, "admin.export", actor, customers))
        keep_accesses(pack, customers, refs)
        pack.state, pack.export_event, pack.begun_at, pack.audit_event_id = State.BUILDING, refs[0].id, now, refs[0].id
        pack.save(update_fields=["state", "export_event", "begun_at", "audit_event"])


def _build(pack: EvidencePack, parts: list[EventRef], covered: Covered) -> None:
    made = assembly.make(pack, under(pack, parts), covered, made_at=timezone.now())
    if len(made.data) > LARGEST:
        raise TooLarge("more than a sealed file holds")
    now = timezone.now()
    with transaction.atomic():
        current = EvidencePack.objects.select_for_update().get(id=pack.id)
        if current.state != State.BUILDING or current.export_event != pack.export_event:
            return  # another run was faster
        facts: dict[str, Any] = {
            "file": vault.seal_file(made.data, subject=pack.id, name=f"{pack.number}.zip"),
            "sha256": hashlib.sha256(made.data).digest(),
            "bytes": len(made.data),
            "checkpoint_size": covered.size,
            "events": made.events,
            "ready_at": now,
            "expires_at": now + LIFE,
        }
        if current.approval is not None:
            decide.execute(current.approval, actor=BUILDER, now=now)
        enter(current, State.READY, "pack.ready", BUILDER, **facts)
        jobs.enqueue(EXPIRE, pack.id, due_at=now + LIFE, key=f"{EXPIRE}:{pack.id}")


def _fail(pack: EvidencePack, code: str) -> None:
    with transaction.atomic():
        current = EvidencePack.objects.select_for_update().get(id=pack.id)
        if current.state == State.BUILDING:
            enter(current, State.FAILED, "pack.failed", BUILDER, res="error", failure=code)
