"""Recovery codes: what is left where every passkey is lost (actions).

A code opens no page of work. It gives a link of ten minutes to a page that registers a new passkey, with which its
owner then signs in: recovery ends in the same two factors as the first sign-in.
"""

import secrets
from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from broker.audit import log
from broker.parties.links import token_hash
from broker.parties.models import Enrolment, User
from broker.parties.signin import alerts, browsers
from broker.parties.signin.models import Change, RecoveryCode
from broker.parties.signin.passkeys import actor_of
from broker.terms import UNKNOWN

CODES = 10
LINK_MINUTES = 10
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another
_LENGTH = 16  # 79 bits


def make(user: User, *, now: datetime) -> list[str]:
    """Make ten new codes and give them, once; the older ones end."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(CODES)]
    rows = [
        RecoveryCode(user=user, place=place, code_hash=make_password(code), made_at=now)
        for place, code in enumerate(codes)
    ]
    with transaction.atomic():
        body = {"user": user.id, "recovery_codes": CODES}
        log.append("auth.enrolled", actor=actor_of(user), subject=None, obj="user", body=body)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(rows)
        alerts.tell(user, Change.What.CODES, now=now)
    return [f"{place}-{'-'.join(code[at : at + 4] for at in range(0, _LENGTH, 4))}" for place, code in enumerate(codes)]


def left(user: User) -> int:
    """Count the codes that were not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def use(username: str, typed: str, *, now: datetime) -> str | None:
    """Use up a code and give the token of a link to a new passkey; None, with an entry, where it is not good.

    One hash is compared whoever is named: neither the answer nor its time tells whether a person exists.
    """
    place, code = _parts(typed)
    row = (
        RecoveryCode.objects.filter(user__username=username, user__is_active=True, place=place, used_at=None)
        .select_related("user")
        .first()
    )
    good = check_password(code, row.code_hash if row else _nobodys())
    if row is None or not good:
        body = {"user": str(row.user_id) if row else "unknown", "factor": "recovery_code"}
        log.append("auth.failed", actor=UNKNOWN, subject=None, body=body, res="denied")
        return None
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if not RecoveryCode.objects.filter(id=row.id, used_at=None).update(used_at=now):
            return None
        facts: dict[str, object] = {"user": row.user_id, "what": "recovery code used", "left": left(row.user)}
        log.append("auth.factor", actor=actor_of(row.user), subject=None, obj="user", body=facts)
        Enrolment.objects.filter(user=row.user, used_at=None).update(used_at=now)
        Enrolment.objects.create(
            user=row.user, token_hash=token_hash(token), expires_at=now + timedelta(minutes=LINK_MINUTES)
        )
        browsers.forget(row.user)
        alerts.tell(row.user, Change.What.RECOVERED, now=now)
    return token


def _parts(typed: str) -> tuple[int, str]:
    said = "".join(each for each in typed.upper() if each.isascii() and each.isalnum())
    return (int(said[0]), said[1:]) if said[:1].isdigit() else (0, said)


@cache
def _nobodys() -> str:
    return make_password(secrets.token_hex())
