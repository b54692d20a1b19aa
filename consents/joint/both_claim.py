"""What events say of the end of "both must agree": a row that nobody decided, or that vanished, is found."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.joint.models import BothChange


def _told(_head: Header, body: Body) -> Told:
    return Told(str(body["approval"]), {"account": body["account"]})


def _rows() -> Iterator[Row]:
    for each in BothChange.objects.select_related("asked").filter(kind=BothChange.Kind.ENDED).iterator():
        yield Row(str(each.approval), each.audit_event_id, {"account": str(each.asked.account_id)})


ENDED = Claim("joint_bothchange", "removal of “both must agree”", frozenset({"joint.ended"}), _told, _rows)
