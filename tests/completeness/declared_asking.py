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

ASKING_JOBS: dict[str, tuple[E, ...]] = {
    "asking.invite": (
        E("ask.read", "service", "ask", obj="contact", purpose="operations", cnt=1, body={"why": "invitation"}),
    ),
    "asking.end": (E("ask.expired", "service", **_CONTACT),),
}
