"""The gate for what we send: nothing that leaves asks for a login or carries one, and there is no override."""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage, Message

from django.db import transaction

from broker import jobs
from broker.credentials import Finding
from broker.inlets import incidents, written
from broker.inlets.exempt import MAILS, OWN_IN_RECORDS, OWN_NUMBERS
from broker.inlets.models import Refused
from broker.inlets.sending import Sender
from broker.looking import Unchecked, look
from broker.terms import SERVICE

SENDER = SERVICE("gate-outbound")
_NUMBERS = re.compile(OWN_NUMBERS)
_IN_RECORDS = re.compile(OWN_IN_RECORDS)
logger = logging.getLogger(__name__)


class OutboundRefused(Exception):
    """A text of ours carries a portal login or asks for one; it does not leave, and there is no override."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


def check(text: str) -> Finding | None:
    """Scan a text before it leaves, but for our own numbers in it; give the finding."""
    return look(_NUMBERS.sub("R-1", text), "outbound_email")


def without_ours(text: str) -> str:
    """Give a text of ours without our own numbers, and those in our records."""
    return _NUMBERS.sub("R-1", _IN_RECORDS.sub('"R-1"', text))


def found_in(mail: EmailMessage, own: Collection[str] = ()) -> Finding | None:
    """Read a mail as it will leave, its files too, but for links and codes of our own; give the first finding.

    Raises `Unchecked` where not every word of it can be read: no person of ours looks at it after us.
    """
    plain, twin = mail.get_body(("plain",)), mail.get_body(("html",))
    files = [each for each in mail.walk() if not each.is_multipart() and each is not plain and each is not twin]
    # The twin is made of the text that is read. A mail in a mail has headers of its own, and we send none.
    if plain is None or any(each.get_content_maintype() == "message" for each in mail.walk()):
        raise _unread("a form that none of ours has")
    words = "\n".join([str(mail["Subject"]), plain.get_content(), *(each.get_filename("") for each in files)])
    for word in sorted(filter(None, own), key=len, reverse=True):
        words = words.replace(word, "R-1")  # made by chance: one in a thousand looks like a secret
    finding = check(words)
    return finding or next(filter(None, map(check, (text for each in files for text in _inside(each)))), None)


def demand_clean(mail: EmailMessage, own: Collection[str] = ()) -> None:
    """Raise `OutboundRefused` for a mail that may not leave, and `Unchecked` as `found_in` does."""
    if (finding := found_in(mail, own)) is not None:
        raise OutboundRefused(finding)


def hold(template: str, mail: EmailMessage, context: Mapping[str, object]) -> str | None:
    """Look at a mail before it is written; give the rule that refuses it, with its entry in the log.

    The code or link that a mail of ours is about is taken out first, by the reviewed list (`exempt.MAILS`).
    """
    finding = found_in(mail, [str(context.get(MAILS.get(template, ""), ""))])
    if finding is None:
        return None
    record(finding, part=f"mail {template}", inlet="outbound_email")
    return finding.rule


def rule_against(mail: EmailMessage) -> str | None:
    """Give the rule that refuses a mail, and write nothing: for whoever may not."""
    return None if (finding := found_in(mail)) is None else finding.rule


@contextmanager
def or_later(after: timedelta) -> Iterator[None]:
    """Log that a mail of a job could not be read, and have the job come again: raises `RetryLater` for `Unchecked`.

    Around the job's transaction: the entry would end with it.
    """
    try:
        yield
    except Unchecked:
        unchecked("outbound_email")
        raise jobs.RetryLater(Unchecked.code, after) from None


def keep_back(text: str, *, part: str, inlet: str) -> bool:
    """Say whether a text of ours may not leave by this door, with its entry in the log."""
    finding = look(_NUMBERS.sub("R-1", text), inlet)
    if finding is not None:
        record(finding, part=part, inlet=inlet)
    return finding is not None


def unchecked(inlet: str) -> None:
    """Log that something of ours could not be checked, and stays here."""
    incidents.unchecked(sender=Sender(SENDER), inlet=inlet)


def record(finding: Finding, *, part: str, inlet: str) -> Refused:
    """Log that something of ours did not leave; whatever put it there, an officer asks."""
    with transaction.atomic():
        return incidents.record(finding, part=part, sender=Sender(SENDER), inlet=inlet)


def _inside(file: Message) -> Iterator[str]:
    """Give the words in a file of a mail, but for numbers of ours in records of ours."""
    data = file.get_payload(decode=True)
    assert isinstance(data, bytes)  # it has no parts
    try:
        # What it is called decides nothing: a PDF that is sent as text is read as what it is.
        for text in written.every(data):
            yield _IN_RECORDS.sub('"R-1"', text)
    except written.Unread as why:
        raise _unread(str(why)) from None


def _unread(why: str) -> Unchecked:
    logger.error("a file of a mail of ours could not be read to its end: %s", why)
    return Unchecked("could not be read")
