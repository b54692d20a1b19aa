"""What events say of customers' answers, so that none can vanish, appear or change alone."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from requests_app.brought.models import Answer


def _told(head: Header, body: Body) -> Told:
    return Told(str(body["answer"]), {"file": body["file"], "yes": head.act == "brought.confirmed"})


def _rows() -> Iterator[Row]:
    for each in Answer.objects.iterator():
        yield Row(str(each.id), each.audit_event_id, {"file": str(each.file_id), "yes": each.yes})


_ACTS = frozenset({"brought.confirmed", "brought.declined"})
CLAIM = Claim("brought_answer", "customer’s answer about a file that was brought", _ACTS, _told, _rows)
