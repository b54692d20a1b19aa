"""What events say of decisions about differences, so that none can vanish, appear or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from requests_app.differences.models import Settlement

_SAME = ("topic", "number", "rule", "approval", "stands", "role", "unit", "resolution", "account")


def _told(_head: Header, body: Body) -> Told:
    return Told(str(body["settlement"]), {name: body[name] for name in _SAME} | {"values": body["values"]})


def _rows() -> Iterator[Row]:
    for each in Settlement.objects.defer("reason").iterator():
        facts: dict[str, Json] = {
            "topic": str(each.topic),
            "number": each.number,
            "rule": each.rule,
            "approval": str(each.approval) if each.approval else None,
            "stands": str(each.stands_id) if each.stands_id else None,
            "role": each.role,
            "unit": each.unit,
            "resolution": each.resolution,
            "account": str(each.account_id),
            "values": len(each.moments),
        }
        yield Row(str(each.id), each.audit_event_id, facts)


CLAIMS = (Claim("differences_settlement", "decision about a difference", frozenset({"data.settled"}), _told, _rows),)
