"""The code that opens the desk's page: mailed to the desk's own mailbox, which its profile alone names (actions).

The code in our request mail names a request and opens nothing. Whoever enters it, or anything like it, gets the same
answer in the same time: what is asked for is written down and handed to a job, which mails a code where there is a
desk to mail it to.
"""

import re
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from broker import jobs, notices, publishing
from broker.audit import log
from broker.limits.counting import DAY, HOUR, Limit, counts_anew, ends, forget_also, take, take_all
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents.checking.clerk import CLERK
from requests_app.alerts import each_hour, tell_staff
from requests_app.desk.models import CODE_TRIES, DeskCode
from requests_app.lifecycle import OVER
from requests_app.models import ManualRequest

CODE = "desk.code"
CODE_LIFE = timedelta(minutes=30)
KEPT = timedelta(days=1)  # far beyond its life and the page's hour
NO_HASH = "!"  # of a code that was not mailed: nothing fits it
HINT = 12
# Of one code in our mails: whoever has a few of them cannot use up what one desk is mailed in a day (`MAILED`).
ASKED, ASKED_BY_ALL = Limit("desk-ask", 5, HOUR), Limit("desk-ask-all", 5, DAY)
FROM_ONE_ADDRESS = Limit("desk-ask-address", 20, HOUR)
TRIED = Limit("desk-try", 30, HOUR)
SAID = Limit("desk-said", 100, HOUR)  # of one open page
MAILED = Limit("desk-mail", 30, DAY)  # to one desk: three people read them
_WRITTEN = re.compile(r"[a-z2-7]{12}")

type Accepted = Literal["wrong", "over", "unasked", "too_many"]


def hint_of(manual: ManualRequest) -> str:
    """Give what names a request on the desk's page: the beginning of its thread's token, in groups of four."""
    hint = manual.thread_token[:HINT].upper()
    return "-".join(hint[place : place + 4] for place in range(0, HINT, 4))


def read_hint(text: str) -> str | None:
    """Give the one spelling of a code from our mail; None for what is none."""
    plain = re.sub(r"[\s-]", "", text).lower()
    return plain if _WRITTEN.fullmatch(plain) else None


def ask(hint: str, *, browser: uuid.UUID, address: str, now: datetime) -> datetime | None:
    """Note that a code is wanted; else, when too many were, of this hint or from this address, when one may be again.

    The same is done, and takes the same time, whether the hint names a request or nothing.
    """
    limits = ((FROM_ONE_ADDRESS, address), (ASKED, f"{hint}|{address}"), (ASKED_BY_ALL, hint))
    if not take_all(*limits, now=now):
        return counts_anew(*limits, now=now)
    with transaction.atomic():
        # One that is over opens nothing, like a code that nobody has.
        rows = ManualRequest.objects.filter(thread_token__startswith=hint).exclude(state__in=OVER)
        utility = rows.values_list("request__consent__utility", flat=True).first() or ""
        row = DeskCode.objects.create(
            utility=utility, browser=browser, code_hash=NO_HASH, made_at=now, expires_at=now + CODE_LIFE
        )
        jobs.enqueue(CODE, row.id, key=f"{CODE}:{row.id}")
    return None


@jobs.handler(CODE)
def mail_job(job: jobs.JobView) -> None:
    """Mail a code to the desk's verified mailbox, once; nothing where the hint named nothing, or too many went."""
    now, row = timezone.now(), DeskCode.objects.filter(id=job.subject_id).first()
    if row is None or not row.utility or row.code_hash != NO_HASH or row.expires_at <= now:
        return
    if not take(MAILED, row.utility, now=now):
        with transaction.atomic():
            detail = "No further code is mailed today. Perhaps somebody asks who does not belong to it: please call."
            tell_staff("Many codes for a billing desk", detail, key=each_hour(f"desk-codes:{row.utility}", now))
        return
    code, profile = f"{secrets.randbelow(1_000_000):06d}", publishing.working(row.utility)
    with transaction.atomic():
        log.append("desk.code_sent", actor=CLERK, subject=None, body={"utility": row.utility, "code": str(row.id)})
        DeskCode.objects.filter(id=row.id).update(code_hash=make_password(code))
        notices.send_later(
            "coop_desk_code",
            to=ProvenAddress(profile.contacts.email.value, Proof("profile", f"{profile.id} {profile.version}")),
            subject=SERVICE(f"desk-of-{row.utility}").id,
            context={"code": code, "minutes": CODE_LIFE // timedelta(minutes=1), "utility_name": profile.name},
            key=f"desk-code:{row.id}",
        )


def accept(code: str, *, browser: uuid.UUID, address: str, now: datetime) -> DeskCode | Accepted:
    """Take one try at this browser's newest code; the right one is used up and opens its desk's page.

    `unasked`: none was asked for in this browser. `over`: it is used, too old, or had its tries.
    """
    if not take(TRIED, address, now=now):
        return "too_many"
    row = DeskCode.objects.filter(browser=browser).order_by("-made_at").first()
    if row is None:
        return "unasked"
    # Counted before it is compared, in one statement: parallel guesses cannot share a try.
    left = DeskCode.objects.filter(used_at=None, expires_at__gt=now, tries__lt=CODE_TRIES)
    if not left.filter(id=row.id).update(tries=F("tries") + 1):
        return "over"
    if not _fits(code, row):
        body = {"utility": row.utility, "code": str(row.id)}
        log.append("desk.code_failed", actor=CLERK, subject=None, body=body, res="denied")
        return "wrong"
    with transaction.atomic():
        if not DeskCode.objects.filter(id=row.id, used_at=None).update(used_at=now):
            return "over"
        log.append("desk.opened", actor=CLERK, subject=None, body={"utility": row.utility, "code": str(row.id)})
    return row


def may_say(opened_by: str, *, now: datetime) -> datetime | None:
    """Count one answer from the page that this code opened; when there were too many, give when one may be again."""
    return None if take(SAID, opened_by, now=now) else ends(SAID, now)


def tries_anew(now: datetime) -> datetime:
    """Give when an address that tried too many codes may try again."""
    return ends(TRIED, now)


def forget(now: datetime) -> int:
    """Delete the codes that open nothing any more, used or not; what they did stays in the log. Give how many."""
    return DeskCode.objects.filter(made_at__lte=now - KEPT).delete()[0]


forget_also(forget)


def _fits(code: str, row: DeskCode) -> bool:
    if not is_password_usable(row.code_hash):
        make_password(code)  # as slow as a comparison: a code that was never mailed answers no faster
        return False
    return check_password(code, row.code_hash)
