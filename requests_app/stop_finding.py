"""Finding the permission of a caller who has no number at hand (action: each look is an event)."""

from django.db.models import Q

from broker import vault
from broker.audit import log
from broker.terms import Actor
from consents.lifecycle import ENDED
from consents.models import Consent
from requests_app.page_reads import page_shown


def by_account(account: str, name: str, *, actor: Actor) -> list[Consent]:
    """Give the live permissions over this account whose name as billed is this one; found by blind index.

    The names that are compared are opened under an event of each customer's.
    """
    index = vault.blind_index("account_number", account)
    live = Consent.objects.filter(~Q(state__in=ENDED), accounts__number_index=index).distinct()
    rows = list(live.order_by("signed_at")[:20])
    page_shown(actor, "stop by account", cnt=len(rows))
    return [row for row in rows if _is_named(row, index, name, actor=actor)]


def _is_named(consent: Consent, index: bytes, name: str, *, actor: Actor) -> bool:
    ref = log.append_read(
        "account.read",
        actor=actor,
        subject=consent.customer_id,
        purpose="fulfilment",
        obj="account",
        body={"consent": str(consent.id), "fields": ["name_as_billed"], "why": "to find what a caller stops"},
        cnt=1,
    )
    sealed = [row.name_as_billed for row in consent.accounts.filter(number_index=index)]
    wanted = vault.blind_index("name", name)
    return any(vault.blind_index("name", each) == wanted for each in vault.open_all(sealed, under=ref))
