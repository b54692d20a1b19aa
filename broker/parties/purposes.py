"""What an organisation may ask customers' data for (rules): what two people approved as they enrolled it."""

from broker.parties.models import Organisation
from broker.terms import PURPOSES


def approved(organisation: Organisation) -> dict[str, str]:
    """Give its purposes with their words, in the order of all; all of them where its enrolment named none."""
    return {code: text for code, text in PURPOSES.items() if not is_beyond(organisation, code)}


def is_beyond(organisation: Organisation, purpose: object) -> bool:
    """Say whether this is a purpose that was not approved for it; of what is no purpose at all it says nothing."""
    limits = organisation.purposes
    return isinstance(purpose, str) and purpose in PURPOSES and limits is not None and purpose not in limits
