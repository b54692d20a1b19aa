"""Asking for a pack, its approval, and trying again (actions: one transaction and one event each)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from broker import jobs, vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope, State, needs_second_person
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.db.evidence_packs import ACT
from broker.terms import Actor

BUILD = "pack.build"
PEOPLE = frozenset({"officer", "approver"})


class NotPossible(Exception):
    """A pack cannot be asked for, built or handed out now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Ask:
    """A pack as somebody asks for it; `period` is a first day and the day after the last."""

    scope: Scope
    redaction: Redaction
    contents: Contents
    basis: Basis
    purpose: str
    recipient: str
    scope_id: uuid.UUID | None = None
    period: tuple[date, date] | None = None
    demand: LegalDemand | None = None

    @property
    def personal(self) -> bool:
        """Whether a second person must approve it."""
        return needs_second_person(self.redaction, self.contents)


def ask(wanted: Ask, *, requester: Actor, now: datetime) -> EvidencePack:
    """Ask for a pack. One without personal data is built at once, any other when a second person approved it.

    Raises `decide.NotAllowed` if this role may not ask.
    """
    pack_id = uuid.uuid4()
    first, end = wanted.period or (None, None)
    with transaction.atomic():
        number = _next(EvidencePack.objects.values_list("number", flat=True), "E", now)
        approval = _request(wanted, pack_id, number, requester, now) if wanted.personal else None
        made = EvidencePack(
            id=pack_id,
            number=number,
            scope=wanted.scope,
            scope_id=wanted.scope_id,
            period_from=first,
            period_to=end,
            letters=wanted.contents.letters,
            mails=wanted.contents.mails,
            files=wanted.contents.files,
            redaction=wanted.redaction,
            basis=wanted.basis,
            demand=wanted.demand,
            requester=requester.id,
            approval=approval,
            state=State.ASKED if approval else State.APPROVED,
            asked_at=now,
            purpose=_seal(pack_id, "purpose", wanted.purpose),
            recipient=_seal(pack_id, "recipient", wanted.recipient),
        )
        body = {**_facts(made), "scope_id": made.scope_id, "approval": approval.id if approval else None}
        made.audit_event_id = log.append("pack.asked", actor=requester, subject=None, obj="pack", body=body).id
        made.save(force_insert=True)
        if approval is None:
            jobs.enqueue(BUILD, made.id, key=f"{BUILD}:{made.id}:{made.audit_event_id}")
    return made


def try_again(pack: EvidencePack, *, actor: Actor) -> None:
    """Build a pack again that failed; raises `NotPossible`."""
    with transaction.atomic():
        row = EvidencePack.objects.select_for_update().get(id=pack.id)
        if row.state != State.FAILED:
            raise NotPossible("pack.not_failed")
        _approved(row, actor)


def enter(pack: EvidencePack, state: State, act: str, actor: Actor, *, res: str = "ok", **changes: object) -> None:
    """Let a pack enter a state under one event, inside the caller's transaction."""
    body = {**_facts(pack), **{name: value for name, value in changes.items() if name in _TOLD}}
    ref = log.append(act, actor=actor, subject=None, obj="pack", body=body, res=res)
    for name, value in {**changes, "state": state, "audit_event_id": ref.id}.items():
        setattr(pack, name, value)
    pack.save(update_fields=[*changes, "state", "audit_event"])


_TOLD = ("failure", "events", "checkpoint_size")


def seal_text(row: uuid.UUID, table: str, column: str, text: str) -> vault.Sealed:
    """Seal a text of a pack or a demand under the row's own key: it may name people who are nobody's customer."""
    return vault.seal(text, subject=row, place=vault.Place(table, column, row))


def next_demand_number(now: datetime) -> str:
    """Give the next number of a legal demand; unique by constraint, so two at once cannot get the same."""
    return _next(LegalDemand.objects.values_list("number", flat=True), "L", now)


def _request(wanted: Ask, pack_id: uuid.UUID, number: str, requester: Actor, now: datetime) -> Approval:
    # Without a subject: what two people decide about a pack is theirs until it is built; then she sees it.
    facts = {"number": number, "scope": wanted.scope.value, "redaction": wanted.redaction.value}
    return decide.request(ACT, requester=requester, reason=wanted.purpose, now=now, about=pack_id, params=facts)


def _may_build(approval: Approval, approver: Actor, now: datetime) -> None:  # noqa: ARG001  (the seam's signature)
    """Let the approved pack be built, inside the approving transaction."""
    assert approval.about is not None
    _approved(EvidencePack.objects.select_for_update().get(id=approval.about), approver)


def _approved(pack: EvidencePack, actor: Actor) -> None:
    enter(pack, State.APPROVED, "pack.approved", actor, failure="")
    jobs.enqueue(BUILD, pack.id, key=f"{BUILD}:{pack.id}:{pack.audit_event_id}")


def _facts(pack: EvidencePack) -> dict[str, object]:
    return {
        "pack": pack.id,
        "number": pack.number,
        "scope": pack.scope,
        "redaction": pack.redaction,
        "contents": [name for name in ("letters", "mails", "files") if getattr(pack, name)],
        "basis": pack.basis,
    }


def _seal(pack_id: uuid.UUID, column: str, text: str) -> vault.Sealed:
    return seal_text(pack_id, "packs_evidencepack", column, text)


def _next(numbers: QuerySet[Any, str], letter: str, now: datetime) -> str:
    prefix = f"{letter}-{now:%Y}-"
    last = numbers.filter(number__startswith=prefix).order_by("-number").first()
    return f"{prefix}{(int(last.removeprefix(prefix)) if last else 0) + 1:04d}"


EXPORT = TwoPersonAct(
    ACT, "Hand over an evidence pack", requesters=PEOPLE, approvers=PEOPLE, life=timedelta(days=14), run=_may_build
)
