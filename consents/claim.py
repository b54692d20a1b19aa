"""What events say of the suspensions of a consent, so that none can vanish or be lifted alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.models import Suspension

_SUSPENDED = "consent.suspended"
_LIFTED = frozenset({"consent.resumed", "consent.changed"})


def _told(head: Header, body: Body) -> list[Told]:
    if head.act == _SUSPENDED:
        facts = {"consent": body["consent"], "reason": body["because"], "end": False}
        return [Told(str(body["suspension"]), facts)]
    ended = body.get("suspensions", [])  # other changes of a consent lift none
    if not isinstance(ended, list):
        raise TypeError("suspensions")
    return [Told(str(each), {"end": True}) for each in ended]


def _rows() -> Iterator[Row]:
    for each in Suspension.objects.iterator():
        facts: dict[str, Json] = {
            "consent": str(each.consent_id),
            "reason": each.because,
            "end": each.lifted_at is not None,
        }
        yield Row(str(each.id), each.audit_event_id, facts)


CLAIM = Claim("consents_suspension", "suspension of a consent", frozenset({_SUSPENDED, *_LIFTED}), _told, _rows)
