"""What a recipient's pages leave in the log."""

from dataclasses import replace
from typing import Any

from tests.completeness.watch import E

_ANA: dict[str, Any] = {"by": "staff/analyst"}
_READ = E("data.read", **_ANA, of="her", obj="data", purpose="rate_comparison", cnt=1, body={"request": "{request}"})


def _shown(page: str, cnt: int = 0) -> E:
    body = {"page": page, "organisation": "{organisation}"}
    return E("recipient.shown", **_ANA, obj="page", purpose="fulfilment", cnt=cnt, body=body)


RECIPIENT: dict[str, tuple[E, ...]] = {
    "recipient GET": (_shown("home"),),
    "recipient-keys GET": (_shown("keys", 1),),
    "recipient-key-new GET": (),
    "recipient-key-new POST": (
        E("parties.created", **_ANA, obj="application", body={"operations": ["data"], "data_types": ["bill"]}),
    ),
    "recipient-key GET": (_shown("key", 1),),
    "recipient-key-revoke POST": (E("auth.revoked", **_ANA, obj="application"),),
    "recipient-permissions GET": (_shown("permissions", 1),),
    "recipient-requests GET": (_shown("requests", 1),),
    "recipient-request GET": (_shown("request", 1),),
    "recipient-request GET foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "request"}),),
    "recipient-data GET": (_READ,),
    "recipient-readings GET": (_READ,),
    "recipient-readings-xml GET": (_READ,),
    "recipient-picture GET": (_READ,),
    "recipient-bills GET": (replace(_READ, cnt=0),),
    "recipient-bills-csv GET": (replace(_READ, cnt=0),),
    "recipient-file GET": (_READ,),
    "recipient-asks GET": (_shown("asks"),),
    "recipient-ask-new GET": (),
    "recipient-ask-new POST refused": (),
    "recipient-ask-new POST": (E("ask.made", **_ANA, of="ask", obj="contact", body={"by_mail": False}),),
    "recipient-ask GET": (_shown("ask", 1),),
    "recipient-ask GET foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "ask"}),),
    "recipient-ask-act POST": (E("ask.cancelled", **_ANA, of="ask", obj="contact"),),
    "recipient-many GET": (),
    "recipient-many POST": (
        E("parties.created", **_ANA, obj="application", body={"operations": []}),
        E("pull.checked", **_ANA, of="her", obj="decision", purpose="rate_comparison"),
        E("pull.checked", **_ANA, obj="decision", purpose="rate_comparison", res="denied"),
        E("pull.decided", **_ANA, of="her", obj="decision", purpose="rate_comparison"),
    ),
    "recipient-many POST refused": (),
    "recipient-webhooks GET": (_shown("webhooks", 1),),
    "recipient-hook GET": (),  # its address and types, which the list has shown
    "recipient-hook GET foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "endpoint"}),),
    "recipient-hook POST refused": (),
    "recipient-hook POST": (
        E("hook.disabled", **_ANA, of="application", obj="endpoint", body={"because": "person"}),
        E("hook.created", **_ANA, of="application", obj="endpoint", body={"types": ["data.ready"]}),
    ),
    "recipient-hook-disable POST foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "endpoint"}),),
    "recipient-hook-disable POST": (
        E("hook.disabled", **_ANA, of="application", obj="endpoint", body={"because": "person"}),
    ),
    "recipient-resend POST foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "delivery"}),),
    "recipient-data GET refused": (
        E("data.read_refused", **_ANA, of="her", obj="data", purpose="rate_comparison", res="denied"),
    ),
}

_CONTACT = E("parties.read", "staff/officer", "sign_up", obj="link", purpose="operations", cnt=1)
_BY_US: dict[str, Any] = {"by": "service", "of": "sign_up"}
JOIN: dict[str, tuple[E, ...]] = {
    "join GET": (),
    "join POST": (E("code.sent", "customer", "address", body={"purpose": "join"}),),
    "join-open GET": (),
    "join-open POST": (E("link.opened", "customer", "address", body={"purpose": "join"}),),
    "join-code GET": (),
    "join-code POST wrong": (E("code.failed", "customer", "address", "denied"),),
    "join-code POST": (E("code.accepted", "customer", "address"),),
    "join-apply GET": (),
    "join-apply POST": (
        E("parties.read", "customer", "address", obj="link", purpose="operations", cnt=1),
        E("recipient.applied", "customer", "sign_up"),
    ),
    "join-apply POST again": (),
    "join-sent GET": (),
    "console-organisations GET": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", cnt=1, body={"page": "organisations"}),
    ),
    "console-organisation GET": (_CONTACT,),
    "console-organisation-propose POST refused": (_CONTACT,),
    "console-organisation-propose POST": (
        E("approval.requested", "staff/officer", "sign_up", obj="approval", body={"of": "organisation.enrol"}),
    ),
    "console-organisation-purposes GET": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", cnt=1, body={"page": "purposes"}),
    ),
    "console-organisation-purposes POST refused": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", cnt=1, body={"page": "purposes"}),
    ),
    "console-organisation-purposes POST": (
        E("approval.requested", "staff/officer", obj="approval", body={"of": "organisation.purposes"}),
    ),
    "console-organisation-link POST": (_CONTACT, E("parties.changed", "service")),
}
JOIN_JOBS: dict[str, tuple[E, ...]] = {
    "organisation.enrol": (
        E("parties.read", **_BY_US, obj="link", purpose="operations", cnt=1),
        E("parties.created", "service"),
        E("parties.created", "service"),
        E("recipient.answered", **_BY_US, body={"answer": "enrol"}),
        E("approval.executed", **_BY_US, obj="approval"),
    ),
    "organisation.enrol refuse": (
        E("parties.read", **_BY_US, obj="link", purpose="operations", cnt=1),
        E("recipient.answered", **_BY_US, body={"answer": "refuse"}),
        E("approval.executed", **_BY_US, obj="approval"),
    ),
    "organisation.enrol again": (),
}
