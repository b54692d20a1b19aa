"""What the pages of packs, demands and approvals leave in the log."""

from typing import Any

from tests.completeness.watch import E

_OFFICER, _APPROVER = "staff/officer", "staff/approver"
_REASON = {"fields": ["reason"]}
_PACK: dict[str, Any] = {"obj": "pack", "purpose": "compliance"}
_DEMAND: dict[str, Any] = {"obj": "demand", "purpose": "legal_obligation", "body": {"demand": "{demand}"}}


def _page(who: str, name: str, cnt: int = 0) -> E:
    return E("admin.viewed", who, obj="page", purpose="compliance", cnt=cnt, body={"page": name})


def _sought(by: str) -> E:
    body = {"page": "pack", "kind": "consent", "by": by}
    return E("log.searched", _OFFICER, obj="event", purpose="compliance", body=body)


def _read(name: str) -> tuple[E, ...]:
    body = {"pack": "{pack}", "number": name}
    return (
        E("pack.read", _OFFICER, None, cnt=2, **_PACK, body=body),
        E("pack.read", _OFFICER, "her", **_PACK, body=body),
        E("pack.read", _OFFICER, "pack", **_PACK, body=body),
    )


PACKS: dict[str, tuple[E, ...]] = {
    "console-packs GET": (_page(_OFFICER, "packs"),),
    "console-pack-new GET": (),
    "console-pack-new POST": (_sought("name"),),
    "console-pack-new POST nobody": (_sought("name"),),
    "console-pack-new POST later": (_sought("name"),),
    "console-pack-new POST step": (_sought("id"),),
    "console-pack-new POST asked": (
        _sought("id"),
        E("approval.requested", _OFFICER, obj="approval", body={"of": "pack.export", "about": "{pack}"}),
        E("pack.asked", _OFFICER, obj="pack", body={"pack": "{pack}", "redaction": "masked"}),
    ),
    "console-pack GET": (
        E("admin.viewed", _OFFICER, "pack", **_PACK, cnt=1, body={"fields": ["purpose", "recipient"]}),
    ),
    "console-pack-download POST early": (),
    "console-pack-again POST": (),
    "console-pack-download POST": _read("{number}"),
    "console-approvals GET": (_page(_APPROVER, "approvals", 1),),
    "console-approval GET": (_page(_APPROVER, "approval"),),
    "console-approval-reason POST": (
        E(
            "admin.viewed",
            _APPROVER,
            "pack",
            obj="approval",
            purpose="compliance",
            cnt=1,
            body={"fields": ["purpose", "recipient"]},
        ),
    ),
    "console-approval-decide POST own": (
        E("approval.turned_away", _OFFICER, res="denied", obj="approval", body={"code": "approval.same_person"}),
    ),
    "console-approval-decide POST unasked": (),  # a yes without the question: it is asked
    "console-approval-decide POST": (
        E("approval.given", _APPROVER, obj="approval", body={"about": "{pack}"}),
        E("pack.approved", _APPROVER, obj="pack", body={"pack": "{pack}"}),
    ),
    "console-approval-decide POST refuse": (
        E("approval.refused", _APPROVER, obj="approval", res="denied", body={"about": "{pack}"}),
    ),
    "console-approval-decide POST withdraw": (
        E("approval.withdrawn", _OFFICER, obj="approval", body={"about": "{pack}"}),
    ),
    "console-pack-again POST failed": (E("pack.approved", _OFFICER, obj="pack", body={"pack": "{pack}"}),),
    "console-demands GET": (_page(_OFFICER, "demands"),),
    "console-demand-new GET": (),
    "console-demand-new POST": (E("demand.recorded", _OFFICER, **_DEMAND),),
    "console-demand GET": (E("demand.read", _OFFICER, "demand", cnt=1, **_DEMAND),),
    "console-demand-subjects POST": (
        E("demand.subject", _OFFICER, None, cnt=1, **_DEMAND),
        E("demand.subject", _OFFICER, "her", **_DEMAND),
    ),
    "console-demand-notice POST": (E("demand.noticed", _OFFICER, **_DEMAND),),
    "console-demand-decide POST": (E("demand.decided", _OFFICER, **_DEMAND),),
    "console-demand-gag POST": (E("demand.gag", _OFFICER, **_DEMAND),),
    "console-demand-answer POST": (E("demand.answered", _OFFICER, **_DEMAND),),
    # A form with a fault shows the page again, and that page opens the demand's texts.
    "console-demand-answer POST wrong": (E("demand.read", _OFFICER, "demand", cnt=1, **_DEMAND),),
}
