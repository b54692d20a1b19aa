"""What the desk's own work leaves in the log."""

from typing import Any

from tests.completeness.watch import E

_DESK: dict[str, Any] = {"by": "staff/staff", "of": "her"}
_SELF: dict[str, Any] = {"by": "staff/staff", "of": "clerk", "obj": "user"}
_OWN_ADDRESS = E("parties.read", **_SELF, purpose="operations", cnt=1, body={"why": "own page"})


def _page(name: str) -> E:
    return E("admin.viewed", **_DESK, obj="page", purpose="fulfilment", body={"page": name, "request": "{number}"})


def _assigned(how: str) -> E:
    return E("request.assigned", **_DESK, obj="manual_request", body={"request": "{number}", "how": how})


DESK_WORK: dict[str, tuple[E, ...]] = {
    "admin:find POST": (),  # leads to the request of a number; its page is what is read
    "admin:find POST unknown": (),
    "admin:next POST nothing": (),
    "admin:next POST": (E("request.assigned", **_DESK, obj="manual_request", body={"how": "next"}),),
    "admin:next POST again": (),  # it is theirs already
    "admin:request-take POST": (_assigned("taken"),),
    "admin:request-take POST again": (),
    "admin:request-give POST": (_assigned("given"),),
    "admin:request-give POST wrong": (),
    "admin:request-release POST": (_assigned("released"),),
    "admin:request-release POST again": (),
    "admin:request-note POST": (E("request.note", **_DESK, obj="manual_request", body={"request": "{number}"}),),
    "admin:request-note POST wrong": (_page("request"),),
    "admin:request-notes POST": (
        E("request.read", **_DESK, obj="manual_request", purpose="fulfilment", cnt=1, body={"fields": ["notes"]}),
    ),
    "admin:request-heard GET": (_page("heard"),),
    "admin:request-heard POST wrong": (_page("heard"),),
    "admin:request-heard POST": (
        E("mail.received", **_DESK, obj="message", cnt=1, body={"kind": "own_form", "by": "post"}),
    ),
    "admin:message POST": (
        E("mail.read", **_DESK, obj="message", purpose="fulfilment", cnt=1, body={"request": "{number}"}),
    ),
    "admin:message POST sealed": (),
    "admin:message-scan POST": (
        E("mail.read", **_DESK, obj="message", purpose="fulfilment", cnt=1, body={"request": "{number}"}),
    ),
    "admin:message-read-as POST": (
        E("mail.classified", **_DESK, obj="message", body={"request": "{number}", "as": "question"}),
    ),
    "admin:message-read-as POST again": (),
    "admin:file-beside POST": (
        E("file.read", **_DESK, obj="received_file", purpose="fulfilment", cnt=1, body={"why": "to compare it"}),
    ),
    "admin:request-call GET": (_page("call"),),
    "admin:request-call POST wrong": (_page("call"),),
    "admin:request-call POST": (
        E("sla.called", **_DESK, obj="manual_request", body={"request": "{number}", "outcome": "not_reached"}),
    ),
    "admin:request-decide GET": (_page("goes_on"),),
    "admin:request-decide POST wrong": (_page("goes_on"),),
    "admin:request-decide POST": (E("approval.requested", **_DESK, obj="approval", body={"of": "request.unanswered"}),),
    "admin:absences GET": (),  # names of colleagues and days
    "admin:absences POST wrong": (),
    "admin:absences POST": (E("desk.away", "staff/staff", obj="user"),),
    "admin:absence-back POST": (E("desk.back", "staff/staff", obj="user"),),
    "admin:absence-back POST again": (),
    "admin:morning GET": (),  # no address is known
    "admin:morning GET known": (_OWN_ADDRESS,),
    "admin:morning POST address": (E("code.sent", **_SELF, body={"purpose": "morning mail"}),),
    "admin:morning POST wrong": (E("code.failed", **_SELF, res="denied", body={"tries": 1}), _OWN_ADDRESS),
    "admin:morning POST code": (E("code.accepted", **_SELF, body={"purpose": "morning mail"}),),
    "admin:morning POST another": (E("code.sent", **_SELF, body={"purpose": "morning mail"}),),
    "admin:morning POST another code": (
        E("parties.read", **_SELF, purpose="operations", cnt=1, body={"why": "another address takes its place"}),
        E("code.accepted", **_SELF, body={"purpose": "morning mail"}),
    ),
    "admin:morning POST off": (E("parties.changed", **_SELF, body={"morning_mail": "off"}),),
}
DESK_WORK_JOBS: dict[str, tuple[E, ...]] = {
    "desk.address_over": (
        E("parties.changed", "service", of="clerk", obj="user", body={"morning_mail": "unproven address dropped"}),
    ),
    "desk.address_over early": (),
    "desk.morning": (
        E("parties.read", "service", "clerk", obj="user", purpose="operations", cnt=1, body={"why": "morning mail"}),
    ),
}
