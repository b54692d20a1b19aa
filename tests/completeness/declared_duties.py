"""What the stop switch and suspensions leave in the log."""

from tests.completeness.watch import E

_OFFICER = "staff/officer"
_SWITCH = E("admin.viewed", _OFFICER, obj="page", purpose="operations", body={"page": "stop switch"})
_LIST = E("admin.viewed", _OFFICER, obj="page", purpose="operations", body={"page": "suspensions"})
_ONE = E("admin.viewed", _OFFICER, obj="page", purpose="operations", cnt=1, body={"page": "suspensions"})

DUTIES: dict[str, tuple[E, ...]] = {
    "duties-switch GET": (_SWITCH,),
    "duties-switch POST wrong": (_SWITCH,),
    "duties-switch POST": (E("duties.stopped", _OFFICER, obj="party", body={"of": "all", "because": "stop"}),),
    "duties-switch POST again": (),
    "duties-resume POST wrong": (_SWITCH,),
    "duties-resume POST": (E("approval.requested", _OFFICER, obj="approval", body={"of": "disclosures.resume"}),),
    "duties-resume POST again": (),
    "duties-team GET": (E("admin.viewed", _OFFICER, obj="page", purpose="operations", cnt=27, body={"page": "team"}),),
    "duties-suspensions GET": (_LIST,),
    "duties-suspend POST wrong": (_LIST,),
    "duties-suspend POST": (E("duties.suspended", _OFFICER, obj="party", body={"of": "organisation"}),),
    "duties-lift POST wrong": (_ONE,),
    "duties-lift POST": (E("duties.lifted", _OFFICER, obj="party", body={"of": "organisation"}),),
    "duties-lift POST again": (),
}

_GLASSES = E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "glasses"})
_GLASS = E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "glass"})
_HERS = {"of": "her", "obj": "customer"}
_READ = E(
    "glass.read",
    _OFFICER,
    **_HERS,
    purpose="compliance",
    cnt=2,
    body={"fields": ["email", "number", "name_as_billed", "service_address"]},
)
_NOT = {"res": "denied", **_HERS}

GLASS: dict[str, tuple[E, ...]] = {
    "console-glass GET": (_GLASSES,),
    "console-glass-break POST wrong": (_GLASSES,),
    "console-glass-break POST": (E("glass.broken", _OFFICER, **_HERS, body={"why": "A fire."}),),
    "console-glass-one GET": (_GLASS,),
    "console-glass-one GET judge": (
        E("admin.viewed", "staff/approver", obj="page", purpose="compliance", body={"page": "glass"}),
        E("log.read", "staff/approver", "her", obj="event", purpose="compliance", cnt=3, body={"why": "to judge it"}),
    ),
    "console-glass-read POST": (_READ,),
    "console-glass-review POST own": (
        E("auth.foreign", _OFFICER, obj="page", res="denied", body={"page": "console-glass-review"}),
    ),
    "console-glass-end POST another": (
        E("auth.foreign", _OFFICER, obj="page", res="denied", body={"page": "console-glass-end"}),
    ),
    "console-glass-end POST": (E("glass.ended", _OFFICER, **_HERS),),
    "console-glass-end POST again": (),
    "console-glass-read POST late": (E("glass.turned_away", _OFFICER, **_NOT, body={"code": "glass.over"}),),
    "console-glass-review POST": (E("glass.reviewed", "staff/approver", **_HERS, body={"verdict": "right"}),),
}
GLASS_JOBS: dict[str, tuple[E, ...]] = {
    "glass.told": (
        E("parties.read", "service", "her", obj="customer", purpose="operations", cnt=1, body={"fields": ["email"]}),
    ),
}

_RIGHTS = E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "rights"})
_RIGHT = E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "right"})
_SAID = {"obj": "party"}

RIGHTS: dict[str, tuple[E, ...]] = {
    "console-rights GET": (_RIGHTS,),
    "console-rights-begin POST": (E("rights.begun", _OFFICER, **_SAID, body={"number": 1, "items": 5}),),
    "console-rights-begin POST again": (),
    "console-rights-one GET": (_RIGHT,),
    "console-rights-decide POST wrong": (_RIGHT,),
    "console-rights-decide POST idle": (
        E("rights.turned_away", _OFFICER, **_SAID, res="denied", body={"code": "rights.why"}),
        _RIGHT,
    ),
    "console-rights-decide POST keep": (E("rights.kept", _OFFICER, **_SAID, body={"of": "staff", "why": "Needed."}),),
    "console-rights-decide POST again": (
        E("rights.turned_away", _OFFICER, **_SAID, res="denied", body={"code": "rights.over"}),
    ),
    "console-rights-decide POST key": (
        E("auth.revoked", _OFFICER, obj="application"),
        E("rights.taken", _OFFICER, **_SAID, body={"of": "key", "why": "Not needed."}),
    ),
    "console-rights-decide POST two": (
        E("approval.requested", _OFFICER, obj="approval", body={"of": "people.disable"}),
        E("rights.taken", _OFFICER, **_SAID, body={"of": "approver", "why": "She left."}),
    ),
}
_CLOCK = {"obj": "party"}
RIGHTS_JOBS: dict[str, tuple[E, ...]] = {
    "rights.daily": (E("rights.begun", "service", **_CLOCK, body={"number": 1}),),
    "rights.close": (
        E("duties.suspended", "service", **_CLOCK, body={"of": "person", "because": "review"}),
        E("rights.missed", "service", **_CLOCK, body={"of": "staff", "state": "suspended"}),
        E("rights.missed", "service", **_CLOCK, body={"of": "officer", "state": "spared"}),
        E("rights.closed", "service", **_CLOCK, body={"number": 1, "suspended": 1, "spared": 1}),
    ),
    "rights.tell": (),
}

_WAITS = E("admin.viewed", "staff/operator", obj="page", purpose="operations", cnt=1, body={"page": "waits"})
_WHY = {"fields": ["email"], "why": "wait"}
_ADDRESS = E("parties.read", "service", "her", obj="customer", purpose="operations", cnt=1, body=_WHY)
_HERS_WAIT = {"of": "her", "obj": "approval"}

WAITS: dict[str, tuple[E, ...]] = {
    "duties-waits GET": (_WAITS,),
    "duties-wait-begin POST": (
        _ADDRESS,
        E("waits.begun", "staff/operator", **_HERS_WAIT, body={"state": "waiting"}),
    ),
    "duties-wait-begin POST again": (
        E("approval.turned_away", "staff/operator", res="denied", obj="approval", body={"code": "wait.over"}),
    ),
    "my-wait GET": (),  # what waits and until when; nothing is opened
    "my-wait POST": (
        E("approval.withdrawn", "customer", **_HERS_WAIT, body={"of": "file.accept_held"}),
        E("waits.objected", "customer", **_HERS_WAIT, body={"state": "objected"}),
    ),
    "my-wait POST again": (E("waits.objected", "customer", **_HERS_WAIT, res="denied", body={"state": "objected"}),),
    "my-wait GET foreign": (E("auth.foreign", "customer", res="denied", body={"kind": "page"}),),
}
WAITS_JOBS: dict[str, tuple[E, ...]] = {
    "waits.end": (
        E("approval.given", "service", **_HERS_WAIT, body={"of": "file.accept_held"}),
        E("waits.ended", "service", **_HERS_WAIT, body={"state": "done"}),
    ),
}

_OURS_OUTSIDE = E("admin.viewed", "staff/operator", obj="page", purpose="operations", cnt=1, body={"page": "outside"})
_LENA = {"of": "lena", "obj": "user"}
_OPENED = E("parties.read", "service", **_LENA, purpose="operations", cnt=1, body={"why": "to ask"})
_CODED = E("parties.read", "service", **_LENA, purpose="operations", cnt=1, body={"why": "to mail a code"})
_COMPARED = E("parties.read", "service", **_LENA, purpose="operations", cnt=1, body={"why": "to compare it"})
_ASKED = {"obj": "approval", "body": {"state": "waiting"}}
_SHOWN = {"of": "house", "obj": "approval", "purpose": "operations", "cnt": 1}
_READ = E("outside.read", "outside", **_SHOWN, body={"why": "to decide on it"})
_ANSWERS = E("outside.read", "outside", **_SHOWN, body={"why": "to answer"})
OUTSIDE: dict[str, tuple[E, ...]] = {
    "duties-outside GET": (_OURS_OUTSIDE,),
    "duties-outside-enrol POST": (
        E("approval.requested", "staff/operator", "lena", obj="approval", body={"of": "outside.enrol"}),
        E("outside.proposed", "staff/operator", **_LENA),
    ),
    "duties-outside-send POST": (_OPENED, E("outside.asked", "staff/operator", **_ASKED)),
    "duties-outside-send POST again": (
        E("approval.turned_away", "staff/operator", res="denied", obj="approval", body={"code": "outside.asked"}),
        E("admin.viewed", "staff/operator", obj="page", purpose="operations", cnt=2, body={"page": "outside"}),
    ),
    "outside GET": (),  # nothing is shown before a code came back
    "outside POST code": (_CODED, E("code.sent", "outside", **_LENA)),
    "outside POST wrong": (E("code.failed", "outside", **_LENA, res="denied"),),
    "outside POST confirm": (E("outside.confirmed", "outside", **_ASKED),),
    "outside GET open": (_READ, _COMPARED),
    "outside POST approve": (
        _ANSWERS,
        _COMPARED,
        E("approval.given", "outside", obj="approval", body={"of": "organisation.purposes"}),
        E("recipient.purposes_changed", "outside"),
        E("approval.executed", "outside", obj="approval", body={"of": "organisation.purposes"}),
        E("outside.answered", "outside", obj="approval", body={"state": "approved"}),
    ),
    "outside POST again": (),
    "duties-outside-recall POST": (
        E("outside.over", "staff/operator", "objection", obj="approval", body={"state": "recalled"}),
    ),
    "duties-outside-end POST": (E("outside.ended", "staff/operator", **_LENA),),
}
