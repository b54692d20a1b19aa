"""What the pages and jobs around second holders, objections, facts and signs of abuse leave in the log."""

from typing import Any

from tests.completeness.watch import E

_MEMBER: dict[str, Any] = {"by": "customer/joint_member", "obj": "joint_member"}
_SENT = E("code.sent", "customer", "address")
_OWN: dict[str, Any] = {"by": "customer", "purpose": "own_data", "obj": "link", "cnt": 1}
_DESK: dict[str, Any] = {"by": "staff/staff"}
_PAGE: dict[str, Any] = {**_DESK, "obj": "page", "purpose": "fulfilment"}
_RESUMED = E("consent.resumed", "customer/joint_member", "her", body={"consent": "{consent}"})

JOINT: dict[str, tuple[E, ...]] = {
    "my-joint GET": (),
    "my-joint POST refused": (),
    "my-joint POST": (E("joint.named", "customer", "her", obj="joint_member", body={"consent": "{consent}"}),),
    "joint GET": (),
    "joint POST both": (
        E("joint.required", **_MEMBER, of="her", body={"consent": "{consent}"}),
        E("consent.suspended", "customer/joint_member", "her", body={"because": "objection"}),
    ),
    "joint POST agree": (E("joint.read", **_MEMBER, of="member", purpose="own_data", cnt=1), _SENT),
    "joint-open GET": (),
    "joint-open POST": (E("link.opened", "customer", "address", body={"purpose": "joint"}),),
    "joint-code GET": (),
    "joint-code POST": (
        E("code.accepted", "customer", "address"),
        E("consent.confirmed", **_MEMBER, of="her", body={"consent": "{consent}"}),
        _RESUMED,
    ),
    "joint-code-again POST": (
        E("code.sent", **_OWN, of="address", body={"again": True}),
        E("code.sent", "customer", "second"),
    ),
    "joint POST stop": (
        E("consent.revoked", "customer/joint_member", "her", body={"consent": "{consent}", "how": "joint_link"}),
    ),
}

OBJECT: dict[str, tuple[E, ...]] = {
    "object GET": (),
    "object POST": (E("code.sent", "customer", "address", body={"purpose": "object"}),),
    "object-open GET": (),
    "object-open POST": (E("link.opened", "customer", "address", body={"purpose": "object"}),),
    "object-code GET": (),
    "object-code POST wrong": (E("code.failed", "customer", "address", "denied", body={"tries": 1}),),
    "object-code POST": (E("code.accepted", "customer", "address"),),
    "object-account GET": (),
    "object-account POST refused": (),
    "object-account POST": (
        E("objection.read", **_OWN, of="address", body={"why": "objecting"}),
        E("objection.made", "customer", "objection", obj="objection", body={"utility": "obec"}),
    ),
    "object-done GET": (),
    "object-code-again POST": (
        E("code.sent", **_OWN, of="address", body={"again": True}),
        E("code.sent", "customer", "second"),
    ),
}

HOLDERS: dict[str, tuple[E, ...]] = {
    "admin:objections GET": (E("admin.viewed", **_PAGE, cnt=1, body={"page": "objections"}),),
    "admin:objection GET": (E("admin.viewed", **_PAGE, of="objection", body={"page": "objection"}),),
    "admin:objection-reveal POST": (
        E("objection.read", **_DESK, of="objection", obj="objection", purpose="fulfilment", cnt=1),
    ),
    "admin:objection POST": (
        E("approval.requested", **_DESK, of="objection", obj="approval", body={"of": "objection.dismiss"}),
    ),
    "admin:objection-uphold POST": (
        E("objection.resolved", **_DESK, of="objection", obj="objection", body={"outcome": "upheld"}),
        E("consent.revoked", **_DESK, of="her", body={"consent": "{consent}", "how": "objection"}),
    ),
    "admin:objection-uphold POST again": (),
    "admin:both GET": (E("admin.viewed", **_PAGE, cnt=1, body={"page": "both must agree"}),),
    "admin:both-end GET": (E("admin.viewed", **_PAGE, of="her", body={"page": "end both must agree"}),),
    "admin:both-end POST": (E("approval.requested", **_DESK, of="her", obj="approval", body={"of": "joint.end_both"}),),
    "admin:both-mailbox GET": (E("admin.viewed", **_PAGE, of="her", body={"page": "mailbox of a second holder"}),),
    "admin:both-mailbox POST": (
        E("approval.requested", **_DESK, of="member", obj="approval", body={"of": "joint.mailbox"}),
    ),
    "admin:held-consents GET": (E("admin.viewed", **_PAGE, cnt=1, body={"page": "held permissions"}),),
    "admin:held-consent-decide POST": (
        E("abuse.resolved", **_DESK, of="her", obj="consent", body={"outcome": "released"}),
        E("consent.resumed", **_DESK, of="her", body={"lifted": ["abuse"]}),
    ),
    "admin:held-consent-decide POST again": (),
    "console-objections GET": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "objections"}),
    ),
    "admin:account-facts GET": (E("admin.viewed", **_PAGE, of="her", body={"page": "account facts"}),),
    "admin:account-facts POST": (
        E("account.fact", **_DESK, of="her", obj="account", body={"kind": "ended", "value": "closed"}),
    ),
}

_OPS: dict[str, Any] = {"by": "service", "purpose": "operations", "cnt": 1}
_ADDRESS = E("parties.read", **_OPS, of="her", obj="customer", body={"fields": ["email"]})
_NAME = E("objection.read", **_OPS, of="objection", obj="objection", body={"fields": ["name"]})
_MAILBOX = E("objection.read", **_OPS, of="objection", obj="objection", body={"fields": ["email"]})
_SIGNED: dict[str, Any] = {**_OPS, "obj": "letter"}
_LINE_OF_OTHER = E("account.read", **_OPS, of="other", obj="account", body={"fields": ["name_as_billed"]})
_SIGNED_BY_OTHER, _SIGNED_BY_HER = E("letter.read", **_SIGNED, of="other"), E("letter.read", **_SIGNED, of="her")
_LINE = E("account.read", **_OPS, of="her", obj="account", body={"fields": ["name_as_billed"]})

JOINT_JOBS: dict[str, tuple[E, ...]] = {
    "joint.tell": (
        E("joint.read", **_OPS, of="member", obj="joint_member", body={"fields": ["email"]}),
        E("notice.queued", "service", "her", obj="notice", body={"consent": "{consent}", "asks": False}),
    ),
    "joint.tell by post": (
        E("electronic.printed", "service", "her", body={"template": "joint_notice", "to": "second holder"}),
    ),
    "joint.ended": (
        _ADDRESS,
        E("joint.read", **_OPS, of="member", obj="joint_member", body={"fields": ["email"]}),
    ),
    "joint.paused": (_ADDRESS,),
    "joint.alert": (),  # a mail to our own desk, without anything personal
    "provers.compare": (_LINE_OF_OTHER, _SIGNED_BY_OTHER, _SIGNED_BY_HER),
    "provers.tell": (_ADDRESS,),
    "joint.apart": (),  # the same
    "joint.line": (),  # the same
    "objection.check": (
        _NAME,
        _LINE,
        E("objection.checked", "service", "objection", obj="objection", body={"reached": 1}),
        E("consent.suspended", "service", "her", body={"because": "objection"}),
        E("consent.disputed", "service", "her", obj="consent", body={"consent": "{consent}", "reached": True}),
    ),
    "objection.compare": (_NAME, _LINE),  # it is the same holder: it stays held
    "objection.received": (_MAILBOX,),
    "objection.paused": (_ADDRESS,),
    "objection.resumed": (_ADDRESS,),
    "objection.closed": (_MAILBOX,),
    "objection.alert": (),  # the same
}
