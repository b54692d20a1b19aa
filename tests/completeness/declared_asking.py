"""What an ask for a consent leaves in the log: on the customer's pages, and by its jobs."""

from typing import Any

from tests.completeness.watch import E

_CONTACT: dict[str, Any] = {"of": "ask", "obj": "contact", "body": {"ask": "{ask}", "organisation": "{organisation}"}}
_DECLINED = E("ask.declined", "customer", **_CONTACT)

ASKING: dict[str, tuple[E, ...]] = {
    "asked GET": (),
    "asked POST refused": (),
    "asked POST": (E("code.sent", "customer", "address", body={"purpose": "share"}),),
    "asked-no POST": (_DECLINED,),
    "asked-no POST again": (),
    "asked GET over": (),
    "asked-not-again POST": (E("ask.blocked", "customer", **_CONTACT),),
    "asked-not-again POST again": (),
}

_APP: dict[str, Any] = {"by": "application/application", **_CONTACT}
_FOREIGN = E("auth.foreign", "application/application", res="denied", body={"kind": "ask", "id": "{foreign}"})
ASK_API: dict[str, tuple[E, ...]] = {
    "api-asks POST without key": (),  # nothing was made, and nothing looked up
    "api-asks POST refused": (),
    "api-asks POST": (E("ask.made", **_APP),),
    "api-asks POST again": (),
    "api-asks GET": (),
    "api-ask GET": (),
    "api-ask GET foreign": (_FOREIGN,),
    "api-ask-resend POST early": (),
    "api-ask-resend POST": (E("ask.repeated", **_APP),),
    "api-ask-resend POST foreign": (_FOREIGN,),
    "api-ask-cancel POST": (E("ask.cancelled", **_APP),),
    "api-ask-cancel POST again": (),
    "api-ask-cancel POST foreign": (_FOREIGN,),
}

ASKING_JOBS: dict[str, tuple[E, ...]] = {
    "asking.invite": (
        E("ask.read", "service", "ask", obj="contact", purpose="operations", cnt=1, body={"why": "invitation"}),
    ),
    "asking.end": (E("ask.expired", "service", **_CONTACT),),
}
