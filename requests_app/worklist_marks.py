"""The thread of a request for the desk: what each message is, and what is known of its delivery (reads only)."""

from dataclasses import dataclass

from django.db.models import Q

from requests_app.inbound.holding import SEALED
from requests_app.ladder.models import FollowUp
from requests_app.ladder.words import AskState
from requests_app.lifecycle import ManualState, WithdrawalState
from requests_app.models import ManualRequest, Message

OUT = {
    "request": "Our letter",
    "withdrawal": "We take the letter back",
    "follow_up": "We ask again",
    "surplus": "We say that too much came",
    "fee_accepted": "We say yes to the fee",
    "fee_declined": "We say no to the fee",
    "our_answer": "We answer",
    "closed": "We say that it is closed",
    "replaced": "We say that another request takes its place",
}
IN = {
    "answer": "An answer, with files",
    "acknowledgement": "They have the request",
    "auto_reply": "An automatic reply",
    "delay": "Their mail server is slow",
    "bounce": "A report that a mail did not arrive",
    "delivered": "A report that a mail arrived",
    "relayed": "A report that a mail was handed on",
    "read_receipt": "A receipt of reading",
    "complaint": "A complaint about our mail",
    "message": "A mail without a file",
    "duplicate": "A mail that had come before",
    "ended": "Came after the end; it stays sealed",
    "held": "In the holding pen",
    "credentials": "Holds a portal login, or could not be read; two people open it",
    "phone": "By phone",
    "post": "By post",
    "desk": "From the co-op’s page",
}
GOOD, OPEN, BAD, PLAIN = "yes", "open", "no", ""
ASKED = {
    AskState.QUEUED: ("goes out by itself", OPEN),
    AskState.SENDING: ("on its way", OPEN),
    AskState.SENT: ("handed over", GOOD),
    AskState.UNKNOWN: ("not known whether it arrived", BAD),
    AskState.REFUSED: ("refused by their server", BAD),
    AskState.CANCELLED: ("taken back; nothing left us", PLAIN),
}


@dataclass(frozen=True)
class Line:
    """One message, and its mark; `tone` is for the colour alone, the words say it all."""

    message: Message
    what: str
    mark: str
    tone: str
    openable: bool


def thread(manual: ManualRequest) -> list[Line]:
    """Give the messages of a request in the order in which they happened, each with what is known of its delivery."""
    in_it = Q(manual=manual) | Q(enclosed__manual=manual)  # another request's mail may hold it too
    of_it = Message.objects.filter(in_it).distinct()
    rows = list(of_it.select_related("heard__person", "desk_act", "choice", "judged", "read_as").order_by("at", "id"))
    letters = [each for each in rows if each.direction == "out" and each.kind == "request"]
    newest = letters[-1].id if letters else None
    mails = FollowUp.objects.filter(manual=manual).select_related("went_with")
    asks = {(each.went_with or each).message_id: each.state for each in mails}
    return [_line(manual, each, newest, asks) for each in rows]


def _line(manual: ManualRequest, message: Message, newest: object, asks: dict[str, str]) -> Line:
    if message.direction == "in":
        return _came(message)
    if message.kind == "request":
        mark, tone = _letter(manual) if message.id == newest else ("it was sent again since", PLAIN)
    elif message.kind == "withdrawal":
        mark, tone = _withdrawal(manual)
    elif message.message_id in asks:
        mark, tone = ASKED[AskState(asks[message.message_id])]
    else:
        mark, tone = "handed over", PLAIN
    return Line(message, OUT.get(message.kind, message.kind.replace("_", " ").capitalize()), mark, tone, True)


def _came(message: Message) -> Line:
    heard = getattr(message, "heard", None)
    what, mark, tone = IN.get(message.kind, message.kind), "", PLAIN
    if heard is not None:
        what = f"{heard.get_way_display().capitalize()}: {heard.get_kind_display()}"
        mark = f"written down by {heard.person.full_name}"
    elif (said := getattr(message, "desk_act", None)) is not None:
        what = f"On its page the billing desk {said.get_kind_display()}"
    elif message.kind == "held" and hasattr(message, "choice"):
        mark = message.choice.get_what_display()
    elif hasattr(message, "read_as"):
        mark = f"read as: {message.read_as.get_what_display()}"
    elif message.kind in SEALED:
        mark, tone = "waits for a person" if message.kind == "held" else "sealed", OPEN
    return Line(message, what, mark, tone, message.kind not in SEALED)


def _letter(manual: ManualRequest) -> tuple[str, str]:
    if manual.delivered_at is not None:
        return "its arrival is proven", GOOD
    match ManualState(manual.state):
        case ManualState.DELIVERY_UNKNOWN:
            return "not known whether it arrived", BAD
        case ManualState.NOT_DELIVERED:
            return "it did not arrive", BAD
        case ManualState.QUEUED:
            return "it goes out again", OPEN
        case _:
            return "a relay took it; nothing proves its arrival", OPEN


def _withdrawal(manual: ManualRequest) -> tuple[str, str]:
    return {
        WithdrawalState.SENT: ("handed over", GOOD),
        WithdrawalState.REFUSED: ("refused by their server", BAD),
        WithdrawalState.SENDING: ("not known whether it left", BAD),
    }.get(WithdrawalState(manual.withdrawal or "queued"), ("goes out by itself", OPEN))
