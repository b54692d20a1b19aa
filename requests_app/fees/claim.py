"""What events say of fees, questions to a customer and her answers, mails that left, and requests in another's place.

So none of their rows can vanish, appear or change alone (`verify_log --with-keys`).
"""

from collections.abc import Iterator
from decimal import Decimal

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.encoding import b64url
from broker.audit.entry import Header
from requests_app.fees.lifecycle import DecidedBy, FeeState, Mail, MailState
from requests_app.fees.models import FeeQuote, Question, Reply, Succession, ThreadMail, WrittenYes

_MAILS = frozenset(each.value for each in Mail)
_DECIDED = {"fee.accepted": FeeState.ACCEPTED, "fee.declined": FeeState.DECLINED}


def _fees(head: Header, body: Body) -> list[Told]:
    """A fee that is named, one that is decided, and those that are put aside for another one or another request."""
    found = [Told(each, {"state": FeeState.REPLACED.value}) for each in _ids(body.get("puts_aside", []))]
    if head.act == "request.superseded":
        return found
    facts: dict[str, Json] = {"amount": _dollars(body["amount"]), "currency": body["currency"]}
    if head.act == "fee.quoted":
        facts |= {"state": FeeState.QUOTED.value, "limit": _dollars(body["limit"]), "way": body["said_by"]}
        facts |= {"mail": body["message"]} if "message" in body else {}
        facts |= {"payer": "", "decision": "", "who_wrote_it": _who(head)}
    else:
        facts |= {"state": _DECIDED[head.act].value, "payer": body["payer"], "decision": body["decided_by"]}
        facts |= {"approval": body.get("approval")}
        if body["decided_by"] != DecidedBy.CUSTOMER:
            facts |= {"who_decided": _who(head)}
    return [*found, Told(str(body["fee"]), facts)]


def _fee_rows() -> Iterator[Row]:
    for each in FeeQuote.objects.iterator():
        facts: dict[str, Json] = {
            "amount": _dollars(each.amount),
            "currency": each.currency,
            "limit": _dollars(each.limit),
            "way": each.said_by,
            "mail": str(each.message_id) if each.message_id else None,
            "state": each.state,
            "payer": each.payer,
            "decision": each.decided_by,
            "approval": str(each.approval) if each.approval else None,
            "who_wrote_it": b64url(each.quoted_by.bytes),
            "who_decided": b64url(each.decider.bytes) if each.decider else None,
        }
        yield Row(str(each.id), each.audit_event_id, facts)


def _question(_head: Header, body: Body) -> Told:
    return Told(str(body["question"]), {"kind": body["asks"], "fee": body["fee"]})


def _question_rows() -> Iterator[Row]:
    for each in Question.objects.defer("words").iterator():
        fee = str(each.fee_id) if each.fee_id else None
        yield Row(str(each.id), each.audit_event_id, {"kind": each.asks, "fee": fee})


def _reply(_head: Header, body: Body) -> Told | None:
    """A yes to a fee is hers only where it answers a question; our own people accept one without."""
    if "question" not in body:
        return None
    return Told(f"question {body['question']}", {"answer": body["answer"], "way": body["how"]})


def _reply_rows() -> Iterator[Row]:
    for each in Reply.objects.defer("words").iterator():
        yield Row(f"question {each.question_id}", each.audit_event_id, {"answer": each.answer, "way": each.how})


def _written(_head: Header, body: Body) -> Told:
    facts = {"way": body["how"], "amount": _dollars(body["amount"]), "approval": body["approval"]}
    return Told(str(body["yes"]), facts)


def _written_rows() -> Iterator[Row]:
    for each in WrittenYes.objects.defer("words").iterator():
        facts: dict[str, Json] = {"way": each.how, "amount": _dollars(each.amount), "approval": str(each.approval)}
        yield Row(str(each.id), each.audit_event_id, facts)


def _succession(_head: Header, body: Body) -> Told:
    return Told(str(body["number"]), {"reason": body["why"], "new_request": body["new_request"]})


def _succession_rows() -> Iterator[Row]:
    for each in Succession.objects.select_related("old", "new").iterator():
        facts: dict[str, Json] = {"reason": each.why, "new_request": str(each.new.request_id)}
        yield Row(each.old.number, each.audit_event_id, facts)


def _left(_head: Header, body: Body) -> Told | None:
    """A mail of ours that left, or of which a person found out that it did: by the id that was reserved for it."""
    if body.get("mail") not in _MAILS or not body.get("arrived", True) or "message_id" not in body:
        return None
    return Told(str(body["message_id"]), {"kind": body["mail"]})


def _left_rows() -> Iterator[Row]:
    """Give those that left; one that has not is no evidence yet."""
    for each in ThreadMail.objects.filter(state=MailState.SENT).defer("words").iterator():
        yield Row(each.message_id, each.audit_event_id, {"kind": each.what})


def _ids(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("puts_aside")
    return [str(each) for each in value]


def _dollars(amount: object) -> str:
    return f"{Decimal(str(amount)):.2f}"


def _who(head: Header) -> str:
    return head.actor.partition(":")[2]


CLAIMS = (
    Claim("fees_feequote", "fee of a utility", frozenset({"fee.quoted", *_DECIDED, "request.superseded"}), _fees,
          _fee_rows),
    Claim("fees_question", "question to a customer", frozenset({"question.asked"}), _question, _question_rows),
    Claim("fees_reply", "customer's answer", frozenset({"fee.accepted", "fee.answered", "question.answered"}), _reply,
          _reply_rows),
    Claim("fees_writtenyes", "customer's yes by post or phone", frozenset({"fee.yes_written"}), _written,
          _written_rows),
    Claim("fees_threadmail", "mail of ours on a thread", frozenset({"mail.sent", "request.state"}), _left, _left_rows),
    Claim("fees_succession", "note that a request took another's place", frozenset({"request.superseded"}),
          _succession, _succession_rows),
)  # fmt: skip
