"""Our answer on the thread of a request: yes or no to a fee, or what the billing desk asked."""

from collections.abc import Collection
from dataclasses import dataclass, field

from broker.channels.manual_request import Mailing, Thread, demand_endings, on_thread
from broker.transport import ProvenAddress


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
    demand_endings([order.last_four])
    context = {
        "number": order.thread.number,
        "utility_name": order.utility_name,
        "last_four": order.last_four,
        "what": order.what,
        "who": order.recipient,
        "amount": order.amount,
        "member_pays": order.member_pays,
        "words": order.words,
    }
    mail = on_thread("coop_answer", context, order)
    return Mailing(order.to, mail, destination, tuple(own_servers))
