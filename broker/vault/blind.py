"""Blind indexes: equal values are found without being stored or opened."""

import hmac
import unicodedata
from uuid import UUID

from broker.vault import keyring

FIELDS = ("account_number", "email", "name")
SUBJECT_FIELD, SUBJECT_EPOCH = 0, 1  # the log's alias for an internal subject id


def normal(field: str, value: str) -> str:
    """Give the form in which values of this field are compared."""
    if field not in FIELDS:
        raise ValueError(f"no blind index for the field {field!r}")
    text = unicodedata.normalize("NFKC", value).strip().lower()
    if field == "account_number":
        return "".join(each for each in text if each in "0123456789")
    return " ".join(text.split())


def blind_index(field: str, value: str) -> bytes:
    """Give the 32 bytes by which a value of `account_number`, `email` or `name` is looked up."""
    text = normal(field, value)
    if not text:
        raise ValueError(f"an empty {field} has no blind index")
    return hmac.digest(keyring.secret(f"blind-index/{field}"), text.encode(), "sha256")


def subject_token(subject: UUID) -> bytes:
    """Give the 8 bytes by which the log and the vault find a subject's keys (alias field 0)."""
    label = b"audit/index-key/v1\x00" + bytes([SUBJECT_FIELD, SUBJECT_EPOCH])
    index_key = hmac.digest(keyring.secret("audit-index"), label, "sha256")
    return hmac.digest(index_key, str(subject).encode(), "sha256")[:8]
