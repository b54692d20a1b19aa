"""What only the holder of the keys can verify: that every body opens, and that the tables are what events say."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from broker.audit import canonical, claimed_checkpoints, claims, entry, reading
from broker.audit.entry import Header, Invalid
from broker.audit.readings import Wrong
from broker.vault import VaultError, keyring

type Proof = tuple[int, str, str]  # size, kind, SHA-256 of the proof
type Alias = tuple[int, int, bytes, bytes]  # field, epoch, token, kid

_KEY = "SELECT wrapped, kek FROM audit_key WHERE kid = %s"
_ALIASES = "SELECT field, epoch, token, kid FROM audit_alias"
_PROOFS = "SELECT size, kind, proof FROM audit_anchor"
_DEAD = "SELECT kid FROM audit_key WHERE shredded_event IS NOT NULL"
_EVENTS = "SELECT id, header, ct FROM audit_event WHERE id > %s ORDER BY id LIMIT %s"
_PLACE = "SELECT seq FROM audit_leaf WHERE event_id = %s"
_CACHED = 4096


class _Said:
    """What the opened events say of the tables beside them."""

    def __init__(self) -> None:
        self.aliases: set[Alias] = set()
        self.anchors: Counter[Proof] = Counter()
        self.unread_anchors = 0  # counted by events whose key was destroyed
        self.checkpoints = claimed_checkpoints.Replay()
        self.rows = claims.Replay()
        self.opened = 0


def check(tick: Callable[[int], None] = lambda _done: None) -> int:
    """Open every event whose key lives and compare what they say with the tables; return how many were opened.

    The aliases, the anchors, the published checkpoints, and the rows that packages let their events claim
    (`claims`). Raises `Wrong`. Needs a login that may read wrapped keys, and the key provider. The caller has logged
    this reading before.
    """
    there, stored = set(_aliases()), _anchors()
    said = _replay(tick)
    dead = {bytes(kid) for (kid,) in reading.database_rows(_DEAD, [])}
    now = set(_aliases())
    if any(alias[3] in dead for alias in now):
        raise Wrong("key")  # a destroyed key can still be found under a name
    live = {alias for alias in said.aliases if alias[3] not in dead}
    # What is new since the first look has its event after it; what is gone since then went with its key.
    if live - now or {alias for alias in there if alias[3] not in dead} - said.aliases:
        raise Wrong("key")
    if said.anchors - _anchors() or (stored - said.anchors).total() > said.unread_anchors:
        raise Wrong("columns")  # an anchor was exchanged: its event names another proof
    said.checkpoints.compare()
    said.rows.compare(_place)
    return said.opened


def _anchors() -> Counter[Proof]:
    found = reading.database_rows(_PROOFS, [])
    return Counter((size, kind, hashlib.sha256(bytes(proof)).hexdigest()) for size, kind, proof in found)


def _aliases() -> Iterator[Alias]:
    for field, epoch, token, kid in reading.database_rows(_ALIASES, []):
        yield field, epoch, bytes(token), bytes(kid)


def _replay(tick: Callable[[int], None]) -> _Said:
    said, at = _Said(), 0
    find = lru_cache(_CACHED)(_data_key)
    while rows := reading.database_rows(_EVENTS, [at, reading.STEP]):
        for event, header, ct in rows:
            head = _head(header, event)
            dek = find(head.kid)
            if dek is None:
                said.unread_anchors += head.act == "log.anchored"
                said.rows.take(head, None)
                continue
            body = _body(header, ct, dek, event)
            said.opened += 1
            said.rows.take(head, body)
            if head.act == "key.alias":
                said.aliases.add(_alias(body, head, event))
            elif head.act == "log.anchored":
                said.anchors[_anchor(body, event)] += 1
            elif head.act == "log.verdict":
                _take_checkpoints(said, head, body)
        at = rows[-1][0]
        tick(said.opened)
    return said


def _take_checkpoints(said: _Said, head: Header, body: dict[str, canonical.Json]) -> None:
    try:
        said.checkpoints.take(head.log, body, head.event_id)
    except (KeyError, TypeError, ValueError):
        raise Wrong("entry", _place(head.event_id)) from None


def _anchor(body: dict[str, canonical.Json], event: int) -> Proof:
    try:
        return int(str(body["size"])), str(body["kind"]), str(body["proof_sha256"])
    except (KeyError, ValueError):
        raise Wrong("entry", _place(event)) from None


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
