"""What the pages of differences between sources leave in the log."""

from typing import Any

from tests.completeness.watch import E

_STAFF: dict[str, Any] = {"by": "staff/staff", "of": "her"}
_LOOK = E("data.compared", **_STAFF, obj="data", purpose="fulfilment", cnt=2, body={"topic": "{topic}"})
_ASKED = {"of": "difference.settle", "about": "{topic}"}
_TWO: dict[str, Any] = {"by": "staff/operator", "of": "her"}

DIFFERENCES: dict[str, tuple[E, ...]] = {
    "admin:differences GET": (
        E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=1, body={"page": "differences"}),
    ),
    "admin:difference GET": (_LOOK,),
    "admin:difference GET foreign": (),
    "admin:difference POST wrong": (_LOOK,),  # the form is shown again, with what the sources say
    "admin:difference POST": (
        _LOOK,
        E("data.settled", **_STAFF, obj="data", cnt=1, body={"topic": "{topic}", "number": 1, "rule": "corrected"}),
    ),
    "admin:difference POST given": (_LOOK, E("approval.requested", **_STAFF, obj="approval", body=_ASKED)),
    "admin:difference-second POST wrong": (),
    "admin:difference-second POST": (
        E("approval.given", **_TWO, obj="approval", body=_ASKED),
        E("data.settled", **_TWO, obj="data", cnt=1, body={"topic": "{topic}", "number": 2, "rule": "utility_says"}),
        E("approval.executed", **_TWO, obj="approval", body=_ASKED),
    ),
}
