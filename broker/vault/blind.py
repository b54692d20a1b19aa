"""Blind indexes: equal values are found without being stored or opened."""

import hmac
import unicodedata
from uuid import UUID

from broker.vault import keyring

FIELDS = ("account_number", "email", "name", "account_facts")
SUBJECT_FIELD, EPOCH = 0, 1  # the log's alias for an internal subject id; the generation of all alias keys


def normal(field: str, value: str) -> str:
    """Give the form in which values of this field are compared."""
    if field not in FIELDS:
        raise ValueError(f"no blind index for the field {field!r}")
    text = unicodedata.normalize("NFKC", value).strip().lower()
    if field == "account_number":
        return "".join(each for each in text if each in "0123456789")
    return " ".join(text.split())


def blind_index(field: str, value: str) -> bytes:
    """Give the 32 bytes by which a value of one of the `FIELDS` is looked up."""
    text = normal(field, value)
    if not text:
        raise ValueError(f"an empty {field} has no blind index")
    return hmac.digest(keyring.secret(f"blind-index/{field}"), text.encode(), "sha256")


def alias_token(field: int, value: str, *, epoch: int = EPOCH) -> bytes:
    """Give the 8 bytes by which the log finds data keys: HMAC-SHA-256(K_idx[field, epoch], NFKC, lower, stripped)."""
    plain = unicodedata.normalize("NFKC", value).lower().strip()
    return hmac.digest(keyring.secret(f"alias/{field}/{epoch}"), plain.encode(), "sha256")[:8]


def subject_token(subject: UUID) -> bytes:
    """Give the 8 bytes by which the log and the vault find a subject's keys: alias field 0 of the id as text."""
    return alias_token(SUBJECT_FIELD, str(subject))
