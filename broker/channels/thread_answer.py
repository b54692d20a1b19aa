"""Our later word on the thread of a request: yes or no to a fee, an answer to the desk, or that it has ended."""

from collections.abc import Collection
from dataclasses import dataclass, field

from broker.channels.manual_request import DeskPage, Mailing, Thread, demand_endings, on_thread, own_of
from broker.transport import ProvenAddress


@dataclass(frozen=True, repr=False)
class ThreadAnswer:
    """All that such a mail says; an amount is a text in dollars.

    `what` is fee_accepted, fee_declined, our_answer, closed or replaced. Of a closed one: `answered`, whether data came
    for it, and `fees` that were named and fall. Of a replaced one: `newer`, the request in its place, and whether that
    brings our letter signed `on_paper` or the desk's own form. `page` is the desk's own, while the request is open.
    """

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
    answered: bool = False
    fees: tuple[str, ...] = ()
    newer: str = ""
    on_paper: bool = False
    page: DeskPage | None = None


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
        "answered": order.answered,
        "fees": order.fees,
        "newer": order.newer,
        "on_paper": order.on_paper,
        "page": order.page,
    }
    mail = on_thread("coop_answer", context, order)
    return Mailing(order.to, mail, destination, tuple(own_servers), own_of(order.page))
