"""A person's passkeys: added, touched, removed (actions), each with its entry."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from broker.audit import log
from broker.parties.models import Enrolment, User
from broker.parties.signin import alerts, browsers, webauthn
from broker.parties.signin.models import Change, Passkey, RecoveryCode
from broker.terms import UNKNOWN, Actor, Refusal

MOST = 10


def of(user: User) -> QuerySet[Passkey]:
    """Give the passkeys that this person can sign in with, the oldest first."""
    return Passkey.objects.filter(user=user, removed_at=None).order_by("created_at")


def packed(user: User) -> list[bytes]:
    """Give their packed credentials."""
    return [bytes(each) for each in of(user).values_list("credential", flat=True)]


def add(
    user: User, answer: str, state: webauthn.State, *, name: str, now: datetime, link: Enrolment | None = None
) -> Passkey | Refusal:
    """Keep a new passkey; `ask.invalid` where the answer is not good, `rate.limited` beyond ten.

    It rests on the person's session, or on a one-time link that it uses up (`state.conflict` where that was used).
    """
    try:
        credential = webauthn.read_new(answer, state)
    except webauthn.NotGood:
        _factor("refused", user, {"of": "new passkey"}, res="denied")
        return Refusal("ask.invalid")
    if of(user).count() >= MOST:
        return Refusal("rate.limited")
    made = Passkey(
        user=user,
        name=name or "Passkey",
        credential_id=webauthn.credential_id(credential),
        credential=credential,
        created_at=now,
    )
    try:
        with transaction.atomic():
            if link and not Enrolment.objects.filter(id=link.id, used_at=None, expires_at__gt=now).update(used_at=now):
                return Refusal("state.conflict")
            body = {"user": user.id, "passkey": made.id, "by": "link" if link else "session"}
            log.append("auth.enrolled", actor=actor_of(user), subject=None, obj="user", body=body)
            made.save(force_insert=True)
            alerts.tell(user, Change.What.ADDED, now=now, passkey=made)
    except IntegrityError:
        return Refusal("ask.invalid")
    return made


def touched(answer: str, state: webauthn.State, *, by: User | None, now: datetime) -> Passkey | None:
    """Check a touch, and note the passkey's last use; None, with an entry, where it opens nothing.

    `by` is who has signed in already, for a fresh touch; anybody's passkey is taken at the sign-in itself.
    """
    found = _checked(answer, state, by)
    if found is not None:
        passkey, counter = found
        # Compared once more as it is written: of two answers with one counter, one is a copy's.
        same = Passkey.objects.filter(id=passkey.id, removed_at=None, counter=passkey.counter)
        if same.update(counter=counter, used_at=now):
            return passkey
    whom = {"user": str(by.id)} if by else {"user": "unknown"}
    log.append("auth.failed", actor=UNKNOWN, subject=None, body={**whom, "factor": "passkey"}, res="denied")
    return None


def remove(user: User, passkey_id: uuid.UUID, *, now: datetime) -> Refusal | None:
    """Take a passkey out of use and end the sessions that it began; the last one only where recovery codes are left.

    `state.conflict` where it is the last way in, `not_found` where it is not this person's.
    """
    from broker.parties.signin import sessions

    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(id=user.id)  # two at once do not remove the last two
        own = of(user)
        passkey = own.filter(id=passkey_id).first()
        if passkey is None:
            return Refusal("not_found")
        if own.count() == 1 and not RecoveryCode.objects.filter(user=user, used_at=None).exists():
            return Refusal("state.conflict")
        body = {"user": user.id, "passkey": passkey.id}
        log.append("auth.revoked", actor=actor_of(user), subject=None, obj="user", body=body)
        Passkey.objects.filter(id=passkey.id).update(removed_at=now)
        sessions.end(sessions.open_of(user).filter(passkey=passkey), now=now)
        browsers.forget(user)
        alerts.tell(user, Change.What.REMOVED, now=now, passkey=passkey)
    return None


def end_all(user: User, *, now: datetime) -> list[Passkey]:
    """End every way in of a person, in the caller's transaction: sessions, browsers, passkeys, codes.

    Gives the passkeys that ended. The caller's entry says why.
    """
    from broker.parties.signin import sessions

    ended = list(of(user).select_for_update(of=("self",)))
    Passkey.objects.filter(id__in=[each.id for each in ended]).update(removed_at=now)
    RecoveryCode.objects.filter(user=user, used_at=None).update(used_at=now)
    sessions.end(sessions.open_of(user), now=now)
    browsers.forget(user)
    return ended


def actor_of(user: User) -> Actor:
    """Name a person in the log."""
    return Actor("s", user.id, role=user.role)


def _checked(answer: str, state: webauthn.State, by: User | None) -> tuple[Passkey, int] | None:
    try:
        touch = webauthn.read_touch(answer)
        known = Passkey.objects.filter(credential_id=touch.credential_id, removed_at=None, user__is_active=True)
        passkey = (known.filter(user=by) if by else known).select_related("user").first()
        if passkey is None or touch.user not in (None, passkey.user_id.bytes):
            return None
        webauthn.check_touch(touch, state, bytes(passkey.credential), counter=passkey.counter)
    except webauthn.NotGood:
        return None
    return passkey, touch.counter


def _factor(what: str, user: User, facts: dict[str, object], *, res: str = "ok") -> None:
    body = {"user": user.id, "what": what, **facts}
    log.append("auth.factor", actor=actor_of(user), subject=None, obj="user", body=body, res=res)
