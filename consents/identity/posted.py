"""A code that is posted to the service address: who enters it receives the post there (actions)."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from broker import sandbox, vault
from broker.audit import log
from broker.notices import context as site_context
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor
from consents.identity import levels
from consents.identity.models import How, PostedCode, Proof
from consents.loa.code import EXAMPLE, can_be_entered

DAYS, TRIES = 21, 5
LETTERS, WITHIN = 3, timedelta(days=60)  # post costs, and falls into somebody's letter box
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: nothing that looks like something else
LENGTH = 8  # 40 bits
_LOOKS_LIKE = str.maketrans("OIL", "011")
OPEN = (PostedCode.State.WAITING, PostedCode.State.PRINTED)
WALL, CPU = 25.0, 15


@dataclass(frozen=True)
class Addressee:
    """Where a letter would go, by what that is proven, and how many other names or addresses the number was given."""

    name: str
    address: str
    proofs: list[Proof]
    others: int


def current(account: UtilityAccount, *, now: datetime) -> PostedCode | None:
    """Give the code that is on its way to this account's address, or can still be entered."""
    row = PostedCode.objects.filter(account=account, state__in=OPEN).first()
    return None if row is None or (row.expires_at and row.expires_at <= now) else row


def is_open(account: UtilityAccount) -> bool:
    """Say whether a code may go to this account's address: a proof of that very address is there."""
    return levels.level_of(account) >= "L2"


def ask(account: UtilityAccount, *, actor: Actor, now: datetime) -> PostedCode | None:
    """Ask for a code by post; the one that is open when there is one.

    None after too many letters, and for an address that nothing but the signer's word names.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=account.customer_id)
        if not is_open(account):
            return None
        if (row := current(account, now=now)) is not None:
            return row
        if _written(account, since=now - WITHIN) >= LETTERS:
            return None
        code_id = uuid.uuid4()
        ref = log.append(
            "identity.code_asked",
            actor=actor,
            subject=account.customer_id,
            obj="code",
            body={"code": str(code_id), "account": str(account.id)},
        )
        # An old letter that nobody entered makes way for the new one.
        PostedCode.objects.filter(account=account, state__in=OPEN).update(
            state=PostedCode.State.OVER, audit_event_id=ref.id
        )
        return PostedCode.objects.create(id=code_id, account=account, asked_at=now, audit_event_id=ref.id)


def is_waiting(code: PostedCode) -> bool:
    """Say whether this letter may be printed now."""
    return PostedCode.objects.get(id=code.id).state == PostedCode.State.WAITING and is_open(code.account)


def _drawn() -> str:
    """Draw a code that a page takes; the one that pages show as an example is nobody's."""
    while True:
        found = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
        if found != EXAMPLE.replace("-", "") and can_be_entered(found):
            return found


def look(code: PostedCode, *, actor: Actor) -> Addressee | None:
    """Show staff where the letter would go, before they print it; None when it may not be printed."""
    account = code.account
    if not is_waiting(code):
        return None
    name, address = _addressed(account, actor, "to look at it before a code is posted")
    proofs = Proof.objects.filter(account=account).order_by("at")
    others = UtilityAccount.objects.filter(utility=account.utility, number_index=bytes(account.number_index))
    indexes = {bytes(each) for each in others.values_list("facts_index", flat=True)}
    return Addressee(name, address, list(proofs), len(indexes - {bytes(account.facts_index)}))


def print_letter(code: PostedCode, *, actor: Actor, now: datetime) -> bytes | None:
    """Make the code and give the letter that carries it, once; None when it was printed before or is over.

    The code stands in the letter alone: we keep its hash, and nobody can print it a second time.
    """
    account = code.account
    if not is_waiting(code):
        return None
    name, address = _addressed(account, actor, "code by post")
    secret, expires = _drawn(), now + timedelta(days=DAYS)
    pdf = _letter(account, name, address, secret, expires)
    with transaction.atomic():
        ref = log.append(
            "identity.code_printed",
            actor=actor,
            subject=account.customer_id,
            obj="code",
            body={"code": str(code.id), "account": str(account.id), "until": expires.isoformat()},
        )
        printed = PostedCode.objects.filter(id=code.id, state=PostedCode.State.WAITING).update(
            state=PostedCode.State.PRINTED,
            code_hash=make_password(secret),
            printed_at=now,
            expires_at=expires,
            audit_event_id=ref.id,
        )
        if not printed:
            transaction.set_rollback(True)
            return None
    return pdf


def enter(account: UtilityAccount, typed: str, *, actor: Actor, now: datetime) -> str:
    """Take one of five tries at the code; "" and L3 when it is right, else wrong, locked, old or none."""
    with transaction.atomic():
        # One after the other: of many guesses at one moment, each is counted.
        Customer.objects.select_for_update().get(id=account.customer_id)
        row = PostedCode.objects.filter(account=account, state=PostedCode.State.PRINTED).first()
        if row is None or row.expires_at is None or not is_open(account):
            return "none"
        if row.expires_at <= now:
            return "old"
        if check_password(typed.upper().replace("-", "").replace(" ", "").translate(_LOOKS_LIKE), row.code_hash):
            ref = levels.prove([account], level="L3", how=How.POSTED_CODE, actor=actor, now=now)
            PostedCode.objects.filter(id=row.id).update(state=PostedCode.State.USED, audit_event_id=ref.id)
            return ""
        tried = row.tries + 1
        ref = log.append(
            "identity.failed",
            actor=actor,
            subject=account.customer_id,
            obj="code",
            res="denied",
            body={"account": str(account.id), "how": How.POSTED_CODE.value, "tries": tried},
        )
        over = tried >= TRIES
        PostedCode.objects.filter(id=row.id).update(
            tries=tried,
            state=PostedCode.State.OVER if over else PostedCode.State.PRINTED,
            audit_event_id=ref.id,
        )
        return "locked" if over else "wrong"


def _written(account: UtilityAccount, *, since: datetime) -> int:
    # By number: another name or address in a new letter gives no further post.
    same = {"account__utility": account.utility, "account__number_index": bytes(account.number_index)}
    return PostedCode.objects.filter(account__customer=account.customer_id, asked_at__gt=since, **same).count()


def _addressed(account: UtilityAccount, actor: Actor, why: str) -> tuple[str, str]:
    event = log.append_read(
        "account.read",
        actor=actor,
        subject=account.customer_id,
        purpose="verification",
        obj="account",
        body={"account": str(account.id), "fields": ["name_as_billed", "service_address"], "why": why},
        cnt=1,
    )
    name, address = vault.open_all([account.name_as_billed, account.service_address], under=event)
    return name, address


def _letter(account: UtilityAccount, name: str, address: str, secret: str, expires: datetime) -> bytes:
    with translation.override(account.customer.language):
        context = {
            **site_context.facts(),
            "language": account.customer.language,
            "name": name,
            "address": [line.strip() for line in address.replace("\n", ",").split(",") if line.strip()],
            "last_four": account.last_four,
            "code": f"{secret[:4]}-{secret[4:]}",
            "until": expires.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date(),
        }
        html = render_to_string("identity/posted_letter.html", context)
    answer = sandbox.call("consents.identity.letter_pdf:letter", {"html": html}, wall=WALL, cpu=CPU)
    return sandbox.unpack(answer["pdf"])
