"""What events say of the end of "both must agree", and of words after the first: a row that vanished is found."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.joint.models import BothChange, HolderMailbox

_ACTS = frozenset({"joint.ended", "joint.heard", "joint.recorded", "joint.required"})
_MAILBOX = "joint.mailbox"  # the act of two people


def _told(head: Header, body: Body) -> Told | None:
    if head.act not in ("joint.ended", "joint.heard"):
        again = body.get("again")
        return Told(str(again), {"by_holder": body["by_holder"]}) if again else None
    return Told(str(body["approval"]), {"account": body["account"]})


def _rows() -> Iterator[Row]:
    for each in BothChange.objects.select_related("asked").iterator():
        if each.kind == BothChange.Kind.AGAIN:
            yield Row(str(each.id), each.audit_event_id, {"by_holder": each.by_holder})
            continue
        yield Row(str(each.approval), each.audit_event_id, {"account": str(each.asked.account_id)})


def _told_of_mailbox(_head: Header, body: Body) -> Told | None:
    return Told(str(body["approval"]), {"member": body["about"]}) if body["of"] == _MAILBOX else None


def _mailboxes() -> Iterator[Row]:
    for each in HolderMailbox.objects.defer("email").iterator():
        yield Row(str(each.approval), each.audit_event_id, {"member": str(each.member_id)})


HEARD = Claim(
    "joint_holdermailbox",
    "second holder's mailbox as staff wrote it down",
    frozenset({"approval.requested"}),
    _told_of_mailbox,
    _mailboxes,
)
ENDED = Claim("joint_bothchange", "change of “both must agree”", _ACTS, _told, _rows)
