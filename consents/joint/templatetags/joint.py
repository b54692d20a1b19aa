"""What a customer's page says of a permission that waits."""

from collections.abc import Iterable

from django import template

from broker.parties.models import UtilityAccount
from consents.joint import provers
from consents.joint.waiting import is_looked_at
from consents.lifecycle import State
from consents.models import Consent

register = template.Library()


@register.filter
def is_held(consent: Consent) -> bool:
    """Say whether a signed permission waits for a person of ours; why is not hers to read here."""
    return isinstance(consent, Consent) and consent.state == State.SIGNED and is_looked_at(consent)


@register.filter
def is_doubted(account: UtilityAccount) -> bool:
    """Say whether our people look at an account first; that another mailbox proved it is not hers to read here."""
    return isinstance(account, UtilityAccount) and provers.is_doubted(account)


@register.filter
def doubted(accounts: Iterable[UtilityAccount]) -> list[UtilityAccount]:
    """Give those of them that our people look at first, in the order of their last four digits."""
    return sorted(filter(is_doubted, accounts), key=lambda each: each.last_four)
