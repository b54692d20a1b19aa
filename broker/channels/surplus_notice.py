"""A mail on the thread of a request that tells the billing desk of too much data, and repeats none of it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from broker.channels.manual_request import Mailing, Thread, reply_address
from broker.notices import compose
from broker.transport import ProvenAddress

_LAST_FOUR = re.compile(r"[A-Za-z0-9]{1,4}")


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


def notice(order: SurplusNotice, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the mail. ValueError where more of an account than its end would be in it."""
    if not _LAST_FOUR.fullmatch(order.last_four):
        raise ValueError("only the last four characters of an account may be in a mail")
    context = {
        "number": order.thread.number,
        "utility_name": order.utility_name,
        "last_four": order.last_four,
        "received_on": order.received_on,
        "kinds": order.kinds,
        "part_used": order.part_used,
        "became": order.became,
        "reply_address": reply_address(order.thread.token),
    }
    mail = compose.message(
        compose.render("coop_surplus", language="en", context=context),
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
