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
