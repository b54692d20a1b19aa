"""The published checkpoints as verdicts in the log claim them: one that is in nobody's hands cannot vanish unseen."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.audit import reading
from broker.audit.claims import Body
from broker.audit.readings import Wrong

_NOTES = """SELECT size, note FROM audit_checkpoint WHERE origin = %s AND size > %s ORDER BY size LIMIT %s"""
_ORIGINS = "SELECT id, name FROM audit_origin"
FIELD = "checkpoints"


@dataclass(frozen=True)
class Claimed:
    """All checkpoints of a log up to a size: how many, and the SHA-256 over each one's size and note."""

    size: int
    count: int
    sha256: str


def up_to(origin: int, size: int) -> Claimed:
    """What a verdict claims: every published checkpoint up to this size."""
    last = Claimed(size, 0, hashlib.sha256().hexdigest())
    for each in _running(origin):
        if each.size > size:
            break
        last = Claimed(size, each.count, each.sha256)
    return last


def body_of(claimed: Claimed) -> dict[str, object]:
    """As it stands in the body of `log.verdict`."""
    return {FIELD: {"size": claimed.size, "count": claimed.count, "sha256": claimed.sha256}}


@dataclass
class Replay:
    """What the verdicts that could be opened claim, by the name of their log."""

    told: dict[str, dict[int, tuple[Claimed, int]]] = field(default_factory=dict)

    def take(self, log: str, body: Body, event: int) -> None:
        """Take a verdict; one that was made without keys claims nothing. Raises ValueError, KeyError, TypeError."""
        found = body.get(FIELD)
        if found is None:
            return
        if not isinstance(found, dict):
            raise TypeError(FIELD)
        claimed = Claimed(int(str(found["size"])), int(str(found["count"])), str(found["sha256"]))
        self.told.setdefault(log, {})[claimed.size] = (claimed, event)

    def compare(self) -> None:
        """Raise `Wrong` where a checkpoint that was published before a verdict is gone, or another in its place."""
        ids = {str(name): int(number) for number, name in reading.database_rows(_ORIGINS, [])}
        for log, told in self.told.items():
            self._compare(ids.get(log), told)

    def _compare(self, origin: int | None, told: dict[int, tuple[Claimed, int]]) -> None:
        left, count, digest = sorted(told), 0, hashlib.sha256().hexdigest()
        for each in _running(origin) if origin is not None else ():
            while left and left[0] < each.size:
                _demand(told[left.pop(0)][0], count, digest)
            count, digest = each.count, each.sha256
        for size in left:
            _demand(told[size][0], count, digest)


def _demand(claimed: Claimed, count: int, digest: str) -> None:
    if (claimed.count, claimed.sha256) == (count, digest):
        return
    missing = claimed.count - count
    what = f"{missing} published checkpoints are gone" if missing > 0 else "published checkpoints were changed"
    raise Wrong("columns", why=f"Up to size {claimed.size} {what}: a verdict in the log counted {claimed.count}.")


def _running(origin: int) -> Iterator[Claimed]:
    digest, count, at = hashlib.sha256(), 0, -1
    while rows := reading.database_rows(_NOTES, [origin, at, reading.STEP]):
        for size, note in rows:
            text = str(note).encode()
            digest.update(int(size).to_bytes(8, "big") + len(text).to_bytes(4, "big") + text)
            count += 1
            yield Claimed(int(size), count, digest.hexdigest())
        at = rows[-1][0]
