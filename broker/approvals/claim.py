"""What the events of a two-person act say of its row, so that neither can vanish or change alone."""

import uuid
from collections.abc import Iterator

from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.encoding import b64url
from broker.audit.entry import Header

_STATES = {
    "approval.requested": State.REQUESTED,
    "approval.given": State.APPROVED,
    "approval.refused": State.REFUSED,
    "approval.withdrawn": State.WITHDRAWN,
    "approval.executed": State.EXECUTED,
    "approval.expired": State.EXPIRED,
}


def _told(head: Header, body: Body) -> Told:
    facts: dict[str, Json] = {"state": _STATES[head.act].value, "kind": body["of"], "object": body["about"]}
    who = head.actor.partition(":")[2]
    if head.act == "approval.requested":
        facts |= {"who_asked": who, "params": body["params"]}
    elif head.act in ("approval.given", "approval.refused"):
        facts |= {"who_decided": who}
    return Told(str(body["approval"]), facts)


def _rows() -> Iterator[Row]:
    for each in Approval.objects.defer("reason").iterator():
        facts: dict[str, Json] = {
            "state": each.state,
            "kind": each.act,
            "object": None if each.about is None else str(each.about),
            "params": each.params,
            "who_asked": _person(each.requester),
            "who_decided": _person(each.approver),
        }
        yield Row(str(each.id), each.audit_event_id, facts)


def _person(identity: uuid.UUID | None) -> str | None:
    return None if identity is None else b64url(identity.bytes)


CLAIM = Claim("approvals_approval", "two-person act", frozenset(_STATES), _told, _rows)
