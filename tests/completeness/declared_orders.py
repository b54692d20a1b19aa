"""What the orders of a test key leave in the log: the order's own entry, and those of the acts that it plays."""

from typing import Any

from tests.completeness.watch import E


def _of_ask(order: str) -> E:
    said = {"order": order, "ask": "{ask}"}
    return E("rehearsal.ordered", "application/application", "ask", obj="contact", body=said)


def _of_request(order: str, **more: Any) -> E:
    said = {"order": order, "request": "{request}", **more}
    return E("rehearsal.ordered", "application/application", "her", obj="manual_request", body=said)


def _foreign(kind: str) -> E:
    return E("auth.foreign", "application/application", res="denied", body={"kind": kind, "id": "{foreign}"})


_CONTACT: dict[str, Any] = {"of": "ask", "obj": "contact", "body": {"ask": "{ask}", "organisation": "{organisation}"}}
_SAVED = tuple(
    E("draft.saved", "customer", "draft", body={"step": step})
    for step in ("begin", "account", "data", "purpose", "terms")
)
_SHARE = {"purpose": "share"}
_OWN: dict[str, Any] = {"purpose": "own_data", "cnt": 1}
ORDERS_ASK: dict[str, tuple[E, ...]] = {
    "api-test-decline POST": (_of_ask("decline"), E("ask.declined", "customer", **_CONTACT)),
    "api-test-expire POST": (_of_ask("expire"), E("ask.expired", "service", **_CONTACT)),
    "api-test-grant POST": (
        _of_ask("grant"),
        E("code.sent", "customer", "address", body=_SHARE),
        E("link.opened", "customer", "address", body=_SHARE),
        E("mail.read", "service", "address", obj="mail", purpose="operations", cnt=1, body={"why": "rehearsal"}),
        E("code.accepted", "customer", "address", body=_SHARE),
        *_SAVED,
        E("draft.read", "customer", "address", obj="link", **_OWN),
        E("letter.prepared", "customer", "draft"),
        E("draft.read", "customer", "draft", obj="letter", **_OWN, body={"part": "file"}),
        E("letter.shown", "customer", "draft", body={"step": "read"}),
        E("draft.read", "customer", "draft", obj="draft", **_OWN, body={"part": "pages"}),
        E("consent.granted", "customer", "her", purpose="rate_comparison"),
        E("ask.granted", "customer", "her", obj="contact", body={"ask": "{ask}"}),
    ),
    "api-test-confirm POST": (
        _of_ask("confirm"),
        E("identity.proven", "service", "her", obj="account", body={"how": "clerk_button", "level": "L3"}),
    ),
    "api-test-revoke POST": (
        _of_ask("revoke"),
        E("consent.revoked", "customer", "her", body={"how": "dashboard"}),
    ),
    "api-test-revoke POST over": (_of_ask("revoke"),),
    "api-test-grant POST foreign": (_foreign("ask"),),
}

_ASKED = E(
    "request.read", "service", "her", obj="request", purpose="fulfilment", cnt=1, body={"why": "rehearsal"}
)  # the played clerk opens what was asked
_ANSWERED = (
    _ASKED,
    E("file.received", "service", "her", obj="message", cnt=1, body={"request": "{request}", "kind": "answer"}),
    E("file.read", "service", "her", obj="received_file", purpose="fulfilment", cnt=1, body={"why": "to accept it"}),
    E("file.accepted", "service", "her", obj="received_file", body={"request": "{request}", "came_by": "email"}),
)
_NUMBER: dict[str, Any] = {"of": "her", "obj": "manual_request"}
ORDERS_COOP: dict[str, tuple[E, ...]] = {
    "api-test-request-part POST": (_of_request("part"), *_ANSWERED),
    "api-test-request-answer POST": (_of_request("answer"), *_ANSWERED),
    "api-test-request-late POST": (_of_request("late"), _ASKED),
    "api-test-request-clock POST": (
        _of_request("clock", business_days=1),
        E("rehearsal.clock_moved", "service", **_NUMBER, body={"request": "{request}", "business_days": 1}),
    ),
    "api-test-request-fee POST": (
        _of_request("fee"),
        _ASKED,
        E("mail.received", "service", "her", obj="message", body={"request": "{request}", "kind": "message"}),
        E("fee.quoted", "service", **_NUMBER, body={"number": "{request}", "amount": "12.00"}),
        E("mail.classified", "service", "her", obj="message", body={"request": "{request}", "as": "answer"}),
    ),
    "api-test-request-accept-fee POST": (
        _of_request("accept-fee"),
        E("fee.accepted", "service", **_NUMBER, body={"number": "{request}", "payer": "recipient"}),
    ),
    "api-test-request-accept-fee POST none": (_of_request("accept-fee"),),
    "api-test-request-decline-fee POST": (
        _of_request("decline-fee"),
        E("fee.declined", "service", **_NUMBER, body={"number": "{request}", "payer": ""}),
    ),
    "api-test-request-bounce POST": (
        _of_request("bounce"),
        _ASKED,
        E("mail.received", "service", "her", obj="message", body={"request": "{request}", "kind": "bounce"}),
        E("request.state", "service", **_NUMBER, body={"number": "{request}", "state": "not_delivered"}),
    ),
    "api-test-request-send-again POST": (
        _of_request("send-again"),
        E("request.state", "service", **_NUMBER, body={"number": "{request}", "state": "queued"}),
    ),
    "api-test-request-answer POST foreign": (_foreign("request"),),
}
