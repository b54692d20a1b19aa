"""The profiles by which this database works: the file as shipped, or the version that two people published since.

`broker.utilities` knows the files alone; whoever works for a utility asks here.
"""

from collections.abc import Mapping

from broker import utilities
from broker.db import installation
from broker.utilities import Offer, UnknownUtility, UtilityProfile
from broker.utilities.profile import AssuranceNeed

__all__ = ["assurance", "offer", "profile", "working"]


def offer(utility_id: object) -> Offer | None:
    """Give what is known of a utility, or nothing: enough to decide by and to show, not to send by."""
    return utilities.offer(utility_id)


def profile(utility_id: object) -> UtilityProfile | None:
    """Give the profile by which this database works for a utility, or nothing where something of it is unknown.

    In a rehearsal its contacts are the played counterparties'. Raises `installation.NotDeclared`.
    """
    if not isinstance(offer(utility_id), UtilityProfile) or not isinstance(utility_id, str):
        return None
    return utilities.for_mode(utility_id, installation.mode())


def working(utility_id: str) -> UtilityProfile:
    """Give the same where there must be one; raises `UnknownUtility`."""
    found = profile(utility_id)
    if found is None:
        raise UnknownUtility(utility_id)
    return found


def assurance(utility_id: str) -> Mapping[str, AssuranceNeed]:
    """Give how sure we must be of a signer before data of a utility is released; raises `UnknownUtility`."""
    found = offer(utility_id)
    if found is None:
        raise UnknownUtility(utility_id)
    return found.assurance
