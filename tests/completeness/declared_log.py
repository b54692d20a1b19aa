"""What the page of the log's own alarms leaves in the log."""

from tests.completeness.watch import E

_SEEN = E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "log_alarms"})

LOG: dict[str, tuple[E, ...]] = {
    "console-log-alarms GET": (_SEEN,),
    "console-doctor GET": (
        E("admin.viewed", "staff/operator", obj="page", purpose="operations", body={"page": "doctor"}),
    ),
    "console-log-lane POST empty": (_SEEN,),
    "console-log-lane POST none": (),
    "console-log-lane POST": (
        E(
            "approval.requested",
            "staff/officer",
            obj="approval",
            body={"of": "alarm.ack", "params": {"lane": 7, "last": 3}},
        ),
    ),
    "console-log-lost POST wrong": (_SEEN,),
    "console-log-lost POST": (E("approval.requested", "staff/officer", obj="approval", body={"of": "log.new_origin"}),),
}
