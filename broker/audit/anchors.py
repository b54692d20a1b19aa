"""Anchors: what others hold of our checkpoints, each checked again whenever something is said about it.

A stored row proves nothing by itself: a cosignature and a token are verified against configured keys and roots, and
their time is the one that they state. A mailed checkpoint is our word that another's server took it.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from asn1crypto.x509 import Certificate
from django.conf import settings

from broker.audit import anchor_store, checkpoint, cosignature, log, store, witness_policy
from broker.audit.witness_policy import Policy

YOUNG = timedelta(hours=48)  # an older anchor says too little about today
AHEAD = timedelta(minutes=5)  # how far another's clock may run before ours
KINDS = ("witness", "tsa", "mail")
OUTSIDE = ("witness", "tsa")  # checked with keys of others: a mail is our own word alone


class BadAnchor(ValueError):
    """A stored anchor that proves nothing; the message says why."""


class Anchor(NamedTuple):
    """One checkpoint in other hands: how, whose, and since when."""

    kind: str
    size: int
    at: datetime
    who: str
    proof: bytes


def policy() -> Policy | None:
    """The configured witnesses (`LOG_WITNESSES`), None where there are none. Raises `witness_policy.BadPolicy`."""
    if not settings.LOG_WITNESSES:
        return None
    return witness_policy.parse(Path(settings.LOG_WITNESSES).read_text(encoding="utf-8"))


def timestamp_roots() -> list[Certificate]:
    """The roots of the configured timestamp authorities; none where none is configured."""
    if not settings.TIMESTAMP_ROOT_FILE:
        return []
    from broker.audit import timestamping  # not at the top: pyHanko costs 0.2 s at the start of every command

    return timestamping.read_certificates(Path(settings.TIMESTAMP_ROOT_FILE).read_bytes())


def check(kind: str, proof: bytes, note: str) -> tuple[datetime, str]:
    """Verify an anchor of the checkpoint in this note; return since when it is in other hands, and in whose.

    Raises `BadAnchor`.
    """
    text = checkpoint.text_of(note)
    try:
        if kind == "witness":
            return _check_cosignature(proof, text)
        if kind == "tsa":
            from broker.audit import timestamping  # late, as above

            return timestamping.verify(proof, text.encode(), timestamp_roots())
        if kind == "mail":
            return _check_mail(proof, text)
    except (ValueError, OSError) as wrong:
        raise BadAnchor(str(wrong) or type(wrong).__name__) from None
    raise BadAnchor("an unknown kind")


def _check_cosignature(proof: bytes, text: str) -> tuple[datetime, str]:
    known = policy()
    found = cosignature.from_answer(text, proof.decode(), known.witnesses.values() if known else ())
    if not found:
        raise BadAnchor("a cosignature by no configured witness")
    return datetime.fromtimestamp(found[0].timestamp, UTC), found[0].witness.name


def _check_mail(proof: bytes, text: str) -> tuple[datetime, str]:
    facts = json.loads(proof)
    at = datetime.fromisoformat(facts["at"])
    if facts["checkpoint"] != text or at.tzinfo is None:
        raise BadAnchor("a mail of another checkpoint")
    return at, str(facts["to"]).rpartition("@")[2]


def of_size(size: int, *, origin: int | None = None) -> list[Anchor]:
    """The verified anchors of the checkpoint of this size, oldest first."""
    place = log.origin_id() if origin is None else origin
    return list(_verified(anchor_store.anchors_of(place, size)))


def newest(now: datetime, kinds: Sequence[str] = KINDS) -> Anchor | None:
    """The youngest verified anchor of these kinds that is younger than 48 hours and covers at least one entry, or None.

    A witness counts where the cosignatures of that checkpoint satisfy the configured policy.
    """
    since = _us(now - YOUNG)
    return next(
        (
            each
            for each in _verified(anchor_store.anchors_since(log.origin_id(), since))
            if each.kind in kinds and _counts(each, now)
        ),
        None,
    )


def covering(size: int, *, origin: int | None = None) -> Anchor | None:
    """The first verified anchor whose checkpoint covers a tree of this size; None so far."""
    place = log.origin_id() if origin is None else origin
    return next(_verified(anchor_store.anchors_from(place, size)), None)


def _counts(anchor: Anchor, now: datetime) -> bool:
    if not now - YOUNG < anchor.at <= now + AHEAD or anchor.size == 0:
        return False
    if anchor.kind != "witness":
        return True
    known = policy()
    return known is not None and known.satisfied_by(store.served_note(log.origin_id(), anchor.size))


def _verified(rows: Sequence[anchor_store.AnchorRow]) -> Iterator[Anchor]:
    for row in rows:
        try:
            at, who = check(row.kind, row.proof, row.note)
        except BadAnchor:
            continue  # verify_log names it; here it only does not count
        yield Anchor(row.kind, row.size, at, who, row.proof)


def _us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
