"""Sessions of people who sign in: begun, seen, touched, ended (actions).

12 hours at most and 15 minutes without a request: what NIST SP 800-63B-4 asks of its highest level (re-authentication
at AAL3), and more than it asks of ours.
"""

import re
import uuid
from datetime import datetime, timedelta

from django.contrib.auth import login
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from broker.audit import log
from broker.db import installation
from broker.parties.models import User
from broker.parties.signin import alerts, browsers
from broker.parties.signin.models import Change, Passkey, SignedIn
from broker.parties.signin.passkeys import actor_of

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=15)
FRESH = timedelta(minutes=5)
KEPT = timedelta(days=90)
SESSION = "signed_in"
BACKEND = "django.contrib.auth.backends.ModelBackend"
_SEEN_EVERY = timedelta(seconds=30)
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))


def begin(request: HttpRequest, passkey: Passkey) -> None:
    """Sign the owner of this passkey in, in a session with a new id."""
    request.META["broker.passkey"] = passkey
    login(request, passkey.user, backend=BACKEND)


def began(request: HttpRequest, user: User) -> SignedIn:
    """Note a session as it begins, however it began; what began without a passkey is good in a rehearsal alone."""
    now = timezone.now()
    SignedIn.objects.filter(user=user, seen_at__lt=now - KEPT).delete()
    passkey = request.META.get("broker.passkey")
    row = SignedIn.objects.create(
        user=user,
        by=SignedIn.By.PASSKEY if passkey else SignedIn.By.PASSWORD,
        passkey=passkey,
        began_at=now,
        touched_at=now,
        seen_at=now,
        browser=_kind(request.META.get("HTTP_USER_AGENT", "")),
    )
    request.session[SESSION] = str(row.id)
    return row


def current(request: HttpRequest, user: User, *, now: datetime) -> SignedIn | None:
    """Give this browser's session where it is good now, and note that it was seen.

    None: it ended, is over 12 hours old or 15 minutes idle, or began without a passkey outside a rehearsal.
    """
    row = SignedIn.objects.filter(id=_id(request), user=user, ended_at=None).first()
    if row is None or now - row.began_at >= LONGEST or now - row.seen_at >= IDLE:
        return None
    if row.by != SignedIn.By.PASSKEY and not is_rehearsal():
        return None
    if now - row.seen_at >= _SEEN_EVERY:
        SignedIn.objects.filter(id=row.id).update(seen_at=now)
    return row


def is_fresh(row: SignedIn, *, now: datetime) -> bool:
    """Say whether the passkey was touched within five minutes; in a rehearsal a password has nothing to touch."""
    return row.by != SignedIn.By.PASSKEY or now - row.touched_at < FRESH


def touched(request: HttpRequest, row: SignedIn, *, why: str, now: datetime) -> None:
    """Note a fresh touch; the session goes on under a new id."""
    body = {"user": row.user_id, "what": "passkey touched", "for": why}
    log.append("auth.factor", actor=actor_of(row.user), subject=None, obj="user", body=body)
    SignedIn.objects.filter(id=row.id).update(touched_at=now, seen_at=now)
    request.session.cycle_key()


def open_of(user: User) -> QuerySet[SignedIn]:
    """Give a person's sessions that were not ended, the newest first."""
    return SignedIn.objects.filter(user=user, ended_at=None).order_by("-began_at")


def good_of(user: User, *, now: datetime) -> QuerySet[SignedIn]:
    """Give those of them that have not run out."""
    return open_of(user).filter(began_at__gt=now - LONGEST, seen_at__gt=now - IDLE)


def end(rows: QuerySet[SignedIn], *, now: datetime) -> int:
    """End sessions: the next request of each finds nobody signed in."""
    return rows.filter(ended_at=None).update(ended_at=now)


def ended(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Note that somebody signed out in this browser."""
    end(open_of(user).filter(id=_id(request)), now=now)


def end_all(user: User, *, by: User, now: datetime) -> int:
    """End every session of a person, with an entry that says who did it; each of her browsers is new again."""
    body = {"user": user.id, "sessions": "all"}
    with transaction.atomic():
        log.append("auth.revoked", actor=actor_of(by), subject=None, obj="user", body=body)
        browsers.forget(user)
        alerts.tell(user, Change.What.ENDED, now=now)
        return end(open_of(user), now=now)


def is_rehearsal() -> bool:
    """Say whether passwords are good here; where nobody declared what this database is, they are not."""
    try:
        return installation.mode() == "rehearsal"
    except installation.NotDeclared:
        return False


def _id(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.session.get(SESSION, ""))
    except ValueError:
        return uuid.UUID(int=0)  # of no session


def _kind(agent: str) -> str:
    system = next((each for each in _SYSTEMS if each in agent), "")
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    return ", ".join(each for each in (browser, system) if each) or "unknown"
