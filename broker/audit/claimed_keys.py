"""What events say of data keys: their retention class, their year, and how many legal holds they show."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.audit.models import AuditKey
from broker.vault.models import VaultKey

_NAMED = ("class", "period")


def _told_of_log_key(head: Header, body: Body) -> Told:
    if head.act == "key.created":
        facts = {name: body[name] for name in _NAMED}
        return Told(str(body["kid"]), facts | _holds(body))
    if head.tk is None:
        raise ValueError("an event about a key names it")
    return Told(head.tk.hex(), _holds(body))


def _told_of_vault_key(head: Header, body: Body) -> Told:
    return Told(str(body["vault_key"]), {"end": True} if head.act == "vault.key_shred" else _holds(body))


def _holds(body: Body) -> dict[str, int]:
    """The number of holds from this event on; events of before this was written down say none."""
    number = body.get("holds")
    return {"number_of_holds": number} if isinstance(number, int) else {}


def _log_keys() -> Iterator[Row]:
    for kid, retention, period, hold in AuditKey.objects.values_list("kid", "retention", "period", "hold").iterator():
        yield Row(bytes(kid).hex(), None, {"class": retention, "period": period, "number_of_holds": hold})


def _vault_keys() -> Iterator[Row]:
    for key, hold, event in VaultKey.objects.values_list("id", "hold", "shredded_event").iterator():
        yield Row(str(key), None, {"end": event is not None, "number_of_holds": hold})


LOG_KEYS = Claim(
    "audit_key",
    "data key of the log",
    frozenset({"key.created", "key.hold", "key.release", "key.shred"}),
    _told_of_log_key,
    _log_keys,
)
# Their making leaves no event (each process makes itself new ones), so that only what was done to one is claimed.
VAULT_KEYS = Claim(
    "vault_key",
    "data key of the vault",
    frozenset({"vault.key_hold", "vault.key_release", "vault.key_shred"}),
    _told_of_vault_key,
    _vault_keys,
    untold=True,
)
