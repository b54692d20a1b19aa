"""What the entries that a customer sees of a pack say of the rows beside them, by which an order hides them."""

import uuid
from collections.abc import Iterator
from functools import lru_cache

from broker.audit import keys, store
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.console.packs.models import PackAccess
from broker.vault.blind import subject_token


def _told(head: Header, body: Body) -> Told | None:
    """An entry of a group under a subject's key; the whole (which counts) and the pack's own have no row."""
    if head.obj != "pack" or head.grp is None or head.cnt or "pack" not in body:
        return None
    try:
        token = _token_of(head.kid)
    except LookupError:
        return None  # the names of keys are compared on their own
    if token in (keys.subject_token(None), subject_token(uuid.UUID(str(body["pack"])))):
        return None
    return Told(str(head.event_id), {"pack": str(body["pack"]), "customer": token.hex()})


@lru_cache(4096)
def _token_of(kid: bytes) -> bytes:
    """Whose a living key is. Raises LookupError."""
    found = store.rows("SELECT token FROM audit_alias WHERE field = %s AND kid = %s", [keys.SUBJECT, kid])
    if not found:
        raise LookupError("a key without its subject")
    return bytes(found[0][0])


def _rows() -> Iterator[Row]:
    for event, pack, customer in PackAccess.objects.values_list("audit_event_id", "pack_id", "customer_id").iterator():
        yield Row(str(event), event, {"pack": str(pack), "customer": subject_token(customer).hex()})


CLAIM = Claim(
    "packs_packaccess", "note of who sees an evidence pack", frozenset({"admin.export", "pack.read"}), _told, _rows
)
