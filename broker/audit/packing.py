"""What an evidence pack holds of the log (docs/pack-format.md): entries, proofs, checkpoints, anchors, public keys."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from broker.audit import anchoring, anchors, entry, keys, log, merkle, proofs, receipts, store
from broker.audit.encoding import b64, unb64url
from broker.audit.entry import Header
from broker.audit.tlogproof import TlogProof
from broker.terms import EventRef

VERIFIER = Path(__file__).parent / "standalone" / "verify.py"

MOST_CHECKPOINTS = 100  # earlier ones that go with a pack, the newest first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = 500  # values per query
_PLACED = """SELECT l.seq, e.id, e.header, e.ct, e.kid FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
    WHERE l.origin = %s AND l.seq < %s"""

_WRITTEN_BETWEEN = " AND e.id IN (SELECT i.event_id FROM audit_index i WHERE i.ts >= %s AND i.ts < %s)"


class Placed(NamedTuple):
    """One event with its place in the tree; its body is closed."""

    seq: int
    id: int
    header: bytes
    ct: bytes
    kid: bytes

    @property
    def head(self) -> Header:
        """What the header says."""
        return entry.parse_header(self.header)

    @property
    def at(self) -> datetime:
        """When it was written, by the writer's clock."""
        return EPOCH + timedelta(microseconds=self.head.ts)


class Covered(NamedTuple):
    """The signed checkpoint to which all proofs of a pack lead."""

    size: int
    root: bytes
    note: str


def covering(events: Iterable[EventRef]) -> Covered | None:
    """The newest published checkpoint if it covers all these events, else None: not yet."""
    newest = proofs.newest()
    if newest is None:
        return None
    signed, note = newest
    for event in events:
        found = store.rows(
            "SELECT seq FROM audit_leaf WHERE origin = %s AND event_id = %s", [log.origin_id(), event.id]
        )
        if not found or found[0][0] >= signed.size:
            return None
    return Covered(signed.size, signed.root, note)


def group_of(event: EventRef) -> list[EventRef]:
    """All parts of the act that this event is the first of, itself included."""
    parts, parent = [event], _group(event.id)
    while parent is not None and _group(parts[-1].id + 1) == parent:
        parts.append(EventRef(parts[-1].id + 1))
    return parts


def _group(event_id: int) -> bytes | None:
    found = store.rows("SELECT header FROM audit_event WHERE id = %s", [event_id])
    return entry.parse_header(found[0][0]).grp if found else None


def _kids_of(subject: uuid.UUID | None) -> set[bytes]:
    found = store.rows(
        "SELECT kid FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject)],
    )
    return {kid for (kid,) in found}


def living_kids(subject: uuid.UUID | None) -> set[bytes]:
    """The names of a subject's data keys that were not destroyed: what is sealed under others stays closed for ever."""
    found = store.rows(
        """SELECT k.kid FROM audit_alias a JOIN audit_key k ON k.kid = a.kid
        WHERE a.field = %s AND a.epoch = %s AND a.token = %s AND k.shredded_event IS NULL""",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject)],
    )
    return {kid for (kid,) in found}


def subjects_between(start: datetime, end: datetime, candidates: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Those of these subjects about whom something was written in `[start, end)`."""
    found = store.rows(
        """SELECT DISTINCT a.token FROM audit_index i JOIN audit_event e ON e.id = i.event_id
        JOIN audit_alias a ON a.kid = e.kid WHERE a.field = %s AND a.epoch = %s AND i.ts >= %s AND i.ts < %s""",
        [keys.SUBJECT, keys.EPOCH, _us(start), _us(end)],
    )
    tokens = {token for (token,) in found}
    return [each for each in candidates if keys.subject_token(each) in tokens]


def of_subject(subject: uuid.UUID | None, size: int) -> list[Placed]:
    """A subject's events in the tree of this size, in its order."""
    kids = sorted(_kids_of(subject))
    if not kids:
        return []
    marks = ", ".join(["%s"] * len(kids))
    statement = f"{_PLACED} AND e.kid IN ({marks}) ORDER BY l.seq"
    return [Placed(*row) for row in store.rows(statement, [log.origin_id(), size, *kids])]


def in_period(start: datetime, end: datetime, size: int) -> list[Placed]:
    """Everybody's events with a time in `[start, end)`, in the order of the tree."""
    statement = _PLACED + _WRITTEN_BETWEEN + " ORDER BY l.seq"
    found = store.rows(statement, [log.origin_id(), size, _us(start), _us(end)])
    return [Placed(*row) for row in found]


def placed(events: Sequence[EventRef], size: int) -> list[Placed]:
    """These events, as far as the tree of this size holds them."""
    found: list[Placed] = []
    for at in range(0, len(events), _STEP):
        part = [event.id for event in events[at : at + _STEP]]
        marks = ", ".join(["%s"] * len(part))
        rows = store.rows(f"{_PLACED} AND e.id IN ({marks})", [log.origin_id(), size, *part])
        found += [Placed(*row) for row in rows]
    return sorted(found)


def bodies(found: Sequence[Placed], opened: dict[int, bytes]) -> dict[int, Any]:
    """Open the bodies of those events whose K_e `opening.event_keys` gave; seq -> body."""
    return {each.seq: entry.decrypt(opened[each.id], each.header, each.ct) for each in found if each.id in opened}


def actor_id(opaque: str) -> uuid.UUID:
    """The id behind an opaque actor or application of a header."""
    return uuid.UUID(bytes=unb64url(opaque.partition(":")[2]))


def files(events: Sequence[Placed], covered: Covered, opened: dict[int, bytes], *, now: datetime) -> dict[str, bytes]:
    """The pack's files that come of the log; `opened` gives K_e by event id for those that are released.

    Where a timestamp authority is configured and answers, the pack's checkpoint is stamped first.
    """
    out = {
        "checkpoint": covered.note.encode(),
        "log.vkey": "".join(f"{key.encode()}\n" for key in store.verifier_keys()).encode(),
        "receipt.vkey": f"{receipts.verifier().encode()}\n".encode(),
        "verify.py": VERIFIER.read_bytes(),
    }
    tree = proofs.reader(log.origin_id())
    for each in events:
        out[f"entries/{each.seq}.entry"] = entry.entry_bytes(each.header, each.ct)
        hashes = tuple(merkle.inclusion_proof(each.seq, covered.size, tree))
        # The note as it was read once: a cosignature that arrives meanwhile must not make the proofs differ.
        out[f"proofs/{each.seq}.tlog-proof"] = TlogProof(each.seq, hashes, covered.note).encode().encode()
        if each.id in opened:
            out[f"keys/{each.seq}.key"] = f"{opened[each.id].hex()}\n".encode()
    return out | _anchored(events, covered, _stamp(covered, now))


def _stamp(covered: Covered, now: datetime) -> bytes | None:
    """A fresh RFC 3161 token over the pack's checkpoint; None where no authority is configured or none answers."""
    if not settings.TIMESTAMP_URLS:
        return None
    try:
        return anchoring.timestamp_now(covered.size, now=now).proof
    except anchoring.NoAnchor:
        return None  # the pack holds the anchors that there are, and its report says which


def _anchored(events: Sequence[Placed], covered: Covered, stamp: bytes | None) -> dict[str, bytes]:
    """Earlier checkpoints that others hold, and what says so; and the one that first covered each end of the pack."""
    origin, out = log.origin_id(), {}
    rows = store.rows(
        "SELECT size, kind, proof FROM audit_anchor WHERE origin = %s AND size <= %s ORDER BY id DESC LIMIT %s",
        [origin, covered.size, MOST_CHECKPOINTS],
    )
    held = [(size, kind, bytes(proof)) for size, kind, proof in reversed(rows)]
    if stamp is not None and (covered.size, "tsa", stamp) not in held:
        held.append((covered.size, "tsa", stamp))  # this login may not add anchors to the database
    numbers: dict[int, int] = {}
    for size, kind, proof in held:
        numbers[size] = numbers.get(size, 0) + 1
        out[f"anchors/{size}-{numbers[size]}.{kind}"] = proof
    known = anchors.policy()
    if known is not None and any(kind == "witness" for _size, kind, _proof in held):
        out["anchors/witness.vkey"] = "".join(f"{each.encode()}\n" for each in known.witnesses.values()).encode()
    ends = {store.covering_size(origin, each.seq) for each in (*events[:1], *events[-1:])}
    for size in sorted(({*numbers} | {end for end in ends if end is not None}) - {covered.size}):
        hashes = proofs.consistency(size, covered.size)
        out[f"checkpoints/{size}"] = store.served_note(origin, size).encode()
        out[f"checkpoints/{size}.consistency"] = "".join(f"{b64(each)}\n" for each in hashes).encode()
    return out


def note_of_manifest(digest: str) -> bytes:
    """The signed note over a manifest's SHA-256 (hex)."""
    return receipts.sign_note(f"evidence-pack/v1\n{settings.LOG_ORIGIN}\n{digest}\n").encode()


def _us(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(microseconds=1))
