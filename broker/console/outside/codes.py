"""The code that shows that whoever opened the link reads the mailbox (actions): a link alone opens nothing."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from broker import notices
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.outside.asking import address_of, entered
from broker.console.outside.models import Ask, Code
from broker.limits.counting import DAY, HOUR, Limit, forget_also, give_back, take
from broker.terms import Actor

CODE_MINUTES = 10
TRIES = 5
LASTS = timedelta(minutes=30)  # how long the page stays open after a code
KEPT = timedelta(days=1)
PURPOSE = "approver from outside"
CODES, WRONG = Limit("outside-code", 6, HOUR), Limit("outside-code-wrong", 15, DAY)  # of one ask


def mail(ask: Ask, *, now: datetime) -> bool:
    """Mail a fresh code to the mailbox of an ask; the earlier ones open nothing more. False after six in an hour."""
    if not take(CODES, str(ask.id), now=now):
        return False
    to, code = address_of(ask.outside, why="to mail a code"), f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        Ask.objects.select_for_update().get(id=ask.id)  # two at once leave one that counts
        body = {"purpose": PURPOSE, "ask": ask.id}
        log.append("code.sent", actor=of(ask), subject=ask.outside_id, obj="user", body=body)
        Code.objects.filter(ask=ask, used_at=None).update(expires_at=now)
        made = Code.objects.create(
            ask=ask, code_hash=make_password(code), made_at=now, expires_at=now + timedelta(minutes=CODE_MINUTES)
        )
        notices.send_later(
            "outside_code",
            to=to,
            subject=ask.outside_id,
            context={"code": code, "minutes": CODE_MINUTES},
            key=f"outside_code:{made.id}",
        )
    return True


def confirm(ask: Ask, said: str, *, now: datetime) -> Code | str:
    """Take one try at the newest code: ten minutes, five tries, once, and 15 wrong ones a day of one ask.

    Gives the code that opened the page, else why not: `wrong`, `over`, `too_many`.
    """
    counted = (WRONG, str(ask.id))
    if not take(*counted, now=now):
        return "too_many"
    row = Code.objects.filter(ask=ask).order_by("-made_at").first()
    # Counted before it is compared, in one statement: parallel guesses cannot share a try.
    left = Code.objects.filter(used_at=None, expires_at__gt=now, tries__lt=TRIES)
    if row is None or not left.filter(id=row.id).update(tries=F("tries") + 1):
        give_back(counted, now=now)
        return "over"
    if not check_password(said, row.code_hash):
        body = {"purpose": PURPOSE, "ask": ask.id}
        log.append("code.failed", actor=of(ask), subject=ask.outside_id, obj="user", body=body, res="denied")
        return "wrong"
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(id=ask.approval)
        found = Ask.objects.select_for_update().get(id=ask.id)
        once = Code.objects.filter(id=row.id, used_at=None).update(used_at=now)
        if not once or found.state != Ask.State.WAITING:
            return "over"
        found.confirmed_at = now
        found.audit_event_id = entered(found, "outside.confirmed", of(found), approval.subject).id
        found.save(update_fields=["confirmed_at", "audit_event"])
    give_back(counted, now=now)
    return row


def is_open(ask: Ask, code: str, *, now: datetime) -> bool:
    """Say whether this code (its id) opened the page of this ask within the last half hour."""
    try:
        identity = uuid.UUID(code)
    except ValueError:
        return False
    return Code.objects.filter(id=identity, ask=ask, used_at__gt=now - LASTS).exists()


def of(ask: Ask) -> Actor:
    """Name whoever was asked, in the log."""
    return Actor("o", ask.outside_id)


def forget(now: datetime) -> int:
    """Delete the codes that open nothing any more; what they did stays in the log. Give how many."""
    return Code.objects.filter(made_at__lte=now - KEPT).delete()[0]


forget_also(forget)
