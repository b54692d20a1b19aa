"""What events say of a customer's choices, so that none can vanish, appear or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.preferring.models import ChannelPreference


def _told(_head: Header, body: Body) -> Told:
    return Told(_name(body["consent"], body["number"]), {"channels": body["channels"]})


def _rows() -> Iterator[Row]:
    for each in ChannelPreference.objects.iterator():
        facts: dict[str, Json] = {"channels": each.channels}
        yield Row(_name(each.consent_id, each.number), each.audit_event_id, facts)


def _name(consent: object, number: object) -> str:
    return f"consent {consent}, choice {number}"


CLAIM = Claim(
    "preferring_channelpreference", "choice of a way by a customer", frozenset({"consent.preferred"}), _told, _rows
)
