"""What the acts on a request that waits leave in the log: fees, questions, another form; and the page of numbers."""

from typing import Any

from tests.completeness.watch import E

_PAGE = E(
    "admin.viewed",
    "staff/staff",
    "her",
    obj="page",
    purpose="fulfilment",
    body={"page": "request acts", "request": "{number}"},
)
_BY_STAFF: dict[str, Any] = {"by": "staff/staff", "of": "her", "obj": "manual_request"}
_BY_HER: dict[str, Any] = {"by": "customer", "of": "her", "obj": "manual_request"}
_BY_US: dict[str, Any] = {"by": "service", "of": "her", "obj": "manual_request"}
_NUMBERS: dict[str, Any] = {"obj": "page", "body": {"page": "numbers"}}
_COMPARED = E(
    "question.read",
    **{**_BY_STAFF, "by": "staff/operator"},
    purpose="fulfilment",
    cnt=1,
    body={"number": "{number}", "why": "to compare it"},
)
_BEGINS = E("request.state", **_BY_US, body={"state": "sending", "number": "{number}"})
_ADDRESS = E("parties.read", "service", "her", obj="customer", purpose="operations", cnt=1, body={"fields": ["email"]})


def _state(old: str, new: str) -> tuple[E, ...]:
    return (E("request.state", **_BY_STAFF, body={"from": old, "state": new}),)


FEES: dict[str, tuple[E, ...]] = {
    "admin:request-acts GET": (_PAGE,),
    "admin:request-act POST wrong": (_PAGE,),
    "admin:request-act POST not offered": (),
    "admin:request-act POST quote": (
        E("fee.quoted", **_BY_STAFF, body={"amount": "35.00", "two_people": True, "number": "{number}"}),
    ),
    "admin:request-act POST second": (
        E("approval.requested", "staff/staff", "her", obj="approval", body={"of": "fee.accept"}),
    ),
    "admin:request-act POST ask": (E("question.asked", **_BY_STAFF, body={"asks": "fee", "number": "{number}"}),),
    "my-request-question GET fee": (),  # an amount, which is nothing of hers that is sealed
    "my-request-question GET fee quoted": (
        E("mail.read", "customer", "her", obj="message", purpose="own_data", cnt=1, body={"request": "{number}"}),
    ),
    "my-request-question POST wrong": (),
    "my-request-question POST yes": (
        E("fee.accepted", **_BY_HER, body={"amount": "35.00", "payer": "customer", "how": "page"}),
        E("approval.withdrawn", "customer", "her", obj="approval", body={"of": "fee.accept"}),
    ),
    "my-request-question GET": (),  # nothing waits for her
    "my-request-question GET foreign": (
        E("auth.foreign", "customer", res="denied", body={"kind": "request", "id": "{foreign}"}),
    ),
    "admin:request-act POST alone": (
        E("fee.accepted", **_BY_STAFF, body={"amount": "20.00", "payer": "recipient", "decided_by": "one"}),
    ),
    "admin:request-act POST acknowledged": _state("waiting_on_utility", "acknowledged"),
    "admin:request-act POST asks-us": _state("acknowledged", "waiting_on_us"),
    "admin:request-act POST answer": (E("request.note", **_BY_STAFF, body={"mail": "our_answer"}),),
    "admin:request-act POST phoned": _state("waiting_on_us", "waiting_on_utility"),
    "my-request-question GET words": (
        E("question.read", **_BY_HER, purpose="own_data", cnt=1, body={"number": "{number}", "reply": False}),
    ),
    "my-request-question POST words": (E("question.answered", **_BY_HER, body={"asks": "words", "answer": "done"}),),
    "admin:request-acts-words POST": (
        E("question.read", **_BY_STAFF, purpose="fulfilment", cnt=1, body={"number": "{number}", "reply": True}),
    ),
    "admin:request-act POST heard": (
        E("question.answered", **_BY_STAFF, body={"asks": "sign", "answer": "done", "how": "phone"}),
    ),
    "admin:request-act POST replace": (
        E(
            "request.read",
            "staff/staff",
            "her",
            obj="request",
            purpose="fulfilment",
            cnt=1,
            body={"number": "{number}"},
        ),
        E("request.superseded", **_BY_STAFF, body={"why": "own_form", "number": "{number}"}),
    ),
    "admin:request-act POST send": _state("drafted", "queued"),
    "admin:request-act POST posted alone": (),  # whoever replaced it for a form of the co-op sends it with another
    "admin:request-act POST posted": _state("drafted", "delivery_unproven"),
    "admin:request-act POST mail": (E("request.state", **_BY_STAFF, body={"mail": "fee_accepted", "arrived": True}),),
    "admin:request-yes POST wrong": (_PAGE,),
    "admin:request-yes POST": (
        E("approval.requested", "staff/staff", "her", obj="approval", body={"of": "fee.her_yes"}),
        E("fee.yes_written", **_BY_STAFF, body={"amount": "35.00", "how": "post", "number": "{number}"}),
    ),
    "admin:fee-yes GET": (_COMPARED,),
    "admin:fee-yes-scan POST": (_COMPARED,),
    "admin:fee-yes POST": (
        E("approval.given", "staff/operator", "her", obj="approval", body={"of": "fee.her_yes"}),
        E("fee.accepted", **{**_BY_STAFF, "by": "staff/operator"}, body={"payer": "customer", "how": "post"}),
        E("approval.executed", "staff/operator", "her", obj="approval", body={"of": "fee.her_yes"}),
    ),
    "admin:numbers GET": (E("admin.viewed", "staff/staff", purpose="fulfilment", **_NUMBERS),),
    "console-numbers GET": (E("admin.viewed", "staff/officer", purpose="compliance", **_NUMBERS),),
}

FEES_JOBS: dict[str, tuple[E, ...]] = {
    "question.told": (_ADDRESS,),
    "question.told paper": (E("electronic.printed", "service", "her", body={"template": "request_question"}),),
    "fee.told": (_ADDRESS,),
    "fee.told recipient": (),  # to the recipient's contact; its sending is an event of the notice
    "thread.send": (_BEGINS, E("mail.sent", **_BY_US, body={"mail": "fee_accepted", "number": "{number}"})),
    "thread.send words": (
        E("mail.read", "service", "her", obj="mail", purpose="fulfilment", cnt=1, body={"mail": "our_answer"}),
        _BEGINS,
        E("mail.sent", **_BY_US, body={"mail": "our_answer"}),
    ),
    "thread.send unknown": (
        _BEGINS,
        E("mail.failed", **{**_BY_US, "res": "error"}, body={"mail": "fee_accepted", "state": "unknown"}),
    ),
}
