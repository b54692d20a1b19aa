"""What the officer's screens leave in the log."""

from typing import Any

from tests.completeness.watch import E

_OFFICER = "staff/officer"
_WHY: dict[str, Any] = {"purpose": "compliance"}
_EVENT: dict[str, Any] = {"obj": "event"}
_ONE: dict[str, Any] = {**_EVENT, **_WHY, "cnt": 1, "body": {"page": "event"}}
_CASE: dict[str, Any] = {"of": "her", "obj": "case", **_WHY, "cnt": 1}


def _page(name: str) -> E:
    return E("admin.viewed", _OFFICER, obj="page", **_WHY, body={"page": name})


def _did(act: str, **facts: Any) -> E:
    return E(act, _OFFICER, **{**_EVENT, **facts})


def _found(number: int, of: str | None = None) -> E:
    return _did("log.searched", of=of, **_WHY, cnt=number, body={"page": "search", "found": number})


def _exported(what: str, **facts: Any) -> E:
    return _did("log.exported", **_WHY, body={"page": what}, **facts)


CONSOLE: dict[str, tuple[E, ...]] = {
    "console GET": (_page("home"),),
    "console-integrity GET": (_page("integrity"),),
    "console-verify POST": (_did("log.verify_asked"),),
    "console-acknowledge POST none": (),  # nothing failed
    "console-acknowledge POST": (_did("log.acknowledged", obj="log", body={"seq": 2, "kind": "entry"}),),
    "console-proof GET none": (),  # nothing is signed yet
    "console-proof GET": (_exported("checkpoint", obj="checkpoint"),),
    "console-alarm-seen POST": (_did("alarm.seen", body={"alarm": "{alarm}"}),),
    "console-alarm-seen POST again": (),
    "console-alarm-seen POST other": (),  # no alarm: 404
    "console-log GET": (_did("log.listed", **_WHY, body={"page": "log", "filters": {}}),),
    "console-log GET hers": (_did("log.listed", of="her", **_WHY, body={"page": "log"}),),
    "console-log GET wrong": (),  # filters that are none show nothing
    "console-export POST": (_exported("log", cnt=2),),
    "console-export POST hers": (_exported("log", of="her", cnt=2),),
    "console-export POST without a reason": (),
    "console-find POST": (_did("log.searched", of="her", **_WHY, body={"page": "log", "found": True}),),
    "console-find GET": (),
    "console-find POST reason": (),
    "console-find POST nobody": (_did("log.searched", **_WHY, body={"page": "log", "found": False}),),
    "console-search GET": (_page("search"),),
    "console-search POST": (
        _found(1),
        _did("log.searched", of="her", **_WHY, body={"page": "search"}),
    ),
    "console-search POST nobody": (_found(0),),
    "console-search POST empty": (),
    "console-views GET": (_page("views"),),
    "console-view-save POST": (_did("view.saved", body={"filters": {"res": "denied"}, "notify": True}),),
    "console-view-save POST again": (),
    "console-view-save POST wrong": (),
    "console-alert POST": (_did("view.opened", body={"view": "{view}"}),),
    "console-view-remove POST": (_did("view.removed", body={"view": "{view}"}),),
    "console-event GET": (E("log.read", _OFFICER, "her", **_ONE),),
    "console-event GET of nobody": (E("log.read", _OFFICER, **_ONE),),
    "console-event GET unknown": (),
    "console-note POST": (_did("log.note", of="her", body={"note": "asked her"}),),
    "console-note POST empty": (),
    "console-event-proof GET early": (),
    "console-event-proof GET": (_exported("proof"),),
    "console-event-receipt GET": (_exported("receipt"),),
    "console-cases GET": (_did("log.listed", **_WHY, cnt=2, body={"page": "cases"}),),
    "console-case-consent GET": (E("log.read", _OFFICER, **_CASE, body={"page": "case file", "consent": "{consent}"}),),
    "console-case-request GET": (E("log.read", _OFFICER, **_CASE, body={"page": "case file", "request": "{number}"}),),
    "console-reviews GET": (_page("review"),),
    "console-reviews POST empty": (_page("review"),),
    "console-reviews POST": (_did("log.reviewed", body={"note": "all seen"}),),
    "console-charts GET": (_page("charts"),),
}

# What everybody may read of the log; it holds hashes, and nothing that is said here is kept.
OPEN: dict[str, tuple[E, ...]] = {
    "check GET": (),
    "check POST": (),
    "check POST secret": (E("gate.refused", "unknown", res="denied"),),
    "log-checkpoint GET": (),
    "log-vkey GET": (),
    "log-receipt-vkey GET": (),
    "log-tile GET": (),
    "log-continues GET": (),
    "seal-root GET": (),
    "seal-crl GET": (),
}

# A person of the operator at a page of another role learns nothing, and the log learns of the try.
AWAY: dict[str, tuple[E, ...]] = {
    f"away {role}": (
        E("auth.foreign", f"staff/{role}", res="denied", obj="page", body={"kind": "page", "page": "{page}"}),
    )
    for role in ("staff", "approver", "officer", "operator", "analyst")
} | {"away stranger": ()}
