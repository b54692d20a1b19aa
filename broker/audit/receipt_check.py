"""Whether the log of today continues what somebody kept of it: a checkpoint, or a proof of one entry.

Nothing is believed: the kept note must bear a signature of our known keys, and the consistency proof comes out of the
stored tiles and is verified like a stranger would.
"""

import re
from typing import Literal, NamedTuple

from broker.audit import anchors, checkpoint, merkle, proofs, store, tlogproof
from broker.audit.anchors import Anchor
from broker.audit.checkpoint import Checkpoint
from broker.audit.encoding import b64
from broker.audit.tlogproof import TlogProof

MAX_TEXT = 200_000  # characters; a receipt mail has about four thousand

_NOTE = r"[^\s].*\n(?:0|[1-9][0-9]*)\n[A-Za-z0-9+/]{43}=\n\n(?:\u2014 \S++ [A-Za-z0-9+/=]++\n)+"
_KEPT = re.compile(rf"(?m)^{_NOTE}")  # from the head of a line: else each character of a long line is one to begin at
_PROOF = re.compile(
    re.escape(tlogproof.HEADER) + r"\n(?:extra [A-Za-z0-9+/=]*\n)?index [0-9]+\n(?:[A-Za-z0-9+/]{43}=\n)*\n" + _NOTE
)

type State = Literal["consistent", "damaged", "not_ours", "mismatch", "newer", "unreadable"]


class Finding(NamedTuple):
    """What came of a check.

    `consistent`: today's log continues the kept one. `damaged`: so it does, but the hashes of the kept proof, which
    nobody signs, lead elsewhere. `not_ours`: no key of this log signed it. `mismatch`, `newer`: we signed it, and
    today's log does not contain it: somebody must answer for that. `unreadable`: nothing to check.
    """

    state: State
    kept: Checkpoint | None = None
    newest: Checkpoint | None = None
    entry: int | None = None
    anchor: Anchor | None = None


class Damaged(Exception):
    """The kept proof does not lead to its own signed checkpoint."""


def check(text: str) -> Finding:
    """Look for a proof or a checkpoint in a text (a whole mail will do) and hold it against the log of today."""
    plain = _plain(text)
    kept, proof = _kept(plain)
    if kept is None:
        return Finding("unreadable")
    try:
        signed = _signed(kept)
    except checkpoint.BadNote:
        return Finding("not_ours")
    place = store.origin_of(signed.origin)
    published = None if place is None else store.newest_note(place)
    if place is None or published is None:
        return Finding("not_ours")
    newest = _signed(published.note)
    try:
        if signed.size > newest.size:
            return Finding("newer", signed, newest)
        _continues(place, signed, newest)
        entry = None if proof is None else _holds(place, signed, proof)
        state: State = "consistent"
    except merkle.BadProof:
        entry, state = None, "mismatch"
    except Damaged:
        entry, state = None, "damaged"
    return Finding(state, signed, newest, entry, anchors.covering(signed.size, origin=place))


def _plain(text: str) -> str:
    """Undo what mail programs and clipboards do to lines; nothing that a signature covers has any of it."""
    lines = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    return "\n".join(line.strip(" \t>\ufeff") for line in lines) + "\n"


def _kept(text: str) -> tuple[str | None, TlogProof | None]:
    if found := _PROOF.search(text):
        try:
            proof = tlogproof.parse(found[0])
        except tlogproof.BadTlogProof:
            return None, None
        return proof.note, proof
    note = _KEPT.search(text)
    return (note[0], None) if note else (None, None)


def _signed(note: str) -> Checkpoint:
    """The checkpoint in a note that one of our keys has signed; raises `checkpoint.BadNote`."""
    origin = checkpoint.parse(checkpoint.text_of(note)).origin
    return checkpoint.open_checkpoint(note, store.verifier_keys(origin), origin=origin)  # a lost log's keys are kept


def _continues(place: int, kept: Checkpoint, newest: Checkpoint) -> None:
    proof = proofs.consistency(kept.size, newest.size, origin=place)
    merkle.verify_consistency(kept.size, newest.size, proof, kept.root, newest.root)


def _holds(place: int, kept: Checkpoint, proof: TlogProof) -> int:
    """The number of the entry: the one that stands there today is the one that the proof is about.

    Raises `merkle.BadProof` where our own proof of that entry does not lead to the kept root: our log was changed.
    """
    if proof.index >= kept.size:
        raise Damaged
    leaf, read = proofs.leaf_of(proof.index, origin=place), proofs.reader(place)
    own = merkle.inclusion_proof(proof.index, kept.size, read)
    merkle.verify_inclusion(proof.index, kept.size, leaf, own, kept.root)
    if list(proof.hashes) != own:
        raise Damaged
    return proof.index


def continuation(old_size: int) -> str | None:
    """The proof that today's log continues the tree of this size, with the newest checkpoint, for anybody to verify.

    The form is the request of C2SP tlog-witness: `old N`, a hash per line, an empty line, the note. None: no such size.
    """
    newest = proofs.newest()
    if newest is None or not 0 <= old_size <= newest[0].size:
        return None
    lines = [f"old {old_size}", *map(b64, proofs.consistency(old_size, newest[0].size)), ""]
    return "".join(line + "\n" for line in lines) + newest[1]
