"""The moment of signing for many accounts (actions, in the transaction of the signature)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from broker import vault
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.identity import levels
from consents.identity.models import Attempt, How
from consents.models import Consent, Draft
from consents.several import listed
from consents.several.bills import both_must_agree


def can_be_signed(draft: Draft, state: Mapping[str, Any], bills: Mapping[str, bytes]) -> bool:
    """Say whether each account of the letter has its bill, and none needs another holder's word since she looked."""
    rows = listed.chosen(state)
    return all(each.index in bills for each in rows) and not any(both_must_agree(draft.link, r.index) for r in rows)


def prove(accounts: Sequence[UtilityAccount], bills: Mapping[str, bytes], *, actor: Actor, now: datetime) -> None:
    """Record that each account was proven by its own bill, as one that is proven after its signing is.

    The bills are sealed anew under her own key; those of the draft go with the draft.
    """
    files = {
        each.id: vault.seal_file(
            bills[bytes(each.number_index).hex()],
            subject=each.customer_id,
            name="bill.pdf",
            retention=vault.EVIDENCE,
        )
        for each in accounts
    }
    ref = levels.prove(accounts, level="L2", how=How.OWN_BILL, actor=actor, now=now, files=files)
    Attempt.objects.bulk_create(
        Attempt(account=each, how=How.OWN_BILL, failed=[], at=now, audit_event_id=ref.id) for each in accounts
    )


def not_in(consent: Consent) -> list[str]:
    """Give the endings of accounts that were asked for and are not in what she signed."""
    ask = consent.asks.first()
    inside = {bytes(each).hex() for each in consent.accounts.values_list("number_index", flat=True)}
    return [each["ending"] for each in (ask.accounts or () if ask else ()) if each["index"] not in inside]
