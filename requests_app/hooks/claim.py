"""What events say of endpoints, their keys and messages, so that no row can vanish, appear or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from requests_app.hooks import events
from requests_app.hooks.models import Delivery, Endpoint, SigningKey
from requests_app.hooks.schedule import DeliveryState


def _endpoint(head: Header, body: Body) -> Told:
    facts: dict[str, Json] = {"reason_of_its_end": body.get("because", "")}
    if head.act == "hook.created":
        facts |= {"address": body["url"]}
    return Told(str(body["endpoint"]), facts)


def _endpoint_rows() -> Iterator[Row]:
    for each in Endpoint.objects.iterator():
        yield Row(str(each.id), each.audit_event_id, {"address": each.url, "reason_of_its_end": each.disabled_because})


def _key(_head: Header, body: Body) -> list[Told]:
    """The key that was made, and those whose end was set with it."""
    ending = body.get("ends", [])
    if not isinstance(ending, list):
        raise TypeError("ends")
    made = Told(str(body["key"]), {"endpoint": body["endpoint"], "end": ""})
    return [made, *(Told(str(_of(each, "key")), {"end": _of(each, "at")}) for each in ending)]


def _key_rows() -> Iterator[Row]:
    for each in SigningKey.objects.defer("secret").iterator():
        end = each.ends_at.isoformat() if each.ends_at else ""
        yield Row(str(each.id), each.audit_event_id, {"endpoint": str(each.endpoint_id), "end": end})


def _delivery(head: Header, body: Body) -> list[Told]:
    if head.act == "hook.queued":
        rows = body["deliveries"]
        if not isinstance(rows, list):
            raise TypeError("deliveries")
        facts: dict[str, Json] = {"message": body["message"], "type": body["type"], "state": DeliveryState.QUEUED.value}
        return [Told(str(_of(each, "delivery")), {**facts, "endpoint": _of(each, "endpoint")}) for each in rows]
    if head.act == "hook.resent":
        return [Told(str(body["delivery"]), {"state": DeliveryState.QUEUED.value})]
    return [Told(str(body["delivery"]), {"state": body["state"], "tries": body["attempt"]})]


def _delivery_rows() -> Iterator[Row]:
    for each in Delivery.objects.iterator():
        facts: dict[str, Json] = {
            "message": events.wire_id(each.message),
            "type": each.type,
            "endpoint": str(each.endpoint_id),
            "state": each.state,
            "tries": each.attempts,
        }
        yield Row(str(each.id), each.audit_event_id, facts)


def _of(value: Json, name: str) -> Json:
    if not isinstance(value, dict):
        raise TypeError(name)
    return value[name]


_SENDS = frozenset({"hook.queued", "hook.tried", "hook.delivered", "hook.failed", "hook.dropped", "hook.resent"})
CLAIMS = (
    Claim(
        "hooks_endpoint", "webhook endpoint", frozenset({"hook.created", "hook.disabled"}), _endpoint, _endpoint_rows
    ),
    Claim("hooks_signingkey", "webhook signing key", frozenset({"hook.created", "hook.rotated"}), _key, _key_rows),
    Claim("hooks_delivery", "webhook delivery", _SENDS, _delivery, _delivery_rows),
)
