"""How long a utility usually takes, for customers (a look-up): nothing until there are enough answers."""

from consents.usual import Usual
from requests_app import grants
from requests_app.numbers.measures import answer_days
from requests_app.numbers.quantiles import FOR_CUSTOMERS, nearest_rank


def of(utility: str) -> Usual | None:
    """Give a utility's usual time in business days; None below `FOR_CUSTOMERS` answers."""
    profile = grants.profile_of(utility)
    days = answer_days(profile) if profile is not None else []
    if profile is None or len(days) < FOR_CUSTOMERS:
        return None
    return Usual(profile.short_name, nearest_rank(days, 50), nearest_rank(days, 90), len(days))
