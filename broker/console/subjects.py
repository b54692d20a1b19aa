"""Whom a data key belongs to, without opening anything (interface)."""

import uuid
from collections.abc import Iterable, Mapping

from broker.audit import keys, search
from broker.parties.models import Customer, EmailLink, Organisation, User
from broker.vault.models import VaultKey
from consents.models import Draft

NOBODY = "operations"  # events about no single subject


def of_kids(kids: Iterable[bytes]) -> dict[bytes, uuid.UUID | str]:
    """Give each data key's subject, or `NOBODY`; keys that were destroyed, or whose subject is gone, are left out."""
    tokens = search.tokens_of(kids)
    known: dict[bytes, uuid.UUID | str] = {keys.subject_token(None): NOBODY}
    wanted = {token for token in tokens.values() if token not in known}
    known |= _by_vault_key(wanted)
    if missing := wanted - set(known):
        known |= _by_going_through_all(missing)
    return {kid: known[token] for kid, token in tokens.items() if token in known}


def of_kid(kid: bytes) -> uuid.UUID | str | None:
    """Give one data key's subject, `NOBODY`, or None where it is not known any more."""
    return of_kids([kid]).get(kid)


def masked(subject: uuid.UUID | str | None) -> str:
    """Write a subject so that it can be recognised and not be identified."""
    if subject is None:
        return "destroyed"
    return "–" if subject == NOBODY else f"{str(subject)[:8]}…"


def _by_vault_key(tokens: Iterable[bytes]) -> Mapping[bytes, uuid.UUID]:
    found = VaultKey.objects.filter(token__in=list(tokens)).values_list("token", "subject")
    return {bytes(token): subject for token, subject in found}


def _by_going_through_all(tokens: set[bytes]) -> Mapping[bytes, uuid.UUID]:
    """Subjects without sealed data of their own; a token cannot be turned back, so each candidate is tried."""
    found: dict[bytes, uuid.UUID] = {}
    for model in (Customer, EmailLink, Draft, Organisation, User):
        for identity in model._default_manager.values_list("id", flat=True).iterator():
            token = keys.subject_token(identity)
            if token in tokens:
                found[token] = identity
        if len(found) == len(tokens):
            break
    return found
