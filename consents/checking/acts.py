"""What somebody with a letter may tell us (actions: one transaction each, and each once however often it is sent).

Whoever has the letter and the last four digits can press these buttons, so none of them opens anything: "released" is
a note for our staff, "doubt" stops, and "this is our member" needs a code that went to the co-op's own mailbox.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from broker import notices, publishing, vault
from broker.audit import log
from broker.transport import Proof, ProvenAddress
from consents.checking import alerts, limits
from consents.checking.clerk import CLERK
from consents.checking.models import CODE_TRIES, ClerkAct, ClerkCode
from consents.identity.levels import confirm_by_utility
from consents.models import LetterOfAuthorization, Suspension, endings_of
from consents.suspending import standing, suspend

CODE_LIFE = timedelta(hours=4)
# Whoever holds the letter, its signer included, may press the button: a press soon after another makes no newer code,
# or the clerk's own would be void before it is typed.
CODE_STANDS = timedelta(minutes=15)
Kind = ClerkAct.Kind

type Done = Literal["done", "again", "too_many", "wordless"]
type Confirmed = Literal["confirmed", "already", "wrong", "over", "unasked"]


@dataclass(frozen=True)
class Asked:
    """Whether a code was mailed, or one mailed shortly before still stands; else when one may be asked for again."""

    sent: bool
    until: datetime | None = None


def released(letter: LetterOfAuthorization, *, once: uuid.UUID, address: str, now: datetime) -> Done:
    """Note that the co-op says it has released data; staff look for it. `again`: this form was sent before."""
    if _sent(once):
        return "again"
    if not limits.take_from(limits.RELEASED, limits.RELEASED_BY_ALL, str(letter.id), address=address, now=now):
        return "too_many"
    return _act(letter, Kind.RELEASED, once, "", now)


def doubt(letter: LetterOfAuthorization, words: str, *, once: uuid.UUID, address: str, now: datetime) -> Done:
    """Suspend the consent because the co-op doubts the letter; staff call the co-op before they lift it.

    However often it was pressed before, it suspends. `wordless`: it is suspended, and the words were not kept, because
    too many came today. `too_many`: the same, and there was nothing left to suspend.
    """
    if _sent(once):
        return "again"
    if limits.take_from(limits.DOUBTS, limits.DOUBTS_BY_ALL, str(letter.id), address=address, now=now):
        return _act(letter, Kind.DOUBT, once, words, now)
    consent = letter.consent
    with transaction.atomic():
        if suspend(consent, because=Suspension.Because.UTILITY_DOUBT, actor=CLERK, now=now):
            alerts.tell_staff(letter, str(Kind.DOUBT), key=str(once))
    return "wordless" if Suspension.Because.UTILITY_DOUBT in standing(consent) else "too_many"


def ask_code(letter: LetterOfAuthorization, *, browser: uuid.UUID, language: str, address: str, now: datetime) -> Asked:
    """Mail a six-digit code to the co-op's own mailbox, which only its profile names; it counts in this browser.

    While this browser's newest code is of the last quarter of an hour and can still be entered, that one stands and no
    other is made, however many presses come at once. The mail of a later code says that it takes the place of an
    earlier one, and how many were asked for that day. When the day has no more for this letter, staff are told.
    """
    with transaction.atomic():
        # Presses at the same moment wait for each other here.
        LetterOfAuthorization.objects.select_for_update(no_key=True).get(id=letter.id)
        if _stands(_newest(letter, browser), now):
            return Asked(sent=True)
        tried = limits.of_clerk_code(str(letter.id), address, now=now)
        if tried.by_all:
            alerts.tell_staff(letter, "codes_out", key=f"{letter.id}:{tried.until:%Y-%m-%d}")
        if tried.refused is None:
            _mail_code(letter, browser, language, now)
        return Asked(sent=tried.refused is None, until=tried.until)


def _newest(letter: LetterOfAuthorization, browser: uuid.UUID) -> ClerkCode | None:
    return ClerkCode.objects.filter(letter=letter, browser=browser, open=True).first()


def _stands(row: ClerkCode | None, now: datetime) -> bool:
    if row is None or row.used_at is not None or row.tries >= CODE_TRIES:
        return False
    return row.made_at > now - CODE_STANDS and row.expires_at > now


def _mail_code(letter: LetterOfAuthorization, browser: uuid.UUID, language: str, now: datetime) -> None:
    earlier = ClerkCode.objects.filter(letter=letter, made_at__gt=now - timedelta(days=1)).count()
    code, row_id, consent = f"{secrets.randbelow(1_000_000):06d}", uuid.uuid4(), letter.consent
    profile = publishing.working(consent.utility)
    log.append(
        "letter.code_sent",
        actor=CLERK,
        subject=consent.customer_id,
        obj="letter",
        body={"letter": letter.number, "consent": str(consent.id), "code": str(row_id)},
    )
    ClerkCode.objects.filter(letter=letter, browser=browser, open=True).update(open=False)
    ClerkCode.objects.create(
        id=row_id,
        letter=letter,
        browser=browser,
        code_hash=make_password(code),
        made_at=now,
        expires_at=now + CODE_LIFE,
    )
    notices.send_later(
        "clerk_code",
        to=ProvenAddress(profile.contacts.email.value, Proof("profile", f"{profile.id} {profile.version}")),
        subject=consent.customer_id,
        language=language,
        context={
            "code": code,
            "hours": CODE_LIFE // timedelta(hours=1),
            "earlier": earlier,
            "number": letter.number,
            "who": consent.recipient.legal_name,
            "account_endings": endings_of(consent),
            "path": reverse("verify-code", args=[letter.verification_code]),
        },
        key=f"clerk-code:{row_id}",
    )


def confirm(letter: LetterOfAuthorization, code: str, *, browser: uuid.UUID, now: datetime) -> Confirmed:
    """Take one try at this browser's newest code; the right one says that the co-op knows this signer as its member.

    `unasked`: this browser asked for none, so nothing is compared, and nobody else's code loses a try.
    """
    row = _newest(letter, browser)
    if row is None:
        return "unasked"
    # Counted before it is compared, in one statement: parallel guesses cannot share a try.
    open_rows = ClerkCode.objects.filter(used_at=None, expires_at__gt=now, tries__lt=CODE_TRIES)
    if not open_rows.filter(id=row.id).update(tries=F("tries") + 1):
        return "over"
    consent = letter.consent
    if not check_password(code, row.code_hash):
        body = {"letter": letter.number, "consent": str(consent.id), "code": str(row.id)}
        subject = consent.customer_id
        with transaction.atomic():
            log.append("letter.code_failed", actor=CLERK, subject=subject, obj="letter", body=body, res="denied")
            if ClerkCode.objects.filter(id=row.id, tries=CODE_TRIES).exists():
                alerts.tell_staff(letter, "member_tries", key=str(row.id))
        return "wrong"
    with transaction.atomic():
        if not ClerkCode.objects.filter(id=row.id, used_at=None).update(used_at=now):
            return "over"
        raised = confirm_by_utility(consent, how="clerk_button", actor=CLERK, now=now)
        if raised:
            alerts.tell_staff(letter, "member", key=str(row.id))
    return "confirmed" if raised else "already"


def _sent(once: uuid.UUID) -> bool:
    return ClerkAct.objects.filter(once=once).exists()


def _act(letter: LetterOfAuthorization, kind: ClerkAct.Kind, once: uuid.UUID, words: str, now: datetime) -> Done:
    try:
        with transaction.atomic():
            _record(letter, kind, once, words, now)
    except IntegrityError:
        # The same form, sent twice at once: the other one is in. Anything else is a fault, and is not hidden.
        if not _sent(once):
            raise
        return "again"
    return "done"


def _record(letter: LetterOfAuthorization, kind: ClerkAct.Kind, once: uuid.UUID, words: str, now: datetime) -> None:
    consent, act_id = letter.consent, uuid.uuid4()
    ref = log.append(
        "letter.released" if kind == Kind.RELEASED else "consent.disputed",
        actor=CLERK,
        subject=consent.customer_id,
        obj="letter",
        body={"letter": letter.number, "consent": str(consent.id), "state": consent.state, "act": str(act_id)},
    )
    place = vault.Place("checking_clerkact", "words", act_id)
    sealed = {"words": vault.seal(words, subject=consent.customer_id, place=place)} if words else {}
    ClerkAct.objects.create(
        id=act_id,
        letter=letter,
        kind=kind,
        once=once,
        at=now,
        audit_event_id=ref.id,
        **sealed,
    )
    if kind == Kind.DOUBT:
        suspend(consent, because=Suspension.Because.UTILITY_DOUBT, actor=CLERK, now=now)
    alerts.tell_staff(letter, str(kind), key=str(act_id))
