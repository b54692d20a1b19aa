"""Asking a witness to cosign, by C2SP tlog-witness: `add-checkpoint` with a proof from what it cosigned last."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from broker.audit import checkpoint, cosignature
from broker.audit.cosignature import Cosignature, Witness
from broker.audit.encoding import b64
from broker.transport import TransportError, http

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
SIZE_TYPE = "text/x.tlog.size"
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


class NoCosignature(Exception):
    """The witness gave none: away, unwilling, or not understood. It may be asked again; the text names no content."""


class Conflict(NoCosignature):
    """The witness has cosigned a larger or another tree of this log than ours: somebody must find out why."""


class Answer(NamedTuple):
    """What a witness answered."""

    status: int
    kind: str
    body: str


type Post = Callable[[str, bytes], Answer]
type Prover = Callable[[int], Sequence[bytes]]  # the consistency proof from this older size


def submission(note: str, old_size: int, proof: Sequence[bytes]) -> bytes:
    """The body of a request: the old size, the proof from it, and the checkpoint."""
    lines = [f"old {old_size}", *map(b64, proof), ""]
    return ("".join(line + "\n" for line in lines) + note).encode()


def ask(
    url: str, witness: Witness, note: str, *, old_size: int, prove: Prover, post: Post | None = None
) -> Cosignature:
    """Have a witness cosign this checkpoint; return its verified cosignature.

    `old_size` is what we believe that it cosigned last. Told another size, it is asked once more from there; a size
    beyond ours, or another tree of our size, is a `Conflict`. Anything else that is no cosignature: `NoCosignature`.
    """
    text = checkpoint.text_of(note)
    size = checkpoint.parse(text).size
    send = post or _post
    answer = send(f"{url}/add-checkpoint", submission(note, old_size, prove(old_size)))
    if answer.status == 409:
        known = _known_size(answer)
        if known > size or known == old_size:
            raise Conflict(f"the witness knows a tree of {known} entries that ours of {size} does not continue")
        answer = send(f"{url}/add-checkpoint", submission(note, known, prove(known)))
        if answer.status in (409, 422):  # 409: somebody submitted meanwhile; 422: what it knows is no prefix of ours
            kind = Conflict if answer.status == 422 else NoCosignature
            raise kind(f"the witness refused a proof from the size that it named: HTTP {answer.status}")
    elif answer.status == 422:
        raise Conflict("the witness cosigned another tree than ours of this size")
    if answer.status != 200:
        raise NoCosignature(f"HTTP {answer.status}")
    return _cosignature(text, answer.body, witness)


def _known_size(answer: Answer) -> int:
    found = _SIZE.fullmatch(answer.body)
    if answer.kind.partition(";")[0].strip() != SIZE_TYPE or found is None:
        raise NoCosignature("a conflict without a size")
    return int(found[1])


def _cosignature(text: str, body: str, witness: Witness) -> Cosignature:
    try:
        found = cosignature.from_answer(text, body, [witness])
    except checkpoint.BadNote as wrong:
        raise NoCosignature(f"the answer: {wrong}") from None
    if not found:
        raise NoCosignature("no cosignature by the configured key")
    return found[0]


def _post(url: str, body: bytes) -> Answer:
    try:
        with http.client("witness", url, calls="POST", timeout=TIMEOUT_SECONDS) as client:
            answer = client.post(url, content=body, headers={"Content-Type": "text/plain; charset=utf-8"})
        if len(answer.content) > LARGEST_ANSWER:
            raise NoCosignature("too long an answer")
        return Answer(answer.status_code, answer.headers.get("Content-Type", ""), answer.content.decode())
    except UnicodeDecodeError:
        raise NoCosignature("an answer that is no text") from None
    except (http.HTTPError, TransportError, OSError) as problem:
        raise NoCosignature(type(problem).__name__) from None
