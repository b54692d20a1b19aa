"""By what a recipient tells two accounts apart that end in the same digits.

Four digits are those of many accounts, and the number is opened for few. The id in between is made of the number under
a key of ours: an account has the same one for a recipient, whatever request or permission its data came by; another
recipient has another one for it; and nobody finds the number from it.
"""

import hmac
import uuid

from broker.parties.models import UtilityAccount
from broker.vault import keyring

BYTES = 8


def account_id(organisation: uuid.UUID, account: UtilityAccount) -> str:
    """Give the 16 characters by which this organisation knows this account."""
    text = b"|".join([str(organisation).encode(), account.utility.encode(), bytes(account.number_index)])
    return hmac.digest(keyring.secret("account-of-a-recipient"), text, "sha256")[:BYTES].hex()
