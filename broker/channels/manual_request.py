"""The request by e-mail to the utility's billing desk, with the member's signed letter enclosed."""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from typing import Protocol

from django.conf import settings

from broker.notices import compose
from broker.notices.compose import Attachment
from broker.terms import ChannelName
from broker.transport import Delivery, ProvenAddress, smtp

_TOKEN = re.compile(r"\b[rR]\.([a-z2-7]{26})[.@]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_LAST_FOUR = re.compile(r"[A-Za-z0-9]{1,4}")


@dataclass(frozen=True)
class Thread:
    """What holds the mails of one request together; the token is a hint on replies, never a proof."""

    number: str
    token: str
    message_id: str


@dataclass(frozen=True)
class Item:
    """One row of a mail's schedule: the request, the accounts by their last four characters, and what is asked for.

    `letter` is the number of the signed letter under which it is asked.
    """

    number: str
    last_fours: tuple[str, ...]
    data_types: tuple[str, ...]
    begin: date
    last_day: date
    letter: str = ""


@dataclass(frozen=True, repr=False)
class Letter:
    """A signed letter that goes with a mail, and how the desk checks it."""

    number: str
    data: bytes = field(repr=False)
    verify_url: str = ""
    verify_code: str = ""


@dataclass(frozen=True)
class DeskPage:
    """The page on which the billing desk finds all our open requests, and the code that names this request there."""

    url: str
    code: str


@dataclass(frozen=True, repr=False)
class RequestLetter:
    """All that a request says. The account numbers themselves stand in the enclosed letters alone.

    `title` is what the utility itself calls such a letter. `others` are the threads of the further requests in this
    mail: its References name them, so that an answer carries the tokens of all. `page` is where the desk can answer,
    and what names the first request there. `members`: so many people signed the letters; `more_codes` name a request of
    each further one there, by number and code.
    """

    thread: Thread
    to: ProvenAddress
    utility_name: str
    recipient: str
    title: str
    items: tuple[Item, ...]
    letters: tuple[Letter, ...]
    others: tuple[Thread, ...] = ()
    page: DeskPage | None = None
    members: int = 1
    more_codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fee:
    """A fee that falls with a request: of which one, how much, and whether the member was to pay it."""

    number: str
    amount: str
    member_pays: bool


@dataclass(frozen=True, repr=False)
class Withdrawal:
    """All that a withdrawal says: by the member, or because a newer letter replaces the one that was sent, or ended.

    `requests` are the number and the last four digits of each request that is taken back, `answered` whether data came
    for one of them, `fees` what the utility named for those that it has not answered. `parent` is the mail that is
    answered: another request's where the letter went out with it.
    """

    thread: Thread
    to: ProvenAddress
    message_id: str
    utility_name: str
    requests: tuple[tuple[str, str], ...]
    letter_number: str = ""
    newer_letter: str = ""
    by_member: bool = False
    answered: bool = False
    fees: tuple[Fee, ...] = ()
    parent: str = ""


class LaterMail(Protocol):
    """What each mail after the request itself knows: its thread, to whom it goes, and its reserved id."""

    @property
    def thread(self) -> Thread:
        """The thread of the request."""

    @property
    def to(self) -> ProvenAddress:
        """The desk's verified address."""

    @property
    def message_id(self) -> str:
        """Reserved before sending."""


@dataclass(frozen=True, repr=False)
class Mailing:
    """A mail that is ready: kept by the caller before it is handed over."""

    to: ProvenAddress
    message: EmailMessage
    destination: str | None = None
    own_servers: tuple[str, ...] = ()
    own: tuple[str, ...] = field(default=(), repr=False)  # links and codes of ours in it, made by chance

    @property
    def raw(self) -> bytes:
        """The bytes that go over the wire."""
        return smtp.as_sent(self.message)


class ManualRequestChannel:
    """Hands a ready mail to the utility's mail server."""

    name = ChannelName.MANUAL_REQUEST

    def hand_over(self, order: Mailing, /) -> Delivery:
        """Send once; raises what `smtp.send` raises."""
        return smtp.send(
            order.message,
            to=order.to,
            envelope_from=settings.MAIL_FROM,
            destination=order.destination,
            own_servers=order.own_servers,
        )


def new_thread(number: str) -> Thread:
    """Reserve the names of a new thread, before anything is sent."""
    token = "".join(secrets.choice(_LETTERS) for _ in range(26))
    return Thread(number, token, message_id(token))


def message_id(token: str) -> str:
    """Make a fresh Message-ID that carries the thread's token."""
    return f"<r.{token}.{secrets.token_hex(8)}@{settings.MAIL_DOMAIN}>"


def reply_address(token: str) -> str:
    """Give the address to which answers on this thread come."""
    return f"r.{token}@{settings.MAIL_DOMAIN}"


def tokens_in(*texts: str) -> list[str]:
    """Find the thread tokens in addresses and Message-IDs of a mail, in order, each once."""
    return list(dict.fromkeys(found[1] for text in texts for found in _TOKEN.finditer(text)))


def request(order: RequestLetter, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the request: what is asked for, the letters, and three ways to answer."""
    demand_endings(each for item in order.items for each in item.last_fours)
    context = {
        "numbers": [each.number for each in order.items],
        "items": order.items,
        "utility_name": order.utility_name,
        "who": order.recipient,
        "title": order.title,
        "letters": order.letters,
        "page": order.page,
        "members": order.members,
        "more_codes": order.more_codes,
        "desk_address": order.to.address,
        "reply_address": reply_address(order.thread.token),
    }
    references = {"References": " ".join(each.message_id for each in order.others)} if order.others else {}
    mail = compose.message(
        compose.render("coop_request", language="en", context=context),
        to=order.to.address,
        message_id=order.thread.message_id,
        attachments=[Attachment(f"{each.number}.pdf", "application/pdf", each.data) for each in order.letters],
        headers=_headers(order.thread) | references,
    )
    letters = [word for each in order.letters for word in (each.verify_url, each.verify_code) if word]
    own = (*letters, *own_of(order.page), *(code for _number, code in order.more_codes))
    return Mailing(order.to, mail, destination, tuple(own_servers), own)


def own_of(page: DeskPage | None) -> tuple[str, ...]:
    """Give what of the desk's page was made by chance, as a mail names it."""
    return () if page is None else (page.url, page.code)


def withdrawal(order: Withdrawal, *, destination: str | None = None, own_servers: Collection[str] = ()) -> Mailing:
    """Write the withdrawal, on the thread of the request."""
    parent = order.parent or order.thread.message_id
    context = {
        "requests": order.requests,
        "utility_name": order.utility_name,
        "answered": order.answered,
        "fees": order.fees,
        "letter_number": order.letter_number,
        "newer_letter": order.newer_letter,
        "by_member": order.by_member,
    }
    mail = on_thread("coop_withdrawal", context, order, earlier=[parent])
    return Mailing(order.to, mail, destination, tuple(own_servers))


def demand_endings(endings: Iterable[str]) -> None:
    """Raise ValueError where more of an account than its last four characters would be in a mail."""
    if not all(_LAST_FOUR.fullmatch(each) for each in endings):
        raise ValueError("only the last four characters of an account may be in a mail")


def on_thread(
    template: str,
    context: Mapping[str, object],
    order: LaterMail,
    *,
    earlier: Sequence[str] = (),
    others: Sequence[str] = (),
) -> EmailMessage:
    """Write a later mail on a thread, as the answer to the first of these ids; without any, to the request's own.

    A `page` in the context is the desk's own, where the request is still open.

    `others` are ids of further threads that it is about.
    """
    ids = list(earlier) or [order.thread.message_id]
    named = [*(each for each in others if each not in ids), *ids]
    return compose.message(
        compose.render(
            template,
            language="en",
            context={
                **context,
                "reply_address": reply_address(order.thread.token),
                "desk_address": order.to.address,
            },
        ),
        to=order.to.address,
        message_id=order.message_id,
        headers=_headers(order.thread) | {"In-Reply-To": ids[0], "References": " ".join(named)},
    )


def _headers(thread: Thread) -> dict[str, str]:
    # A person reads this mail, and an out-of-office answer of the desk is worth having: no Auto-Submitted.
    return {"Reply-To": reply_address(thread.token), "Auto-Submitted": ""}
