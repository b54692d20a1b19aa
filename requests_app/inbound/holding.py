"""Why a mail waits in the holding pen: each reason with a code of its own and words for the desk (rules)."""

from collections.abc import Mapping
from typing import Any

from broker.credentials import Finding
from broker.looking import TOO_LONG
from broker.terms import SERVICE
from requests_app.inbound.kinds import Kind

HOLDER = SERVICE("mail-holding").id  # whose key seals what belongs to nobody known
LOGINS = SERVICE("mail-credentials").id  # whose keys, one for each mail, seal what carried a portal login
SEALED = ("held", "credentials", "ended")  # kinds of mail that nobody opens from a thread: the pen is where they wait
# Of a mail whose every word was not read: it may hold a login, so it lies and ends like one in which one was found.
UNREAD = Finding("mail.unread", 0, 0, TOO_LONG)
# Of a program, about a mail of several customers: each of them has a note of it, and the whole is opened by nobody.
SHARED = "shared"
WHICH = "mail.which_request"
BY_PROGRAMS = (Kind.AUTO_REPLY, Kind.DELAY, Kind.READ_RECEIPT)
HOLDING: dict[str, str] = {
    "mail.from_none": "It has no From line.",
    "mail.from_many": "It names more than one sender.",
    "mail.from_domain": "Its From line holds no address that can be compared.",
    "mail.from_other": "Its From line shows another domain than the co-op's verified address.",
    "mail.receiver_unset": "No mail server of ours is named whose checks count (MAIL_AUTHSERV_ID).",
    "mail.unauthenticated": "Our mail server did not prove that it comes from the domain that it shows.",
    "mail.auth_failed": "Our mail server found that it does not come from the domain that it shows.",
    "mail.dkim_unaligned": "It is signed, but by another domain than the one that it shows.",
    "mail.results_odd": "What our mail server wrote about its sender is cut off, or not written as it must be.",
    "mail.results_below": "The line about its sender does not stand on top, where our mail server writes it.",
    "mail.no_request": "It carries the token of no request of ours.",
    "mail.many_requests": "It carries the token of one request and names another, or the tokens of several.",
    WHICH: "It answers a mail of ours that held several requests. Its sender is proven; say which of them it is about.",
    "mail.piece": "It is a piece of a mail that was sent in pieces; pieces are never put together.",
    "mail.unread": "Not all of it could be read: it may hold a portal login.",
    "mail.unreadable": "It could not be read: only its bytes are kept.",
    "mail.report_foreign": "It is a report about a mail that we did not send, or about another mailbox.",
    "mail.copy_returned": "It says that a mail of ours to a customer did not arrive.",
    "mail.complaint": "It is a complaint about mail of ours.",
    "mail.kind_unknown": "What it is cannot be told.",
    "mail.echo": "It is mail of our own that came back to us.",
}


def by_content(facts: Mapping[str, Any]) -> list[str]:
    """Give the codes that a mail earns by what it is, whoever sent it."""
    codes = []
    if facts["partial"]:
        codes.append("mail.piece")
    if not facts["signals"] and facts["why"] and not facts["from_headers"]:
        codes.append("mail.unreadable")
    if facts["kind"] == Kind.COMPLAINT:
        codes.append("mail.complaint")
    elif facts["kind"] == Kind.UNKNOWN and not codes:
        codes.append("mail.kind_unknown")
    return codes


def why_unread(facts: Mapping[str, Any]) -> list[str]:
    """Give the codes of a mail that was not read to its end: that first, and what it is known to be."""
    return [UNREAD.rule, *(each for each in by_content(facts) if each != "mail.kind_unknown")]


def is_echo(facts: Mapping[str, Any], own: str) -> bool:
    """Say whether a mail shows one of our own addresses as its sender: nobody is told of it, or it would come again.

    `own`: the address that we send from. Mail by programs is told of by nobody either (RFC 3834: no loop).
    """
    return own.lower() in facts["senders"]


def may_tell(facts: Mapping[str, Any], own: str) -> bool:
    """Say whether a held mail is one that a person should be told of: never for what a program sent by itself."""
    return not is_echo(facts, own) and facts["kind"] not in BY_PROGRAMS
