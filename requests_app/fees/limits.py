"""How many people a fee needs, and which amounts are fees at all (rules)."""

from collections.abc import Mapping
from decimal import Decimal

LARGEST = Decimal("9999.99")  # more than that is no fee for copies: a person has misread it
_CENT = Decimal("0.01")


def is_fee(amount: Decimal) -> bool:
    """Say whether this can be a fee in US dollars: more than nothing, in whole cents, and no more than `LARGEST`."""
    return amount.is_finite() and 0 < amount <= LARGEST and amount == amount.quantize(_CENT)


def limit_for(limits: Mapping[str, str], *, organisation: str, utility: str) -> Decimal:
    """Give the most in US dollars that one person may decide for this recipient (its slug) and this utility (its id).

    `limits` maps a slug, a utility's id or `*` to an amount; the smallest that fits counts, and none is nothing: then
    two people decide every fee. Raises ValueError for a limit that is no amount.
    """
    found = [limits[name] for name in ("*", organisation, utility) if name in limits]
    return min((_amount(each) for each in found), default=Decimal(0))


def needs_two(amount: Decimal, limit: Decimal, *, accepted: Decimal = Decimal(0)) -> bool:
    """Say whether two different people decide this fee; a sum of exactly the limit is still one person's.

    `accepted` is what was accepted before, for the same request and those whose place it took: a fee in parts is one.
    """
    return amount + accepted > limit


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"no amount: {text!r}") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"no amount: {text!r}")
    return amount
