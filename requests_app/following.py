"""What a request, a signer's copy and the desk follow from a mail that came in (actions, in the caller's transaction).

A report of delivery can be written by anybody who has seen the mail that it is about. Where nothing is proven yet it is
believed, as the careful side; a proven delivery, and its clock, are undone by a person alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from broker.credentials import Finding
from broker.terms import EventRef
from consents import copy_returned
from requests_app import clock
from requests_app.alerts import each_hour, tell_staff
from requests_app.completeness import settling
from requests_app.desk import bundles
from requests_app.fees import standing
from requests_app.inbound import holding, reports, senders
from requests_app.inbound.holding import SEALED
from requests_app.ladder import asking
from requests_app.lifecycle import OVER, ManualState
from requests_app.mailing import left_at, profile_for
from requests_app.models import ManualRequest
from requests_app.moves import move
from requests_app.quarantine import Examined
from requests_app.release import files_of
from requests_app.watching import credentials

WAITING_FOR_PROOF = (ManualState.DELIVERY_UNPROVEN, ManualState.DELIVERY_UNKNOWN)
COPY = "mail.copy_returned"
_DAEMON = re.compile(r"(?:mailer-?daemon|postmaster)@", re.I)


@dataclass(frozen=True)
class Mail:
    """A mail with all that was found out before anything is written."""

    raw: bytes
    sha256: bytes
    read: dict[str, Any]
    manual: ManualRequest | None
    finding: Finding | None
    text: str  # where the finding stands; never kept
    kind: str
    codes: tuple[str, ...]  # why it is held, each reason by itself
    files: tuple[Examined, ...] = ()  # of an answer: what stands against each
    several: tuple[ManualRequest, ...] = ()  # one request of each customer, where it is about a mail of several

    @property
    def is_for_each(self) -> bool:
        """Whether a program wrote it about a mail of several customers: each gets a note of it, the whole nobody."""
        return bool(self.several) and self.kind not in SEALED

    @property
    def is_of_nobody(self) -> bool:
        """Whether it lies on no thread, and under no customer's key."""
        return self.is_for_each or (bool(self.several) and self.kind == "ended")


def follow(mail: Mail, files: int, ref: EventRef, now: datetime) -> None:
    """Let the request follow what the mail said, under the mail's own event."""
    manual = mail.manual
    if mail.kind in ("credentials", "held", "ended") or manual is None:
        _set_aside(mail, now)
    elif mail.kind == "answer":
        move(manual, ManualState.ANSWERED, ref=ref)
        if not files and files_of(manual.request).exists() and settling.settle(manual, ref):
            return  # all of it had come before, and was accepted
        what = f"Request {manual.number}: the co-op answered"
        tell_staff(what, "Its files wait in quarantine.", key=f"answered:{mail.sha256.hex()}", manual=manual)
    elif mail.kind == "message":
        what = f"Request {manual.number}: the co-op wrote, without a file"
        tell_staff(what, "A person reads it.", key=f"wrote:{mail.sha256.hex()}", manual=manual)
    elif mail.kind == "acknowledgement" and standing.may_reach(manual, ManualState.ACKNOWLEDGED):
        standing.reach(manual, ManualState.ACKNOWLEDGED, ref=ref, happened_at=now)  # no answer, and no pause
    elif mail.kind == "delivered":
        for each in _in_one_mail(manual):
            changes = clock.start(now, profile_for(each))
            move(each, ManualState.WAITING_ON_UTILITY, ref=ref, evidence="success report through a relay", **changes)
    elif mail.kind == "relayed" and _in_one_mail(manual):
        what = f"Request {manual.number}: our mail went on to a server that makes no reports"
        detail = "Whether it is the co-op's own is not in its profile. Please ask the billing desk by phone."
        tell_staff(what, detail, key=f"relayed:{manual.id}", manual=manual)
    elif mail.kind == "bounce":
        _came_back(manual, mail, ref, now)
    elif mail.kind == "report":
        asking.came_back(manual, mail.read, ref, now)


def comes_back(mail: Mail) -> bool:
    """Say whether a report of failure is believed as it is: nothing proves yet that the letter arrived."""
    return mail.kind == "bounce" and mail.manual is not None and bool(_in_one_mail(mail.manual))


def copy_of(read: Mapping[str, Any]) -> str:
    """Give the address of whoever signed, where a report says that her copy did not reach it; empty where none does."""
    return copy_returned.address_in(original_of(read), reports.failed(read["report"] or {}))


def original_of(read: Mapping[str, Any]) -> str:
    """Give the number of the mail that a report is about; empty where a mail is no report, or names none."""
    return str((read["report"] or {}).get("original") or "")


def _came_back(manual: ManualRequest, mail: Mail, ref: EventRef, now: datetime) -> None:
    if comes_back(mail):
        for each in _in_one_mail(manual):
            if move(each, ManualState.NOT_DELIVERED, ref=ref, evidence="came back", sent_at=left_at(each)):
                what = f"Request {each.number}: the mail came back"
                key = f"bounced:{mail.sha256.hex()}:{each.number}"
                tell_staff(what, "It was not delivered.", key=key, manual=each)
    elif manual.delivered_at is not None and manual.state not in OVER:
        what = f"Request {manual.number}: a report says that the mail did not arrive"
        detail = "Its arrival was proven, and the clock goes on. Please ask the billing desk by phone."
        tell_staff(what, detail, key=each_hour(f"doubted:{manual.id}", now), manual=manual)


def _in_one_mail(manual: ManualRequest) -> list[ManualRequest]:
    """Give what a report on the letter’s mail is about: each request of hers in it of which nothing is proven."""
    return [each for each in bundles.hers_in(manual) if each.state in WAITING_FOR_PROOF]


def _set_aside(mail: Mail, now: datetime) -> None:
    """Follow a mail that waits for a person; anybody can write one, so each kind is told of once in an hour."""
    if COPY in mail.codes and _is_proven(mail.read):
        copy_returned.came_back(original_of(mail.read))
    elif not holding.may_tell(mail.read, settings.MAIL_FROM):
        return  # or two programs would write to each other for ever
    elif mail.finding == holding.UNREAD:
        what, detail = "A mail that could not be read to its end", "It may hold a login: two people open it together."
        tell_staff(what, detail, key=each_hour("unread", now))
    elif mail.finding is not None:
        what, detail = "A mail with a portal login in it", "It is sealed and held; two people open it together."
        tell_staff(what, detail, key=each_hour("credentials", now))
        if mail.manual is not None and not mail.several:
            credentials.held(mail.manual, now)
    elif COPY in mail.codes and (alert := copy_returned.alert_of(original_of(mail.read))) is not None:
        what, detail, key = alert
        tell_staff(what, detail, key=each_hour(key, now))
    elif mail.kind == "ended" and mail.manual is not None:
        what = f"Request {mail.manual.number}: an answer after its end"
        detail = "It is sealed unopened; the holding pen says whether it may be read."
        tell_staff(what, detail, key=each_hour(f"ended:{mail.manual.id}", now), manual=mail.manual)
    elif holding.WHICH in mail.codes and mail.manual is not None:
        what = f"Request {mail.manual.number}: an answer to a mail with several requests"
        detail = "Its sender is proven; say in the holding pen which of them it is about."
        tell_staff(what, detail, key=f"which:{mail.sha256.hex()}", manual=mail.manual)
    else:
        tell_staff("A mail that fits no request", "It is sealed and held.", key=each_hour("held", now))


def _is_proven(read: Mapping[str, Any]) -> bool:
    """Whether our own mail server proved that her own mail service wrote a report, and not one of its users."""
    if senders.why_not(read, copy_of(read), settings.MAIL_AUTHSERV_ID):
        return False
    return bool(_DAEMON.match(read["senders"][0]))
