"""What the events say of the rows of approvers from outside, so that none can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.encoding import b64url
from broker.audit.entry import Header
from broker.console.outside.models import Approver, Ask

_STANDS = {"outside.proposed": "proposed", "outside.enrolled": "enrolled", "outside.ended": "ended"}


def _person(head: Header, body: Body) -> Told:
    return Told(str(body["outside"]), {"state": _STANDS[head.act], "approval": body["approval"]})


def _people() -> Iterator[Row]:
    for each in Approver.objects.defer("email").iterator():
        state = "ended" if each.ended_at else "enrolled" if each.enrolled_at else "proposed"
        yield Row(str(each.id), each.audit_event_id, {"state": state, "approval": str(each.approval)})


def _ask(_head: Header, body: Body) -> Told:
    return Told(str(body["ask"]), {each: body[each] for each in ("approval", "outside", "state", "digest")})


def _asks() -> Iterator[Row]:
    for each in Ask.objects.defer("note", "answer").iterator():
        facts: dict[str, Json] = {
            "approval": str(each.approval),
            "outside": str(each.outside_id),
            "state": each.state,
            "digest": b64url(bytes(each.digest)),
        }
        yield Row(str(each.id), each.audit_event_id, facts)


PEOPLE = Claim("outside_approver", "approver from outside", frozenset(_STANDS), _person, _people)
ASKS = Claim(
    "outside_ask",
    "ask of an approver from outside",
    frozenset({"outside.asked", "outside.confirmed", "outside.answered", "outside.over"}),
    _ask,
    _asks,
)
