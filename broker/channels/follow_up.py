"""The mail that asks a utility again, on the thread of the request: short, polite, nothing enclosed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from broker.channels.manual_request import Mailing, Thread, demand_endings, on_thread
from broker.transport import ProvenAddress


@dataclass(frozen=True, repr=False)
class FollowUp:
    """All that it says. The account goes by its last four digits; the letter went with the first mail.

    `earlier` are the Message-IDs of this thread's earlier mails, the one with the letter first: the References of
    RFC 5322.
    """

    thread: Thread
    to: ProvenAddress
    message_id: str
    earlier: tuple[str, ...]
    utility_name: str
    last_fours: tuple[str, ...]
    letter_number: str
    sent_on: date | None
    promised_for: date | None
    number: int


def follow_up(order: FollowUp, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the mail; ValueError where more than the last four characters of an account would be in it."""
    demand_endings(order.last_fours)
    context = {
        "number": order.thread.number,
        "utility_name": order.utility_name,
        "last_fours": order.last_fours,
        "letter_number": order.letter_number,
        "sent_on": order.sent_on,
        "promised_for": order.promised_for,
        "again": order.number > 1,
    }
    mail = on_thread("coop_follow_up", context, order, earlier=order.earlier)
    return Mailing(order.to, mail, destination, tuple(own_servers))
