"""What the keeper's process does (actions): lets keys show their holds, releases, destroys, deletes files' bytes.

Each piece is one transaction that can be repeated: what was cut short is found and finished by the next pass.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from broker import vault
from broker.approvals import decide
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.audit import keeper, log
from broker.audit.keeper import KEEPER, Destroyed, Group
from broker.console.holds import proof, retention
from broker.console.holds.models import Disposal, DisposalState, HoldState, LegalHold, Rule, Scope
from broker.console.holds.numbers import next_number
from broker.console.holds.placing import RELEASE, SHRED, refuse
from broker.console.hours import local
from broker.db.evidence_completeness import ACT as SURPLUS
from broker.vault.models import SealedFile, VaultKey
from requests_app.brought.models import BroughtFile
from requests_app.inbound.holding import LOGINS
from requests_app.upload.models import ShareDraft

DRAFT_RULE, BROUGHT_RULE = "share_draft", "brought_file"
_alarmed: set[uuid.UUID] = set()  # keys that somebody moved, of which this process has said so


def work(now: datetime) -> int:
    """Do everything that waits; return how many pieces were done."""
    steps = (
        apply_holds,
        release_holds,
        destroy_approved,
        destroy_surplus,
        destroy_logins,
        destroy_drafts,
        destroy_brought,
        delete_files,
    )
    return sum(step(now) for step in steps)


def apply_holds(_now: datetime) -> int:
    """Let the keys of newly held customers show it."""
    waiting = LegalHold.objects.filter(state=HoldState.PLACED).order_by("placed_at")
    return sum(_apply(hold_id) for hold_id in list(waiting.values_list("id", flat=True)))


def _apply(hold_id: uuid.UUID) -> int:
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update().get(id=hold_id)
        if hold.state != HoldState.PLACED:
            return 0
        count = keeper.hold_keys(hold.subject, scope=hold.scope, hold=hold.id)
        hold.audit_event_id = _log(
            "hold.applied", None, "hold", {"hold": hold.id, "subject": hold.subject, "keys": count}
        )
        hold.state = HoldState.HELD
        hold.save(update_fields=["state", "audit_event"])
    return 1


def release_holds(now: datetime) -> int:
    """Release what two people decided."""
    return sum(_release(approval, now) for approval in _approved(RELEASE, now))


def _release(approval: Approval, now: datetime) -> int:
    if code := proof.flaw(approval):
        return _end(approval, code)
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update().filter(id=approval.about or approval.id).first()
        if hold is None or hold.state != HoldState.HELD or not _still_approved(approval):
            return 0
        facts = {"hold": hold.id, "subject": hold.subject, "approval": approval.id}
        hold.audit_event_id = _log("hold.released", None, "hold", facts)
        hold.state, hold.released_at, hold.approval = HoldState.RELEASED, now, approval.id
        hold.save(update_fields=["state", "released_at", "approval", "audit_event"])
        people = [approval.requester, _second(approval)]
        keeper.release_keys(hold.subject, scope=hold.scope, hold=hold.id, approvers=people)
        decide.execute(approval, actor=KEEPER, now=now)
    return 1


def destroy_approved(now: datetime) -> int:
    """Destroy what two people decided; what a hold keeps is logged once and tried again after the release."""
    return sum(_destroy(approval, now) for approval in _approved(SHRED, now))


def _destroy(approval: Approval, now: datetime) -> int:
    group = proof.group_of(approval)
    if group is None:
        return _end(approval, "approval.nothing")
    if code := proof.flaw(approval):
        return _end(approval, code)
    if not proof.is_due(approval, group, now):
        return 0  # asked for some days before; it waits
    try:
        return _destroy_group(approval, group, now)
    except keeper.Altered as altered:
        _alarm(altered, {"approval": approval.id})
        return _end(approval, "approval.altered")


def _alarm(altered: keeper.Altered, more: dict[str, Any]) -> None:
    facts = {"why": "key.altered", "vault_key": str(altered), **more}
    log.append("alarm.log", actor=KEEPER, subject=None, body=facts, obj="key", res="error")


def _destroy_group(approval: Approval, group: Group, now: datetime) -> int:
    params, people = approval.params, {"requester": approval.requester, "approver": _second(approval)}
    with transaction.atomic():
        if not _still_approved(approval):
            return 0
        found = Disposal.objects.filter(approval=approval.id).first()
        try:
            if (until := proof.until_of(approval)) is None:
                gone = keeper.destroy(
                    group, scope=params["scope"], rule=params["rule"], approval=approval.id, people=people
                )
                # What was attached from the holding pen lies there, too, each mail under a key that seals nothing else.
                pen = vault.keys_alone([uuid.UUID(each) for each in params.get("files", [])])
                more = keeper.destroy_keys(pen, rule=params["rule"], approval=approval.id, people=people)
                gone = gone.with_more(more)
            else:
                keys = retention.login_keys(group.period, until)
                gone = keeper.destroy_keys(keys, rule=params["rule"], approval=approval.id, people=people)
        except keeper.Held:
            return 0 if found else _note_refusal(approval, group, now)
        _write_down(found or _new(approval, group, now), gone, now)
        decide.execute(approval, actor=KEEPER, now=now)
    return 1


def destroy_surplus(now: datetime) -> int:
    """Destroy files that brought too much, where two people decided so; a hold keeps them like everything else."""
    asked = _approved(SURPLUS, now)
    return sum(_destroy_files(each, now) for each in asked if each.params.get("rule") == Rule.SURPLUS)


def _destroy_files(approval: Approval, now: datetime) -> int:
    if code := proof.flaw(approval):
        return _end(approval, code)
    params, people = approval.params, {"requester": approval.requester, "approver": _second(approval)}
    wanted = sorted(uuid.UUID(key) for key in params["vault_keys"])
    # The keys seal these files and nothing else: whoever wrote the row cannot have named the key of something else.
    if not wanted or wanted != vault.keys_alone([uuid.UUID(each) for each in params["files"]]):
        return _end(approval, "approval.nothing")
    assert approval.subject is not None
    group = Group(approval.subject, params["class"], int(params["period"]))
    with transaction.atomic():
        if not _still_approved(approval):
            return 0
        found = Disposal.objects.filter(approval=approval.id).first()
        try:
            gone = keeper.destroy_keys(wanted, rule=Rule.SURPLUS, approval=approval.id, people=people)
        except keeper.Held:
            return 0 if found else _note_refusal(approval, group, now)
        _write_down(found or _new(approval, group, now), gone, now)
        decide.execute(approval, actor=KEEPER, now=now)
    return 1


def destroy_logins(now: datetime) -> int:
    """Destroy mails that carried a portal login whose ten working days are over: their rule alone says so (0147).

    Each in a transaction of its own, so that one that cannot go keeps no other. A hold keeps them all; the officer's
    home counts what it keeps.
    """
    found = retention.logins_due(local(now).date())
    return 0 if not found or _logins_are_held() else sum(destroy_login(each, now) for each in found)


def _logins_are_held() -> bool:
    return keeper.is_held(LOGINS, Scope.RECORDS)


def destroy_login(due: retention.LoginDue, now: datetime) -> int:
    """Destroy one of them; 0 where a hold keeps it, another keeper was first, or its key is not as it was made."""
    try:
        with transaction.atomic():
            gone = keeper.destroy_keys([due.key], rule=Rule.LOGIN, approval=None, people={})
            if not gone.vault_keys:
                return 0
            row = _row(Group(LOGINS, vault.CASE, due.period), Scope.RECORDS, Rule.LOGIN, now)
            _write_down(row, gone, now)
    except keeper.Held:
        return 0
    except keeper.Altered as altered:
        if due.key not in _alarmed:  # it is met again at every pass
            _alarmed.add(due.key)
            _alarm(altered, {})
        return 0
    return 1


def destroy_drafts(_now: datetime) -> int:
    """Destroy the keys of files that a customer looked at and that are over: their bytes are deleted already.

    Each draft is a subject of its own, so its keys seal nothing else; what she saved was sealed anew under her own.
    """
    over = ShareDraft.objects.filter(emptied_at__isnull=False).values("id")
    waiting = VaultKey.objects.filter(shredded_event__isnull=True, subject__in=over)
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for key, subject in waiting.values_list("id", "subject")[: keeper.BATCH]:
        found.setdefault(subject, []).append(key)
    return sum(_destroy_alone(keys, DRAFT_RULE) for keys in found.values())


def destroy_brought(_now: datetime) -> int:
    """Destroy the keys of files that a recipient brought and that are over: their bytes are deleted already.

    Each file and its preview lie under keys of their own; what the customer confirmed was sealed anew under hers.
    """
    over = BroughtFile.objects.filter(emptied_at__isnull=False)
    sealed = SealedFile.objects.filter(Q(id__in=over.values("file")) | Q(id__in=over.values("preview")))
    live = VaultKey.objects.filter(shredded_event__isnull=True, id__in=sealed.values("vault_key"))
    files = sealed.filter(vault_key__in=live.values("id")).values_list("id", flat=True)[: keeper.BATCH]
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for key in VaultKey.objects.filter(id__in=vault.keys_alone(list(files))):
        found.setdefault(key.subject, []).append(key.id)
    return sum(_destroy_alone(keys, BROUGHT_RULE) for keys in found.values())


def _destroy_alone(keys: list[uuid.UUID], rule: str) -> int:
    try:
        with transaction.atomic():
            keeper.destroy_keys(keys, rule=rule, approval=None, people={})
    except keeper.Held:
        return 0  # a legal hold keeps it; it is tried again
    return 1


def _end(approval: Approval, code: str) -> int:
    """Take back what two people did not decide, or decided about nothing; who still wants it asks again."""
    with transaction.atomic():
        if not _still_approved(approval):
            return 0
        facts = {"approval": approval.id, "of": approval.act, "about": approval.about, "code": code}
        approval.audit_event_id = log.append(
            "approval.withdrawn", actor=KEEPER, subject=None, body=facts, obj="approval", res="denied"
        ).id
        approval.state = State.WITHDRAWN
        approval.save(update_fields=["state", "audit_event"])
    return 1


def _note_refusal(approval: Approval, group: Group, now: datetime) -> int:
    row = _new(approval, group, now)
    row.state = DisposalState.REFUSED
    row.audit_event_id = refuse(group.subject, {"approval": approval.id, **approval.params}, actor=KEEPER).id
    row.save(force_insert=True)
    return 1


def _new(approval: Approval, group: Group, now: datetime) -> Disposal:
    row = _row(group, approval.params["scope"], approval.params["rule"], now)
    row.approval, row.requester, row.approver = approval.id, approval.requester, _second(approval)
    return row


def _row(group: Group, scope: str, rule: str, now: datetime) -> Disposal:
    return Disposal(
        id=uuid.uuid4(),
        number=next_number(Disposal, "D", now),
        subject=group.subject,
        retention=group.retention,
        period=group.period,
        scope=scope,
        rule=rule,
    )


def _write_down(row: Disposal, gone: Destroyed, now: datetime) -> None:
    row.log_keys = [kid.hex() for kid in gone.log_keys]
    row.vault_keys = [str(key) for key in gone.vault_keys]
    row.entries, row.files = gone.entries, gone.files
    row.first_event, row.last_event = (gone.events[0], gone.events[-1]) if gone.events else (None, None)
    row.state, row.done_at = DisposalState.SHREDDED, now
    facts = {
        "disposal": row.id,
        "number": row.number,
        "rule": row.rule,
        "class": row.retention,
        "period": row.period,
        "scope": row.scope,
        "keys": len(gone.log_keys) + len(gone.vault_keys),
        "entries": gone.entries,
        "files": gone.files,
        **_why(row),
    }
    row.audit_event_id = _log("disposal.done", row.subject, "disposal", facts)
    row.save()


def delete_files(now: datetime) -> int:
    """Delete the bytes of files whose keys were destroyed, then write down that they are gone."""
    return sum(_finish(row, now) for row in list(Disposal.objects.filter(state=DisposalState.SHREDDED)))


def _finish(row: Disposal, now: datetime) -> int:
    files = SealedFile.objects.filter(vault_key__in=[uuid.UUID(key) for key in row.vault_keys])
    for file_id in files.values_list("id", flat=True):
        vault.delete_bytes(file_id)
    with transaction.atomic():
        facts = {"disposal": row.id, "files": row.files, **_why(row)}
        row.audit_event_id = _log("disposal.finished", row.subject, "disposal", facts)
        row.state, row.finished_at = DisposalState.FINISHED, now
        row.save(update_fields=["state", "finished_at", "audit_event"])
    return 1


def _why(row: Disposal) -> dict[str, str]:
    """Say that a file brought too much: no law or order asked for it, and what was destroyed was perhaps never hers."""
    return {"how": "surplus", "why": "surplus"} if row.rule == Rule.SURPLUS else {}


def _approved(act: str, now: datetime) -> list[Approval]:
    found = Approval.objects.filter(act=act, state=State.APPROVED, expires_at__gt=now)
    return list(found.order_by("decided_at"))


def _still_approved(approval: Approval) -> bool:
    return Approval.objects.select_for_update().filter(id=approval.id, state=State.APPROVED).exists()


def _second(approval: Approval) -> uuid.UUID:
    if approval.approver is None:
        raise ValueError("an approved act names who approved it")
    return approval.approver


def _log(act: str, subject: uuid.UUID | None, obj: str, body: dict[str, Any]) -> int:
    return log.append(act, actor=KEEPER, subject=subject, purpose="legal_obligation", obj=obj, body=body).id
