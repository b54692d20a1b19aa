"""The mail that asks a utility again, on the thread of the request: short, polite, nothing enclosed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from broker.channels.manual_request import DeskPage, Item, Mailing, Thread, demand_endings, on_thread, own_of
from broker.transport import ProvenAddress


@dataclass(frozen=True)
class Open:
    """A request that waits for its answer, and the day that the utility named for it."""

    item: Item
    promised_for: date | None = None


@dataclass(frozen=True, repr=False)
class FollowUp:
    """All that it says. The accounts go by their last four digits; the letters went with the first mail.

    `earlier` are the Message-IDs of this thread's earlier mails, the one with the letter first. `others` are the
    threads of the further requests that it asks about: its References name both, so that an answer carries all tokens.
    """

    thread: Thread
    to: ProvenAddress
    message_id: str
    earlier: tuple[str, ...]
    utility_name: str
    still_open: tuple[Open, ...]
    letters: tuple[str, ...]
    sent_on: date | None
    again: bool = False
    others: tuple[Thread, ...] = ()
    page: DeskPage | None = None


def follow_up(order: FollowUp, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the mail; ValueError where more than the last four characters of an account would be in it."""
    demand_endings(each for one in order.still_open for each in one.item.last_fours)
    context = {
        "numbers": [each.item.number for each in order.still_open],
        "still_open": order.still_open,
        "any_named": any(each.promised_for for each in order.still_open),
        "utility_name": order.utility_name,
        "letters": order.letters,
        "sent_on": order.sent_on,
        "again": order.again,
        "page": order.page,
    }
    others = [each.message_id for each in order.others]
    mail = on_thread("coop_follow_up", context, order, earlier=order.earlier, others=others)
    return Mailing(order.to, mail, destination, tuple(own_servers), own_of(order.page))
