"""What the events of a wait say of its row, so that neither can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.console.waits.models import Wait


def _told(head: Header, body: Body) -> Told | None:
    if head.res == "denied":  # her no came when it was over: the row stays as it was
        return None
    return Told(str(body["wait"]), {"approval": body["approval"], "state": body["state"]})


def _rows() -> Iterator[Row]:
    for each in Wait.objects.iterator():
        facts: dict[str, Json] = {"approval": str(each.approval), "state": each.state}
        yield Row(str(each.id), each.audit_event_id, facts)


WAITS = Claim(
    "waits_wait", "wait for a second person", frozenset({"waits.begun", "waits.objected", "waits.ended"}), _told, _rows
)
