"""Our answer on the thread of a request: yes or no to a fee, or what the billing desk asked."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from broker.channels.manual_request import Mailing, Thread, reply_address
from broker.notices import compose
from broker.transport import ProvenAddress

_LAST_FOUR = re.compile(r"[A-Za-z0-9]{1,4}")


@dataclass(frozen=True, repr=False)
class ThreadAnswer:
    """All that such a mail says. `what` is fee_accepted, fee_declined or our_answer; `amount` a text in dollars."""

    thread: Thread
    to: ProvenAddress
    message_id: str
    utility_name: str
    last_four: str
    what: str
    recipient: str
    amount: str = ""
    member_pays: bool = False
    words: str = field(default="", repr=False)


def answer(order: ThreadAnswer, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the mail, on the thread of the request. ValueError where more of an account than its end would be in it."""
    if not _LAST_FOUR.fullmatch(order.last_four):
        raise ValueError("only the last four characters of an account may be in a mail")
    context = {
        "number": order.thread.number,
        "utility_name": order.utility_name,
        "last_four": order.last_four,
        "what": order.what,
        "who": order.recipient,
        "amount": order.amount,
        "member_pays": order.member_pays,
        "words": order.words,
        "reply_address": reply_address(order.thread.token),
    }
    mail = compose.message(
        compose.render("coop_answer", language="en", context=context),
        to=order.to.address,
        message_id=order.message_id,
        # A person reads this mail, and an out-of-office answer of the desk is worth having: no Auto-Submitted.
        headers={
            "Reply-To": reply_address(order.thread.token),
            "Auto-Submitted": "",
            "In-Reply-To": order.thread.message_id,
            "References": order.thread.message_id,
        },
    )
    return Mailing(order.to, mail, destination, tuple(own_servers))
