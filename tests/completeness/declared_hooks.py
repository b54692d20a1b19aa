"""What webhooks leave in the log: each try before it is made, and what came of it."""

from typing import Any

from tests.completeness.watch import E

_SENT: dict[str, Any] = {"by": "service", "of": "application", "obj": "endpoint"}
_TRIED = E("hook.tried", **_SENT, cnt=1, body={"delivery": "{delivery}", "attempt": 1, "state": "sending"})
HOOKS_JOBS: dict[str, tuple[E, ...]] = {
    "hook.send": (
        _TRIED,
        E("hook.delivered", **_SENT, body={"delivery": "{delivery}", "state": "delivered", "code": "http_204"}),
    ),
    "hook.send refused": (
        _TRIED,
        E("hook.failed", **_SENT, res="error", body={"delivery": "{delivery}", "state": "waiting", "code": "http_500"}),
    ),
    "hook.send resting": (),  # it is put off; nothing was tried
    "hook.send gone": (
        _TRIED,
        E("hook.disabled", **_SENT, body={"because": "gone"}),
        E("hook.failed", **_SENT, res="error", body={"delivery": "{delivery}", "state": "dropped", "code": "http_410"}),
    ),
    "hook.send moot": (
        E("hook.dropped", **_SENT, body={"delivery": "{delivery}", "state": "dropped", "code": "endpoint_disabled"}),
    ),
    "hook.watch": (),  # it enqueues what lost its job
}

_APP: dict[str, Any] = {"by": "application/application", "of": "application", "obj": "endpoint"}
_DESK: dict[str, Any] = {"by": "staff/staff", "of": "application", "obj": "endpoint"}
_FOREIGN: dict[str, Any] = {"by": "application/application", "res": "denied"}
_QUEUED = E("hook.queued", **_SENT, cnt=1, body={"type": "webhook.ping"})
HOOKS: dict[str, tuple[E, ...]] = {
    "api-hooks POST": (E("hook.created", **_APP, body={"url": "{url}", "types": ["consent.granted"]}),),
    "api-hooks POST refused": (),  # an address to which we do not send: nothing was made
    "api-hooks GET": (),  # addresses of programs; no key is opened
    "api-hook GET": (),
    "api-hook GET foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "endpoint", "id": "{foreign}"}),),
    "api-hook-rotate POST": (E("hook.rotated", **_APP, body={"endpoint": "{endpoint}"}),),
    "api-hook-rotate POST foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "endpoint", "id": "{foreign}"}),),
    "api-hook-ping POST": (E("hook.pinged", **_APP, body={"endpoint": "{endpoint}"}), _QUEUED),
    "api-hook-ping POST foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "endpoint", "id": "{foreign}"}),),
    "api-hook-deliveries GET": (),  # ids and codes
    "api-hook-deliveries GET foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "endpoint", "id": "{foreign}"}),),
    "api-hook-resend POST": (E("hook.resent", **_APP, body={"delivery": "{delivery}", "was": "dead"}),),
    "api-hook-resend POST foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "delivery", "id": "{foreign}"}),),
    "admin:webhooks GET": (
        E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=1, body={"page": "webhooks"}),
    ),
    "admin:webhook-resend POST": (E("hook.resent", **_DESK, body={"delivery": "{delivery}", "was": "dead"}),),
    "admin:webhook-resend POST again": (),  # it is on its way
    "admin:webhook-disable POST": (E("hook.disabled", **_DESK, body={"because": "person"}),),
    "api-hook-disable POST": (),  # it was disabled before
    "api-hook-disable POST first": (E("hook.disabled", **_APP, body={"because": "application"}),),
    "api-hook-disable POST foreign": (E("auth.foreign", **_FOREIGN, body={"kind": "endpoint", "id": "{foreign}"}),),
}
