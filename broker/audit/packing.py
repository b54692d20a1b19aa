"""What an evidence pack holds of the logs (docs/pack-format.md): entries, proofs, checkpoints, anchors, public keys.

After a declared loss there are several: the current one is the pack's own, and each older one has a folder in it.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from broker.audit import anchoring, anchors, checkpoint, entry, keys, log, merkle, proofs, receipts, store
from broker.audit.encoding import b64, unb64url
from broker.audit.entry import Header
from broker.audit.tlogproof import TlogProof
from broker.terms import EventRef

VERIFIER = Path(__file__).parent / "standalone" / "verify.py"

MOST_CHECKPOINTS = 100  # earlier ones that go with a pack, the newest first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = 500  # values per query
_PLACED = """SELECT l.origin, l.seq, e.id, e.header, e.ct, e.kid FROM audit_leaf l
    JOIN audit_event e ON e.id = l.event_id WHERE l.origin = %s AND l.seq < %s"""
_EVENTS = "SELECT id, header, ct, kid FROM audit_event"

_WRITTEN_BETWEEN = " AND e.id IN (SELECT i.event_id FROM audit_index i WHERE i.ts >= %s AND i.ts < %s)"


class Held(NamedTuple):
    """One event that a pack holds; its body is closed."""

    origin: int  # number of its log (`store.origins`)
    seq: int | None  # its place; None: no signed state of its log, which a declared loss closed, covers it
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
    """The signed checkpoint to which all proofs of a pack, or of an older log's part of it, lead."""

    size: int
    root: bytes
    note: str


class Log(NamedTuple):
    """One log of this database; `signed` None: an older one of which no signed state fits what is still here."""

    origin: int
    name: str
    signed: Covered | None

    @property
    def keys(self) -> list[str]:
        """The public keys that sign its states, the current one first."""
        return [key.encode() for key in store.verifier_keys(self.name)]

    @property
    def folder(self) -> str:
        """Where an older log's files lie in a pack."""
        return f"earlier/{self.origin}/"


def in_order(events: Iterable[Held]) -> list[Held]:
    """Each once: the oldest log first, each log by its places, what has none at its end."""
    return sorted(set(events), key=lambda each: (each.origin, each.seq is None, each.seq or 0, each.id))


def logs(covered: Covered) -> list[Log]:
    """Every log of this database, the current one last, with the signed state to which its proofs lead."""
    found = store.origins()
    return [*(Log(each.id, each.name, _last_signed(each)) for each in found[:-1]), Log(*found[-1], covered)]


def _last_signed(origin: store.Origin) -> Covered | None:
    """The newest published checkpoint of an older log, where its keys are known and its tree leads there."""
    published = store.newest_note(origin.id)
    if published is None:
        return None
    try:
        keys_of = store.verifier_keys(origin.name)
        signed = checkpoint.open_checkpoint(published.note, keys_of, origin=origin.name)
        if signed.size > store.tree_size(origin.id) or proofs.root_at(signed.size, origin=origin.id) != signed.root:
            return None
    except (ValueError, LookupError):  # also of a tree whose tiles are gone
        return None
    return Covered(signed.size, signed.root, store.served_note(origin.id, signed.size))


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


def of_subject(subject: uuid.UUID | None, among: Sequence[Log]) -> list[Held]:
    """A subject's events in these logs, in order."""
    kids = sorted(_kids_of(subject))
    if not kids:
        return []
    rule = f" AND e.kid IN ({', '.join(['%s'] * len(kids))})"
    return _held(among, rule, kids, lambda head: head.kid in kids)


def in_period(start: datetime, end: datetime, among: Sequence[Log]) -> list[Held]:
    """Everybody's events with a time in `[start, end)` in these logs, in order."""
    span = (_us(start), _us(end))
    return _held(among, _WRITTEN_BETWEEN, span, lambda head: span[0] <= head.ts < span[1])


def _held(among: Sequence[Log], rule: str, values: Sequence[Any], keep: Callable[[Header], bool]) -> list[Held]:
    """What these logs hold by a rule, in SQL and of a header.

    Of the current log (the last one) only what its signed state covers: the rest is a later pack's. In an older log
    nothing gets a place or a signature any more: what has none is given all the same, as not proved.
    """
    found: list[Held] = []
    for each in among[:-1]:
        size = each.signed.size if each.signed else 0
        rows = store.rows(_PLACED + rule, [each.origin, store.tree_size(each.origin), *values])
        found += [_proved_below(size, Held(*row)) for row in rows]
        bare = [event for event, header, *_ in store.waiting_events(each.origin) if keep(entry.parse_header(header))]
        found += _without_place(each.origin, bare)
    current = among[-1]
    assert current.signed
    found += [Held(*row) for row in store.rows(_PLACED + rule, [current.origin, current.signed.size, *values])]
    return in_order(found)


def _proved_below(size: int, event: Held) -> Held:
    return event if event.seq is not None and event.seq < size else event._replace(seq=None)


def _without_place(origin: int, events: Sequence[int]) -> list[Held]:
    found: list[Held] = []
    for at in range(0, len(events), _STEP):
        part = events[at : at + _STEP]
        marks = ", ".join(["%s"] * len(part))
        rows = store.rows(f"{_EVENTS} WHERE id IN ({marks})", part)
        found += [Held(origin, None, *row) for row in rows]
    return found


def placed(events: Sequence[EventRef], size: int) -> list[Held]:
    """These events, as far as the current log's tree of this size holds them."""
    found: list[Held] = []
    for at in range(0, len(events), _STEP):
        part = [event.id for event in events[at : at + _STEP]]
        marks = ", ".join(["%s"] * len(part))
        rows = store.rows(f"{_PLACED} AND e.id IN ({marks})", [log.origin_id(), size, *part])
        found += [Held(*row) for row in rows]
    return in_order(found)


def openings(among: Sequence[Log]) -> list[Held]:
    """The first event of each log that followed a declared loss: it says so, and that there was another before it."""
    later = [each for each in among if each.origin > 1 and each.signed]
    return [Held(*row) for each in later for row in store.rows(_PLACED, [each.origin, 1])]


def log_of(event: EventRef) -> str:
    """The name of the log that this event was written for."""
    header: bytes = store.rows("SELECT header FROM audit_event WHERE id = %s", [event.id])[0][0]
    return entry.parse_header(header).log


def known_at(events: Sequence[int], log_name: str, size: int) -> set[int]:
    """Which of these events a pack of this log's state of `size` may hold: placed below it, or of an older log."""
    origin = store.origin_of(log_name)
    assert origin is not None
    begins = entry.event_id(store.first_lane(origin), 0)
    return {each for each in events if each < begins} | store.placed_below(origin, size, events)


def bodies(found: Sequence[Held], opened: dict[int, bytes]) -> dict[int, Any]:
    """Open the bodies of those events whose K_e `opening.event_keys` gave; event id -> body."""
    return {each.id: entry.decrypt(opened[each.id], each.header, each.ct) for each in found if each.id in opened}


def actor_id(opaque: str) -> uuid.UUID:
    """The id behind an opaque actor or application of a header."""
    return uuid.UUID(bytes=unb64url(opaque.partition(":")[2]))


def files(among: Sequence[Log], events: Sequence[Held], opened: dict[int, bytes], *, now: datetime) -> dict[str, bytes]:
    """The pack's files that come of these logs; `opened` gives K_e by event id for those that are released.

    Where a timestamp authority is configured and answers, the pack's checkpoint is stamped first.
    """
    current = among[-1]
    assert current.signed
    out = {
        "receipt.vkey": f"{receipts.verifier().encode()}\n".encode(),
        "verify.py": VERIFIER.read_bytes(),
        **_of_log(current, events, opened, _stamp(current.signed, now)),
    }
    for each in among[:-1]:
        out |= {each.folder + name: data for name, data in _of_log(each, events, opened, None).items()}
    return out


def _of_log(of: Log, events: Sequence[Held], opened: dict[int, bytes], stamp: bytes | None) -> dict[str, bytes]:
    """What a pack holds of one log, by the names that it has in that log's folder."""
    theirs = [each for each in events if each.origin == of.origin]
    out: dict[str, bytes] = {}
    for each in theirs:
        proved = each.seq is not None
        out[f"entries/{each.seq}.entry" if proved else f"unproved/{each.id}.entry"] = entry.entry_bytes(
            each.header, each.ct
        )
        if each.id in opened:
            key = f"{opened[each.id].hex()}\n".encode()
            out[f"keys/{each.seq}.key" if proved else f"unproved/{each.id}.key"] = key
    if of.signed is None:
        return out
    out["checkpoint"] = of.signed.note.encode()
    out["log.vkey"] = "".join(f"{key}\n" for key in of.keys).encode()
    tree, places = proofs.reader(of.origin), [each.seq for each in theirs if each.seq is not None]
    for seq in places:
        hashes = tuple(merkle.inclusion_proof(seq, of.signed.size, tree))
        # The note as it was read once: a cosignature that arrives meanwhile must not make the proofs differ.
        out[f"proofs/{seq}.tlog-proof"] = TlogProof(seq, hashes, of.signed.note).encode().encode()
    return out | (_anchored(of.origin, places, of.signed, stamp) if places else {})


def _stamp(covered: Covered, now: datetime) -> bytes | None:
    """A fresh RFC 3161 token over the pack's checkpoint; None where no authority is configured or none answers."""
    if not settings.TIMESTAMP_URLS:
        return None
    try:
        return anchoring.timestamp_now(covered.size, now=now).proof
    except anchoring.NoAnchor:
        return None  # the pack holds the anchors that there are, and its report says which


def _anchored(origin: int, places: Sequence[int], covered: Covered, stamp: bytes | None) -> dict[str, bytes]:
    """Earlier checkpoints that others hold, and what says so; and the one that first covered each end of the pack."""
    out: dict[str, bytes] = {}
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
    ends = {store.covering_size(origin, each) for each in (*places[:1], *places[-1:])}
    for size in sorted(({*numbers} | {end for end in ends if end is not None}) - {covered.size}):
        hashes = proofs.consistency(size, covered.size, origin=origin)
        out[f"checkpoints/{size}"] = store.served_note(origin, size).encode()
        out[f"checkpoints/{size}.consistency"] = "".join(f"{b64(each)}\n" for each in hashes).encode()
    return out


def note_of_manifest(digest: str) -> bytes:
    """The signed note over a manifest's SHA-256 (hex)."""
    return receipts.sign_note(f"evidence-pack/v1\n{settings.LOG_ORIGIN}\n{digest}\n").encode()


def _us(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(microseconds=1))
