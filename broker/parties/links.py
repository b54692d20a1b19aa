"""Mailed links and six-digit codes: how a customer shows that a mailbox is hers (actions)."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from broker import notices, vault
from broker.audit import log
from broker.limits.counting import DAY, HOUR, Limit, give_back, take, take_all
from broker.parties.mailbox import mailbox_of
from broker.parties.models import EmailLink, Organisation
from broker.terms import Actor
from broker.transport import Proof, ProvenAddress

LINK_DAYS = 14
CODE_MINUTES = 10
CODE_TRIES = 5
# Nobody can be flooded with our mail, and nobody uses up what the owner of a mailbox needs: from one address six links
# an hour for a mailbox, from all addresses twelve. An objection has a budget of its own: whoever keeps a mailbox busy
# must not keep its owner from stopping what others signed.
LINKS, LINKS_BY_ALL = Limit("link", 6, HOUR), Limit("link-all", 12, HOUR)
OBJECT_LINKS, OBJECT_LINKS_BY_ALL = Limit("link-object", 6, HOUR), Limit("link-object-all", 12, HOUR)
ASKERS = Limit("link-address", 60, HOUR)  # for all mailboxes: a library has one address for many people
# Wrong codes of a mailbox in a day, over all its links: 15 guesses at a million codes. After that a code works only in
# a browser that opened the mailed link, which nobody can guess.
WRONG_CODES = Limit("wrong-code", 15, DAY)


@dataclass(frozen=True)
class CodeAnswer:
    """Whether a code was right; if not, a reason for a person."""

    ok: bool
    reason: str = ""
    guessed: bool = False  # it was compared, and was another


def token_hash(token: str) -> bytes:
    """Give what is stored of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def person(link: EmailLink) -> Actor:
    """Name the not yet known person behind a link for the log."""
    return Actor("c", link.id)


def begin(
    email: str,
    purpose: EmailLink.Purpose,
    *,
    organisation: Organisation | None,
    language: str,
    now: datetime,
    address: str = "",
    renews: str = "",
) -> EmailLink | None:
    """Mail a link and a code to this mailbox; None when it had too many of them this hour.

    `renews` is the number of the permission that a grant behind the link renews, for the mail to name it. `address`
    is where the request came from (`limits.address_of`); empty for what we mail of ourselves, which nobody else's
    requests use up.
    """
    index = vault.blind_index("email", email)
    mailbox = vault.blind_index("email", mailbox_of(email))
    if not take_all(*_counted(purpose, mailbox, address), now=now):
        return None
    token, code, link_id = secrets.token_urlsafe(32), _new_code(), uuid.uuid4()
    place = vault.Place("parties_emaillink", "email", link_id)
    with transaction.atomic():
        link = EmailLink.objects.create(
            id=link_id,
            purpose=purpose,
            token_hash=token_hash(token),
            email=vault.seal(email, subject=link_id, place=place),
            email_index=index,
            organisation=organisation,
            language=language,
            created_at=now,
            expires_at=now + timedelta(days=LINK_DAYS),
            code_hash=make_password(code),
            code_expires_at=now + timedelta(minutes=CODE_MINUTES),
        )
        log.append("code.sent", actor=person(link), subject=link_id, body={"purpose": str(purpose)})
        path = reverse(f"{purpose}-open", args=[token])
        _mail(link, email, code, path, renews)
    return link


def find(token: str, purpose: EmailLink.Purpose, *, now: datetime) -> EmailLink | None:
    """Find the live link of this token; reading changes nothing, so a mail scanner may look."""
    return EmailLink.objects.filter(token_hash=token_hash(token), purpose=purpose, expires_at__gt=now).first()


def opened(link: EmailLink) -> None:
    """Record that somebody pressed the button behind the mailed link."""
    log.append("link.opened", actor=person(link), subject=link.id, body={"purpose": link.purpose})


def renew(link: EmailLink, *, now: datetime, address: str = "", renews: str = "") -> EmailLink | None:
    """Mail a fresh link and code to the same mailbox; None when the link is over or the mailbox had too many."""
    if link.expires_at <= now:
        return None
    event = log.append_read(
        "code.sent", actor=person(link), subject=link.id, purpose="own_data", obj="link", body={"again": True}, cnt=1
    )
    email = vault.open(link.email, under=event)
    return begin(
        email,
        EmailLink.Purpose(link.purpose),
        organisation=link.organisation,
        language=link.language,
        now=now,
        address=address,
        renews=renews,
    )


def check_code(link: EmailLink, code: str, *, now: datetime, opened_here: bool = False) -> CodeAnswer:
    """Take one try at a code: ten minutes, five tries, once; and 15 wrong ones a day for the mailbox.

    `opened_here` says that the mailed link was opened in this very browser: its token is beyond guessing, so the day's
    limit does not hold there, and whoever guesses elsewhere does not lock the owner out.
    """
    mailbox = (WRONG_CODES, bytes(link.email_index).hex())
    if opened_here:
        return _try(link, code, now)
    if not take(*mailbox, now=now):
        return CodeAnswer(False, "daily")
    answer = _try(link, code, now)
    if not answer.guessed:
        give_back(mailbox, now=now)
    return answer


def _try(link: EmailLink, code: str, now: datetime) -> CodeAnswer:
    # The try is counted before the code is compared, in one statement: parallel guesses cannot share a try.
    counted = EmailLink.objects.filter(
        id=link.id, code_tries__lt=CODE_TRIES, code_used_at=None, code_expires_at__gt=now
    ).update(code_tries=F("code_tries") + 1)
    link.refresh_from_db(fields=["code_tries", "code_used_at", "code_expires_at", "code_hash"])
    if not counted:
        return CodeAnswer(False, _closed_reason(link, now))
    if not check_password(code, link.code_hash):
        log.append("code.failed", actor=person(link), subject=link.id, body={"tries": link.code_tries}, res="denied")
        left = CODE_TRIES - link.code_tries
        return CodeAnswer(False, "wrong" if left else "locked", guessed=True)
    with transaction.atomic():
        used = EmailLink.objects.filter(id=link.id, code_used_at=None).update(code_used_at=now)
        if used:
            log.append("code.accepted", actor=person(link), subject=link.id, body={"purpose": link.purpose})
    return CodeAnswer(bool(used), "" if used else "used")


def _counted(purpose: EmailLink.Purpose, index: bytes, address: str) -> list[tuple[Limit, str]]:
    """Give what one link counts against, the narrowest first."""
    mailbox, objects = index.hex(), purpose == EmailLink.Purpose.OBJECT
    one, by_all = (OBJECT_LINKS, OBJECT_LINKS_BY_ALL) if objects else (LINKS, LINKS_BY_ALL)
    if not address:
        return [(one, f"{mailbox}|")]
    return [(ASKERS, address), (one, f"{mailbox}|{address}"), (by_all, mailbox)]


def _closed_reason(link: EmailLink, now: datetime) -> str:
    if link.code_used_at is not None:
        return "used"
    return "old" if link.code_expires_at <= now else "locked"


def _new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _mail(link: EmailLink, email: str, code: str, path: str, renews: str) -> None:
    notices.send_later(
        "link_and_code",
        to=ProvenAddress(email, Proof("invitation", str(link.id))),
        subject=link.id,
        language=link.language,
        context={
            "path": path,
            "code": code,
            "minutes": CODE_MINUTES,
            "days": LINK_DAYS,
            "who": link.organisation.legal_name if link.organisation else "",
            "purpose": str(link.purpose),
            "renews": renews,
        },
        key=f"link:{link.id}",
    )
