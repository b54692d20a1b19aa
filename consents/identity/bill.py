"""A customer proves an account with her own recent bill (actions)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from broker import sandbox, vault
from broker.audit import log
from broker.inlets import unread
from broker.looking import look
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.identity import levels, tries
from consents.identity.models import Attempt, How

WALL, CPU = 25.0, 15
FIELDS = ("number", "name_as_billed", "service_address")
TOO_MANY, LOGIN = "too_many", "file.login"


@dataclass(frozen=True)
class Compared:
    """What did not fit, as codes; nothing when the account is proven."""

    failed: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the bill proved the account."""
        return not self.failed


def prove_by_bill(
    account: UtilityAccount, data: bytes, *, bill_date: date, amount: Decimal, actor: Actor, now: datetime
) -> Compared:
    """Compare a bill with the account and with what she typed of it; all five fields fit: L2, and the bill is sealed.

    `amount` in dollars. The bill proves and nothing else: it is no shared file, and a bill that fails is not kept.
    """
    if not tries.may_try(account, How.OWN_BILL, now=now):
        return _too_many(account, actor)
    failed = _compare(account, data, bill_date, amount, actor, now)
    with transaction.atomic():
        # Counted again under the lock: of many files at one moment, those too many learn nothing.
        if not tries.may_try(account, How.OWN_BILL, now=now, lock=True):
            return _too_many(account, actor)
        if failed:
            ref = log.append(
                "identity.failed",
                actor=actor,
                subject=account.customer_id,
                obj="account",
                res="denied",
                body={"account": str(account.id), "how": How.OWN_BILL.value, "failed": failed},
            )
        else:
            file = vault.seal_file(data, subject=account.customer_id, name="bill.pdf", retention=vault.EVIDENCE)
            ref = levels.prove([account], level="L2", how=How.OWN_BILL, actor=actor, now=now, file=file)
        Attempt.objects.create(account=account, how=How.OWN_BILL, failed=failed, at=now, audit_event_id=ref.id)
    return Compared(tuple(failed))


def _compare(
    account: UtilityAccount, data: bytes, bill_date: date, amount: Decimal, actor: Actor, now: datetime
) -> list[str]:
    ref = log.append_read(
        "account.read",
        actor=actor,
        subject=account.customer_id,
        purpose="verification",
        obj="account",
        body={"account": str(account.id), "fields": list(FIELDS), "why": "to compare it with her bill"},
        cnt=1,
    )
    number, name, address = vault.open_all([account.number, account.name_as_billed, account.service_address], under=ref)
    payload = {
        "data": sandbox.pack(data),
        "account": number,
        "name": name,
        "service_address": address,
        "date": bill_date.isoformat(),
        "amount": str(amount),
        "today": now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date().isoformat(),
    }
    try:
        found = sandbox.call("broker.importers.bill_identity:match", payload, wall=WALL, cpu=CPU)
    except sandbox.Refused as no:
        return [no.code]
    except sandbox.SandboxError:
        return ["file.unreadable"]
    if look(found["text"], "pdf_upload") is not None:
        return [LOGIN]
    # A bill that proves is kept with whatever stands beside its pages.
    return list(found["failed"]) or _unseen(data)


def _unseen(data: bytes) -> list[str]:
    code = unread.against(data, inside=True)
    return [code if code == unread.CODE else LOGIN] if code else []


def _too_many(account: UtilityAccount, actor: Actor) -> Compared:
    log.append(
        "identity.failed",
        actor=actor,
        subject=account.customer_id,
        obj="account",
        res="denied",
        body={"account": str(account.id), "how": How.OWN_BILL.value, "failed": [TOO_MANY]},
    )
    return Compared((TOO_MANY,))
