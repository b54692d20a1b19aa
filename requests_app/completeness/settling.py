"""Where a request goes once its files are decided on: what is missing keeps it open (actions, in the caller's own)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from broker.audit import log
from broker.terms import Actor, EventRef, Refusal
from requests_app.completeness import query
from requests_app.completeness.matrix import Cell
from requests_app.completeness.models import NoneSaid
from requests_app.completeness.words import REASONS
from requests_app.lifecycle import OVER, ManualState
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.moves import move


def settle(manual: ManualRequest, ref: EventRef) -> bool:
    """Move a request on when nobody has to look at its files any more; give whether it moved.

    Complete: delivered. A part came: partially answered, and the clock runs on for the rest. Nothing could be taken:
    it waits on as before. A file that brought too much holds nothing up: what may be had of it was cut out of it.
    """
    waiting = ReceivedFile.objects.filter(message__manual=manual, state=ReceivedFile.State.QUARANTINED, surplus=None)
    if waiting.exists():
        return False
    found = query.matrix(manual.request)
    if found.has_some:
        return move(manual, ManualState.DELIVERED if found.is_complete else ManualState.PARTIALLY_ANSWERED, ref=ref)
    if found.rows and found.is_complete and found.of_state(Cell.NONE_EXISTS):
        return move(manual, ManualState.DELIVERED, ref=ref)  # the utility says that there is nothing at all
    return move(manual, ManualState.WAITING_ON_UTILITY, ref=ref)


def say_none(
    manual: ManualRequest,
    cell: tuple[UUID, str, date | None],
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    holds: bool = True,
) -> NoneSaid | Refusal:
    """Write down that the utility has nothing for a cell, or (`holds` false) that this was a mistake.

    `cell`: account, kind of data, first day of the month (None for data without months). A cell that came, or is not
    of this request, is refused; so is one of a request that is over. One event; the request settles.
    """
    account, data_type, month = cell
    if reason not in REASONS:
        return Refusal("ask.invalid")
    with transaction.atomic():
        ManualRequest.objects.select_for_update(of=("self",)).get(id=manual.id)
        manual.refresh_from_db()
        state = Cell.NONE_EXISTS if not holds else Cell.MISSING
        states = (state,) if not holds else (Cell.MISSING, Cell.UNREADABLE)
        if ManualState(manual.state) in OVER or cell not in query.matrix(manual.request).of_state(*states):
            return Refusal("state.conflict")
        ref = log.append(
            "file.none_said",
            actor=actor,
            subject=manual.request.customer_id,
            obj="manual_request",
            body={
                "request": manual.request_id,
                "number": manual.number,
                "data_types": [data_type],
                "month": month,
                "reason": reason,
                "holds": holds,
            },
        )
        key = {"manual": manual, "account_id": account, "data_type": data_type, "month": month or query.NO_MONTH}
        made = NoneSaid.objects.create(
            **key,
            number=NoneSaid.objects.filter(**key).count() + 1,
            holds=holds,
            reason=reason,
            at=now,
            audit_event_id=ref.id,
        )
        if manual.state == ManualState.PARTIALLY_ANSWERED:
            settle(manual, ref)
    return made
