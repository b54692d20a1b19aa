"""What requested versus received, and too much data, leave in the log."""

from typing import Any

from tests.completeness.watch import E

_STAFF: dict[str, Any] = {"by": "staff/staff", "of": "her"}
_WEIGHER: dict[str, Any] = {"by": "service", "of": "her", "obj": "received_file"}
_READ = E("file.read", **_STAFF, obj="received_file", purpose="fulfilment", cnt=1)

COMPLETENESS: dict[str, tuple[E, ...]] = {
    "admin:file GET": (
        _READ,
        E("file.surplus", **_WEIGHER, res="denied", body={"request": "{number}", "kinds": ["extra_months"]}),
        E("file.cut", **_WEIGHER, body={"request": "{number}", "pages": [2]}),
    ),
    "admin:file GET again": (),  # what was too much is opened for nobody
    "my-request-came GET": (),  # months and counts of hers; nothing is opened
    "my-request-came GET foreign": (
        E("auth.foreign", "customer", res="denied", body={"kind": "request", "id": "{foreign}"}),
    ),
    "admin:request-completeness GET": (
        E(
            "admin.viewed",
            **_STAFF,
            obj="page",
            purpose="fulfilment",
            body={"page": "completeness", "request": "{number}"},
        ),
    ),
    "admin:request-none POST wrong": (),
    "admin:request-none POST": (
        E("file.none_said", **_STAFF, obj="manual_request", body={"number": "{number}", "reason": "not_served"}),
    ),
    "admin:file-surplus POST wrong": (),
    "admin:file-surplus POST": (
        E("approval.requested", **_STAFF, obj="approval", body={"of": "file.surplus", "about": "{incident}"}),
    ),
    "admin:file-surplus POST again": (),
    "console-surplus GET": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "surplus"}),
    ),
}

COMPLETENESS_JOBS: dict[str, tuple[E, ...]] = {
    "surplus.tell": (
        E("request.state", "service", "her", obj="manual_request", body={"mail": "surplus", "state": "sending"}),
        E("mail.sent", "service", "her", obj="manual_request", body={"mail": "surplus", "what": "found"}),
    ),
}
