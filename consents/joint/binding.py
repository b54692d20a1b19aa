"""That both must agree is noted once for a customer's account number; what is asked once more is added (action)."""

import uuid
from datetime import datetime

from broker.approvals import decide
from broker.parties.models import UtilityAccount
from broker.terms import Actor, EventRef
from consents.joint.models import BothChange, CoApproval
from consents.joint.reach import asked_rows, same

END_BOTH = "joint.end_both"  # the act of two people that ends it


def facts(account: UtilityAccount, *, by_holder: bool) -> dict[str, object]:
    """Give what the entry of a new word says of the row that `bind` then makes under it."""
    first = not asked_rows(account)
    row = str(account.id) if first else None
    return {"binds": row, "again": None if first else str(uuid.uuid4()), "by_holder": by_holder}


def bind(
    account: UtilityAccount,
    told: dict[str, object],
    mailbox: bytes | None,
    *,
    ref: EventRef,
    actor: Actor,
    now: datetime,
) -> None:
    """Note a word under its entry, in the caller's transaction; what two people are asked to end is withdrawn by it."""
    by_holder = bool(told["by_holder"])
    word = {"by_holder": by_holder, "mailbox_index": mailbox if by_holder else None, "audit_event_id": ref.id}
    if told["again"] is None:
        CoApproval.objects.create(
            account=account, utility=account.utility, number_index=bytes(account.number_index), since=now, **word
        )
        return
    row = asked_rows(account)[0]
    change = uuid.UUID(str(told["again"]))
    BothChange.objects.create(id=change, asked=row, kind=BothChange.Kind.AGAIN, at=now, **word)
    for each in same(account):
        decide.overtaken(END_BOTH, about=each.id, actor=actor)


def is_being_ended(account: UtilityAccount) -> bool:
    """Say whether two people are being asked to end it."""
    return any(decide.is_open(END_BOTH, about=each.id) for each in same(account))
