"""What the pages about dates leave in the log."""

from tests.completeness.watch import E

_CLOCK = E(
    "admin.viewed",
    "staff/staff",
    "her",
    obj="page",
    purpose="fulfilment",
    body={"page": "clock", "request": "{number}"},
)
_DAYS = E(
    "admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "closing_days", "utility": "obec"}
)


def _viewed(page: str, **facts: str) -> E:
    return E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": page, **facts})


CLOCKS: dict[str, tuple[E, ...]] = {
    "my-request-date GET": (),  # dates and numbers of hers; nothing is opened
    "my-request-date GET foreign": (
        E("auth.foreign", "customer", res="denied", body={"kind": "request", "id": "{foreign}"}),
    ),
    "my-request-way GET": (),  # what was decided, in words; nothing is opened
    "my-request-way GET foreign": (
        E("auth.foreign", "customer", res="denied", body={"kind": "request", "id": "{foreign}"}),
    ),
    "admin:request-date GET": (_CLOCK,),
    "admin:request-promise POST wrong": (_CLOCK,),
    "admin:request-promise POST": (
        E("sla.promised", "staff/staff", "her", obj="manual_request", body={"request": "{number}"}),
    ),
    "admin:request-promise POST again": (),
    "console-profiles GET": (_viewed("profiles"),),
    "console-profile GET": (_viewed("profile", utility="obec"),),
    "console-profile POST wrong": (_viewed("profile", utility="obec"),),
    "console-profile POST": (E("approval.requested", "staff/officer", obj="approval", body={"of": "profile.change"}),),
    "console-profile-text GET": (_viewed("profile_text", utility="obec"),),
    "console-calendar GET": (),  # leads to the next
    "console-closing-days GET": (_DAYS,),
    "console-closing-days POST wrong": (_DAYS,),
    "console-closing-days POST": (
        E("sla.recomputed", "staff/officer", "her", obj="manual_request", body={"request": "{number}"}),
        E(
            "calendar.changed",
            "staff/officer",
            obj="profile",
            body={"utility": "obec", "act": "close", "name": "Ice storm", "certainty": "confirmed"},
        ),
    ),
    "console-closing-days POST again": (),  # nothing was changed
}
