"""A mail on the thread of a request that tells the billing desk of too much data, and repeats none of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from broker.channels.manual_request import DeskPage, Mailing, Thread, demand_endings, on_thread, own_of
from broker.transport import ProvenAddress


@dataclass(frozen=True, repr=False)
class SurplusNotice:
    """All that such a mail says: which request and file, what kind of surplus, what became of it; never what is in it.

    `kinds` are other_account, extra_months, extra_types; `became` is empty, destroy, return or wider.
    """

    thread: Thread
    to: ProvenAddress
    message_id: str
    utility_name: str
    last_four: str
    received_on: date
    kinds: tuple[str, ...]
    part_used: bool
    became: str = ""
    page: DeskPage | None = None


def notice(order: SurplusNotice, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the mail. ValueError where more of an account than its end would be in it."""
    demand_endings([order.last_four])
    context = {
        "number": order.thread.number,
        "utility_name": order.utility_name,
        "last_four": order.last_four,
        "received_on": order.received_on,
        "kinds": order.kinds,
        "part_used": order.part_used,
        "became": order.became,
        "page": order.page,
    }
    mail = on_thread("coop_surplus", context, order)
    return Mailing(order.to, mail, destination, tuple(own_servers), own_of(order.page))
