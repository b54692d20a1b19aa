"""Handing a pack out, and its end (actions): each hand-over is an entry that the customer sees."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import banner, log
from broker.console.packs import build, clearing, gag, naming
from broker.console.packs.lifecycle import State
from broker.console.packs.models import EvidencePack
from broker.console.packs.requesting import NotPossible, enter
from broker.terms import Actor


def hand_out(pack: EvidencePack, *, actor: Actor, now: datetime) -> bytes:
    """Give a finished pack's bytes; the hand-over is logged and committed before it is opened.

    Raises `NotPossible` where it is not ready, or is no longer handed out.
    """
    if pack.state != State.READY or pack.expires_at is None or now >= pack.expires_at:
        raise NotPossible("pack.not_ready")
    if not banner.exports_allowed(now):
        raise NotPossible("log.not_verified")
    if gag.overtaken(pack, now):
        raise NotPossible("pack.overtaken")
    assert pack.file
    assert pack.sha256
    customers = tuple(pack.accesses.order_by("customer_id").values_list("customer_id", flat=True).distinct())
    with transaction.atomic():
        naming.before_telling(pack, customers, actor=actor, now=now)
        refs = log.append_group(*build.acts(pack, "pack.read", actor, customers))
        build.keep_accesses(pack, customers, refs)
    data = vault.open_file(pack.file, under=refs[-1])
    if hashlib.sha256(data).digest() != bytes(pack.sha256):
        raise NotPossible("pack.changed")
    return data


@jobs.handler(build.EXPIRE)
def expire_job(job: jobs.JobView) -> None:
    """End a pack's life, and its file's where no hold keeps it."""
    pack, now = EvidencePack.objects.get(id=job.subject_id), timezone.now()
    expire(pack, now=now)
    clearing.clear(pack, now=now)


def expire(pack: EvidencePack, *, now: datetime) -> None:
    """Hand a pack out no more from its expiry on."""
    with transaction.atomic():
        row = EvidencePack.objects.select_for_update().get(id=pack.id)
        if row.state == State.READY and row.expires_at is not None and now >= row.expires_at:
            enter(row, State.EXPIRED, "pack.expired", build.BUILDER)
