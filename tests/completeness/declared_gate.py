"""What the gate's pages and its job leave in the log."""

from tests.completeness.watch import E

_DESKS = E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=1, body={"page": "gate"})
_OFFICERS = E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "gate"})

GATE: dict[str, tuple[E, ...]] = {
    "admin:gate GET": (_DESKS,),
    "admin:gate GET asked": (
        _DESKS,
        E("log.read", "staff/staff", obj="event", purpose="fulfilment", cnt=1, body={"page": "gate"}),
    ),
    "admin:gate-doubt POST wrong": (_DESKS,),
    "admin:gate-doubt POST": (E("gate.doubted", "staff/staff", obj="message", body={"refusal": "{refusal}"}),),
    "admin:gate-release POST own": (),
    "admin:gate-release POST": (E("gate.released", "staff/staff", obj="message", body={"refusal": "{refusal}"}),),
    "admin:gate-release POST again": (),
    "console-gate GET": (_OFFICERS,),
    "console-gate-lift POST wrong": (_OFFICERS,),
    "console-gate-lift POST": (E("gate.lifted", "staff/officer", obj="application"),),
    "console-gate-lift POST again": (),
    "console-gate-close POST wrong": (_OFFICERS,),
    "console-gate GET number": (_OFFICERS,),
    "console-gate-close POST": (E("gate.incident", "staff/officer", body={"state": "closed", "inlet": "api_json"}),),
    "console-gate-close POST again": (),
}
GATE_JOBS: dict[str, tuple[E, ...]] = {
    "gate.told": (
        E("parties.read", "service", "her", purpose="operations", cnt=1, obj="customer", body={"fields": ["email"]}),
    ),
    "gate.forget": (E("gate.forgotten", "service", cnt=4),),
    "gate.forget nothing": (),
}
