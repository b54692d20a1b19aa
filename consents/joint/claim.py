"""What events say of objections and of the consents that they paused, so that none can vanish or end alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.joint.models import Objection, ObjectionReach

_State = Objection.State
_OUTCOMES = {"upheld": _State.UPHELD, "dismissed": _State.DISMISSED}


def _told(head: Header, body: Body) -> Told:
    facts: dict[str, Json] = {}
    if head.act == "objection.made":
        state = _State.REVIEW if body["waits_for_review"] else _State.RECEIVED
        facts |= {"utility": body["utility"], "state": state.value}
    elif head.act == "objection.checked":
        facts["state"] = _State.STANDING.value
    else:
        facts |= {"state": _OUTCOMES[str(body["outcome"])].value, "approval": body.get("approval")}
    return Told(str(body["objection"]), facts)


def _rows() -> Iterator[Row]:
    for each in Objection.objects.defer("account_number", "name", "email").iterator():
        facts: dict[str, Json] = {
            "utility": each.utility,
            "state": each.state,
            "approval": None if each.approval is None else str(each.approval),
        }
        yield Row(str(each.id), each.audit_event_id, facts)


def _told_of_reach(_head: Header, body: Body) -> Told | None:
    """Whether a consent is paused by an objection, or was let go because the names differ."""
    if "objection" not in body:
        return None  # a clerk's doubt, which has a row of its own
    return Told(_name(body["objection"], body["consent"]), {"end": body["reached"] is False})


def _reaches() -> Iterator[Row]:
    """The end of an objection ends what it paused, under the objection's own event: so these rows name none."""
    for each in ObjectionReach.objects.select_related("objection").iterator():
        ended, end = each.objection.resolved_at, each.lifted_at
        facts: dict[str, Json] = {"end": end is not None and (ended is None or end < ended)}
        yield Row(_name(each.objection.number, each.consent_id), None, facts)


def _name(objection: object, consent: object) -> str:
    return f"{objection}, consent {consent}"


OBJECTIONS = Claim(
    "joint_objection",
    "holder's objection",
    frozenset({"objection.made", "objection.checked", "objection.resolved"}),
    _told,
    _rows,
)
REACHES = Claim(
    "joint_objectionreach", "pause by an objection", frozenset({"consent.disputed"}), _told_of_reach, _reaches
)
