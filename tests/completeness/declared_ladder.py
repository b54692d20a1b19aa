"""What the jobs of a request's ladder leave in the log."""

from typing import Any

from tests.completeness.watch import E

_REQUEST: dict[str, Any] = {"by": "service", "of": "her", "obj": "manual_request"}
_ADDRESS = E("parties.read", "service", "her", obj="customer", purpose="operations", cnt=1, body={"fields": ["email"]})

LADDER_JOBS: dict[str, tuple[E, ...]] = {
    "ladder.walk": (),  # it looks, and enqueues what is due
    "ladder.climb reminds": (
        E("sla.reminded", **_REQUEST, body={"number": "{number}", "step": "reminder", "consent": "{consent}"}),
    ),
    "ladder.climb asks": (
        E("sla.overdue", **_REQUEST, body={"number": "{number}", "step": "overdue"}),
        E("request.state", **_REQUEST, body={"number": "{number}", "state": "asking again", "follow_up": 1}),
    ),
    "ladder.climb calls": (E("sla.call", **_REQUEST, body={"number": "{number}", "call": 1}),),
    "ladder.climb decides": (E("sla.decide", **_REQUEST, body={"number": "{number}", "step": "decide"}),),
    "manual.follow_up": (
        E("request.state", **_REQUEST, body={"state": "sending", "mail": "follow_up", "number": "{number}"}),
        E("sla.follow_up", **_REQUEST, body={"number": "{number}", "kind": "accepted_by_destination"}),
    ),
    "ladder.told": (_ADDRESS,),
    "ladder.renewal": (_ADDRESS,),
    "ladder.ended": (_ADDRESS,),
}
