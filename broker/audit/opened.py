"""What only the holder of the keys can verify: that every body opens, and that the alias table is what events say."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from broker.audit import canonical, entry, reading
from broker.audit.entry import Header, Invalid
from broker.audit.readings import Wrong
from broker.vault import VaultError, keyring

type Alias = tuple[int, int, bytes, bytes]  # field, epoch, token, kid

_KEY = "SELECT wrapped, kek FROM audit_key WHERE kid = %s"
_ALIASES = "SELECT field, epoch, token, kid FROM audit_alias"
_DEAD = "SELECT kid FROM audit_key WHERE shredded_event IS NOT NULL"
_EVENTS = "SELECT id, header, ct FROM audit_event WHERE id > %s ORDER BY id LIMIT %s"
_PLACE = "SELECT seq FROM audit_leaf WHERE event_id = %s"
_CACHED = 4096


def check(tick: Callable[[int], None] = lambda _done: None) -> int:
    """Open every event whose key lives and replay the aliases; return how many were opened. Raises `Wrong`.

    Needs a login that may read wrapped keys, and the key provider. The caller has logged this reading before.
    """
    there = set(_aliases())
    said, opened = _replay(tick)
    dead = {bytes(kid) for (kid,) in reading.database_rows(_DEAD, [])}
    now = set(_aliases())
    if any(alias[3] in dead for alias in now):
        raise Wrong("key")  # a destroyed key can still be found under a name
    live = {alias for alias in said if alias[3] not in dead}
    # What is new since the first look has its event after it; what is gone since then went with its key.
    if live - now or {alias for alias in there if alias[3] not in dead} - said:
        raise Wrong("key")
    return opened


def _aliases() -> Iterator[Alias]:
    for field, epoch, token, kid in reading.database_rows(_ALIASES, []):
        yield field, epoch, bytes(token), bytes(kid)


def _replay(tick: Callable[[int], None]) -> tuple[set[Alias], int]:
    said: set[Alias] = set()
    opened = at = 0
    find = lru_cache(_CACHED)(_data_key)
    while rows := reading.database_rows(_EVENTS, [at, reading.STEP]):
        for event, header, ct in rows:
            head = _head(header, event)
            dek = find(head.kid)
            if dek is None:
                continue
            body = _body(header, ct, dek, event)
            opened += 1
            if head.act == "key.alias":
                said.add(_alias(body, head, event))
        at = rows[-1][0]
        tick(opened)
    return said, opened


def _data_key(kid: bytes) -> bytes | None:
    """The data key, None where it was destroyed."""
    found = reading.database_rows(_KEY, [kid])
    if not found:
        raise Wrong("key")
    wrapped, kek = found[0]
    try:
        return None if wrapped is None else keyring.unwrap(bytes(wrapped), kid, kek)
    except VaultError:
        raise Wrong("key") from None


def _head(header: bytes, event: int) -> Header:
    try:
        return entry.parse_header(header)
    except Invalid as wrong:
        raise Wrong(wrong.kind, _place(event)) from None


def _body(header: bytes, ct: bytes, dek: bytes, event: int) -> dict[str, canonical.Json]:
    try:
        return entry.open_body(header, ct, dek=dek)
    except Invalid as wrong:
        raise Wrong(wrong.kind, _place(event)) from None
    except canonical.NotCanonical:
        raise Wrong("entry", _place(event)) from None


def _alias(body: dict[str, canonical.Json], head: Header, event: int) -> Alias:
    try:
        named = (int(str(body["field"])), int(str(body["epoch"])), bytes.fromhex(str(body["token"])))
        if bytes.fromhex(str(body["kid"])) != head.kid:
            raise ValueError
    except (KeyError, ValueError):
        raise Wrong("key", _place(event)) from None
    return (*named, head.kid)


def _place(event: int) -> int | None:
    found = reading.database_rows(_PLACE, [event])
    return int(found[0][0]) if found else None
