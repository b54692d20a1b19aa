"""What the billing desk's page leaves in the log."""

from typing import Any

from tests.completeness.watch import E

_CLERK: dict[str, Any] = {"by": "unknown/clerk"}
_HERS: dict[str, Any] = {**_CLERK, "of": "her", "obj": "manual_request"}


def _said(kind: str) -> E:
    return E("desk.said", **_HERS, body={"number": "{number}", "kind": kind})


BILLING_DESK: dict[str, tuple[E, ...]] = {
    "desk GET": (),
    "desk-hint GET": (),  # a mail scanner that opens the link asks for nothing
    "desk-hint POST slip": (),
    "desk-hint POST": (),  # the same for a code of ours and for any other; what is mailed is the job's own event
    "desk POST": (),
    "desk-code GET": (),
    "desk-code POST wrong": (E("desk.code_failed", **_CLERK, res="denied", body={"utility": "obec"}),),
    "desk-code POST": (E("desk.opened", **_CLERK, body={"utility": "obec"}),),
    "desk-requests GET": (
        E(
            "desk.shown",
            **_CLERK,
            obj="page",
            purpose="fulfilment",
            cnt=1,
            body={"utility": "obec", "requests": "{numbers}"},
        ),
    ),
    "desk-act GET": (),  # one row of the list that was shown
    "desk-act POST secret": (E("gate.refused", "unknown", res="denied"),),
    "desk-act POST words": (_said("words"),),
    "desk-act POST twice": (),
    "desk-act POST promise": (_said("promise"), E("sla.promised", **_HERS, body={"request": "{number}"})),
    "desk-act POST fee": (_said("fee"), E("fee.quoted", **_HERS, body={"number": "{number}", "amount": "35.00"})),
    "desk-act POST paper": (_said("paper"), E("question.asked", **_HERS, body={"number": "{number}", "asks": "paper"})),
    "desk-act POST own_form": (_said("own_form"),),
    "desk-act POST not_member": (_said("not_member"),),
    "desk-act POST files": (E("desk.said", **_HERS, cnt=1, body={"number": "{number}", "kind": "files"}),),
    "desk-act POST doubt": (
        _said("doubt"),
        E("consent.disputed", **_CLERK, of="her", obj="letter", body={"consent": "{consent}"}),
        E("consent.suspended", **_CLERK, of="her", body={"because": "utility_doubt"}),
    ),
    "desk-leave POST": (),
}
DESK_JOBS: dict[str, tuple[E, ...]] = {
    "desk.code": (E("desk.code_sent", **_CLERK, body={"utility": "obec"}),),
    "desk.code unknown": (),
}

_OPENED = E("mail.read", "staff/staff", "holding", obj="message", purpose="fulfilment", cnt=1)
_MATCHED: dict[str, Any] = {"by": "staff/staff", "obj": "message"}
# What staff do with a mail that answers several members: the whole choice is the pen's, and each has her own part.
DIVIDED: dict[str, tuple[E, ...]] = {
    "admin:held POST": (_OPENED,),
    "admin:held-choose POST add": (_OPENED,),
    "admin:held-choose POST without a choice": (_OPENED,),
    "admin:held-choose POST divide": (
        _OPENED,
        E("mail.matched", **_MATCHED, of="holding", cnt=2, body={"divided": "{divided}", "surplus": []}),
        E("mail.matched", **_MATCHED, of="her", cnt=1, body={"request": "{her_number}", "divided": None}),
        E("mail.matched", **_MATCHED, of="his", cnt=1, body={"request": "{his_number}", "divided": None}),
    ),
    "admin:held-choose POST again": (),
}
