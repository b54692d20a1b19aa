"""What the pages and jobs that prove who signed leave in the log."""

from typing import Any

from tests.completeness.watch import E

_HER: dict[str, Any] = {"by": "customer", "of": "her"}
_DESK: dict[str, Any] = {"by": "staff/staff", "of": "her"}
_READ: dict[str, Any] = {"obj": "account", "purpose": "verification", "cnt": 1}
_COMPARED = E("account.read", **_HER, **_READ, body={"why": "to compare it with her bill"})
_CALLED = E("account.read", **_DESK, **_READ, body={"why": "to call the co-op", "consent": "{consent}"})

IDENTITY: dict[str, tuple[E, ...]] = {
    "my-prove GET": (),
    "my-prove POST wrong": (
        _COMPARED,
        E("identity.failed", **_HER, obj="account", res="denied", body={"how": "own_bill", "failed": ["name"]}),
    ),
    "my-prove POST": (
        _COMPARED,
        E("identity.proven", **_HER, obj="account", body={"level": "L2", "how": "own_bill", "accounts": "{accounts}"}),
    ),
    "my-posted-code GET": (),
    "my-posted-code-ask POST": (E("identity.code_asked", **_HER, obj="code", body={"account": "{account}"}),),
    "admin:identity GET": (
        E("admin.viewed", "staff/staff", obj="page", purpose="verification", cnt=1, body={"page": "identity"}),
    ),
    "admin:identity-print GET": (
        E("account.read", **_DESK, **_READ, body={"why": "to look at it before a code is posted"}),
    ),
    "admin:identity-print POST": (
        E("account.read", **_DESK, **_READ, body={"why": "code by post"}),
        E("identity.code_printed", **_DESK, obj="code", body={"account": "{account}"}),
    ),
    "admin:identity-print POST again": (),
    "my-posted-code POST wrong": (
        E("identity.failed", **_HER, obj="code", res="denied", body={"how": "posted_code", "tries": 1}),
    ),
    "admin:identity-call GET": (_CALLED,),
    "admin:identity-call POST": (
        E("identity.called", **_DESK, obj="consent", body={"consent": "{consent}", "confirmed": False}),
    ),
    "admin:identity-call POST confirmed": (
        E("identity.called", **_DESK, obj="consent", body={"consent": "{consent}", "confirmed": True}),
        E("identity.proven", **_DESK, obj="account", body={"level": "L3", "how": "call_back", "consent": "{consent}"}),
    ),
    "my-posted-code POST": (E("identity.proven", **_HER, obj="account", body={"level": "L3", "how": "posted_code"}),),
}

IDENTITY_JOBS: dict[str, tuple[E, ...]] = {
    "identity.notice": (
        E(
            "parties.read",
            "service",
            "her",
            obj="customer",
            purpose="operations",
            cnt=1,
            body={"why": "hourly data", "fields": ["email"]},
        ),
    ),
    "identity.noticed": (E("identity.noticed", "service", "her", obj="notice", body={"consent": "{consent}"}),),
}
