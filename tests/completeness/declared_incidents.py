"""What the pages of incidents leave in the log, and the job that tells customers."""

from typing import Any

from tests.completeness.watch import E

_OFFICER = "staff/officer"
_OF: dict[str, Any] = {"obj": "incident", "purpose": "legal_obligation", "body": {"incident": "{incident}"}}
_READ = E("incident.read", _OFFICER, "incident", cnt=1, **_OF)

INCIDENTS: dict[str, tuple[E, ...]] = {
    "console-incidents GET": (
        E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "incidents"}),
    ),
    "console-incident-new GET": (),
    "console-incident-new POST": (E("incident.opened", _OFFICER, **_OF),),
    "console-incident GET": (_READ,),
    "console-incident-list POST": (E("incident.listed", _OFFICER, **_OF),),
    "console-incident-list POST wrong": (_READ,),
    "console-incident-propose POST wrong": (_READ,),
    "console-incident-propose POST": (
        E("incident.proposed", _OFFICER, **_OF),
        E("approval.requested", _OFFICER, "incident", obj="approval", body={"of": "incident.decide"}),
    ),
    "console-incident-delay POST wrong": (_READ,),
    "console-incident-delay POST": (
        E("approval.requested", _OFFICER, "incident", obj="approval", body={"of": "incident.delay"}),
    ),
    "console-incident-coop POST": (E("incident.step", _OFFICER, **_OF),),
    "console-incident-coop POST again": (),
    "console-incident-customers POST": (E("incident.step", _OFFICER, **_OF),),
    "console-incident-step POST": (E("incident.step", _OFFICER, **_OF),),
    "console-incident-step POST wrong": (_READ,),
}
INCIDENT_JOBS: dict[str, tuple[E, ...]] = {
    "incident.tell": (
        E(
            "parties.read",
            "service",
            "her",
            obj="customer",
            purpose="operations",
            cnt=1,
            body={"fields": ["email"]},
        ),
        E("incident.told", "service", "her", **_OF),
    ),
}
