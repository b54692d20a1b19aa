"""What the events of a review say of its rows, so that neither can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.console.rights.models import Item, Review

_OF_A_REVIEW = frozenset({"rights.begun", "rights.closed"})
_OF_AN_ITEM = frozenset({"rights.kept", "rights.taken", "rights.missed", "rights.gone"})


def _told(head: Header, body: Body) -> Told:
    return Told(str(body["review"]), {"number": body["number"], "closed": head.act == "rights.closed"})


def _reviews() -> Iterator[Row]:
    for each in Review.objects.iterator():
        facts: dict[str, Json] = {"number": each.number, "closed": each.closed_at is not None}
        yield Row(str(each.id), each.audit_event_id, facts)


def _told_of_item(_head: Header, body: Body) -> Told:
    return Told(str(body["item"]), {"state": body["state"], "about": body["about"]})


def _items() -> Iterator[Row]:
    for each in Item.objects.exclude(state=Item.State.WAITING).iterator():
        facts: dict[str, Json] = {"state": each.state, "about": str(each.person_id or each.application_id)}
        yield Row(str(each.id), each.audit_event_id, facts)


REVIEWS = Claim("rights_review", "review of rights", _OF_A_REVIEW, _told, _reviews)
ITEMS = Claim("rights_item", "right that was looked at", _OF_AN_ITEM, _told_of_item, _items)
