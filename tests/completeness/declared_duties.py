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
    "duties-suspensions GET": (_LIST,),
    "duties-suspend POST wrong": (_LIST,),
    "duties-suspend POST": (E("duties.suspended", _OFFICER, obj="party", body={"of": "organisation"}),),
    "duties-lift POST wrong": (_ONE,),
    "duties-lift POST": (E("duties.lifted", _OFFICER, obj="party", body={"of": "organisation"}),),
    "duties-lift POST again": (),
}
