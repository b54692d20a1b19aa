"""What events say of second holders, objections and signs of abuse, so that no row can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.joint.members import BY_LINK
from consents.joint.models import AbuseSign, CoApproval, JointMember, Objection, ObjectionReach

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


def _told_of_reach(head: Header, body: Body) -> Told | list[Told] | None:
    """Which consents an objection pauses, or let go: when the names differ, and when it is resolved."""
    if head.act == "objection.resolved":
        lifted = body["lifted"]
        if not isinstance(lifted, list):
            raise TypeError("lifted")
        return [Told(_name(body["number"], consent), {"end": True}) for consent in lifted]
    if "objection" not in body:
        return None  # a clerk's doubt, which has a row of its own
    return Told(_name(body["objection"], body["consent"]), {"end": body["reached"] is False})


def _reaches() -> Iterator[Row]:
    for each in ObjectionReach.objects.select_related("objection").iterator():
        name = _name(each.objection.number, each.consent_id)
        yield Row(name, each.audit_event_id, {"end": each.lifted_at is not None})


def _told_of_member(head: Header, body: Body) -> Told | None:
    """What one event says of a second holder; a consent has one, and names it."""
    facts: dict[str, Json] = {}
    match head.act:
        case "joint.recorded":
            facts = {"member": body["member"], "mailbox": body["mailbox"], "both_must_agree": body["both_must_agree"]}
            facts |= {"notice": False, "agreement": False, "stop": False}
        case "joint.named":
            facts = {"mailbox": True}
        case "joint.required" if body["both_must_agree"]:
            facts = {"both_must_agree": True}
        case "notice.queued" if body.get("member") and body["first"]:
            facts = {"notice": True}
        case "consent.confirmed":
            facts = {"agreement": True}
        case "consent.revoked" if body["how"] == BY_LINK and "with" not in body:
            facts = {"stop": True}
    return Told(str(body["consent"]), facts) if facts else None


def _members() -> Iterator[Row]:
    for each in JointMember.objects.defer("name", "email").iterator():
        facts: dict[str, Json] = {
            "member": str(each.id),
            "mailbox": each.email_index is not None,
            "both_must_agree": each.must_agree,
            "notice": each.told_at is not None,
            "agreement": each.agreed_at is not None,
            "stop": each.stopped_at is not None,
        }
        yield Row(str(each.consent_id), each.audit_event_id, facts)


def _told_of_both(_head: Header, body: Body) -> Told | None:
    """That both must agree over an account; asked once more, it makes no further row."""
    # Older entries do not say who asked.
    return Told(str(body["binds"]), {"by_holder": body.get("by_holder", False)}) if body["binds"] else None


def _both() -> Iterator[Row]:
    """These rows name no event here: asked for anew after an end, the row is the one of the first time."""
    for each in CoApproval.objects.filter(account__isnull=False).iterator():
        yield Row(str(each.account_id), None, {"by_holder": each.by_holder})


def _told_of_signs(_head: Header, body: Body) -> list[Told]:
    signs = body["signs"]
    if not isinstance(signs, list):
        raise TypeError("signs")
    told = []
    for each in signs:
        if not isinstance(each, list):
            raise TypeError("sign")
        code, counted, limit = each
        told.append(Told(f"consent {body['consent']}, {code}", {"number_counted": counted, "limit": limit}))
    return told


def _signs() -> Iterator[Row]:
    for each in AbuseSign.objects.iterator():
        facts: dict[str, Json] = {"number_counted": each.counted, "limit": each.limit}
        yield Row(f"consent {each.consent_id}, {each.code}", each.audit_event_id, facts)


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
    "joint_objectionreach",
    "pause by an objection",
    frozenset({"consent.disputed", "objection.resolved"}),
    _told_of_reach,
    _reaches,
)
MEMBERS = Claim(
    "joint_jointmember",
    "second holder of a consent's account",
    frozenset(
        {"joint.recorded", "joint.named", "joint.required", "notice.queued", "consent.confirmed", "consent.revoked"}
    ),
    _told_of_member,
    _members,
)
BOTH = Claim(
    "joint_coapproval",
    "note that both holders must agree",
    frozenset({"joint.recorded", "joint.required"}),
    _told_of_both,
    _both,
)
SIGNS = Claim("joint_abusesign", "sign of abuse", frozenset({"abuse.found"}), _told_of_signs, _signs)
CLAIMS = (OBJECTIONS, REACHES, MEMBERS, BOTH, SIGNS)
