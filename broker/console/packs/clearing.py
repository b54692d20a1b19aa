"""The end of an expired pack's file (action and daily job): its bytes go as soon as no legal hold keeps them.

The pack was put together from records that stay; what was handed out is known by its hash and its events.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import keeper, keys, log
from broker.console.packs import build
from broker.console.packs.lifecycle import State
from broker.console.packs.models import EvidencePack
from broker.db import holds
from broker.jobs import standing
from broker.operating import lost

CLEAR = "pack.clear"


@jobs.handler(CLEAR)
def clear_job(job: jobs.JobView) -> None:  # noqa: ARG001
    """Delete what a hold kept at the pack's expiry and keeps no more."""
    now = timezone.now()
    for pack in EvidencePack.objects.filter(state=State.EXPIRED, bytes_deleted_at__isnull=True):
        clear(pack, now=now)


standing.daily(CLEAR)
lost.made_for_a_time(lambda: EvidencePack.objects.filter(state=State.EXPIRED))


def clear(pack: EvidencePack, *, now: datetime) -> bool:
    """Delete an expired pack's sealed bytes and write it down; False where they must stay, or are gone.

    What was cut short after the bytes went is finished by the next run.
    """
    with transaction.atomic():
        row = EvidencePack.objects.select_for_update().get(id=pack.id)
        if row.state != State.EXPIRED or row.bytes_deleted_at is not None or row.file is None or _is_held(row):
            return False
        vault.delete_bytes(row.file, for_a_time=True)
        body = {"pack": row.id, "number": row.number, "bytes": row.bytes}
        row.audit_event_id = log.append("pack.deleted", actor=build.BUILDER, subject=None, obj="pack", body=body).id
        row.bytes_deleted_at = now
        row.save(update_fields=["bytes_deleted_at", "audit_event"])
    return True


def _is_held(pack: EvidencePack) -> bool:
    """Say whether a hold keeps the records of anybody in it; until the transaction ends nobody places one."""
    customers = sorted(set(pack.accesses.values_list("customer_id", flat=True)))
    with connection.cursor() as cursor:
        for token in sorted(keys.subject_token(each) for each in customers):
            holds.will_make_key(cursor, token)
    return any(keeper.is_held(each, holds.RECORDS) for each in (*customers, pack.id))
