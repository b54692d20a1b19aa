"""What a verification reads, and what it says (rules)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from broker.audit import checkpoint
from broker.audit.progress import Progress


class Leaf(NamedTuple):
    """One place of the tree, with the event that stands there (None: the row is gone) and the index row beside it."""

    seq: int
    event_id: int
    header: bytes | None
    ct: bytes | None
    kid: bytes | None
    act: int | None
    filed: int | None  # event id of the index row; the following columns are its own
    ts: int | None
    actor: str | None
    app: str | None
    filed_act: int | None
    res: str | None
    obj: str | None


# A reader may give plain tuples in this order.
type LeafRow = (
    Leaf
    | tuple[
        int, int, bytes | None, bytes | None, bytes | None, int | None, int | None, int | None, str | None, str | None,
        int | None, str | None, str | None,
    ]
)  # fmt: skip


class Waiting(NamedTuple):
    """An event that is not in the tree yet, read at `now_us` of the database's clock."""

    event_id: int
    header: bytes
    ct: bytes
    kid: bytes
    act: int
    now_us: int


class KeyRow(NamedTuple):
    """What the database says of a data key."""

    kid: bytes
    wrapped: bool
    shredded_event: int | None


class Shredding(NamedTuple):
    """The event that a destroyed key names, where this log's verified places do not hold it."""

    header: bytes
    waits: bool  # for its place in this log: then it must be young
    now_us: int = 0  # the clock, 0 where ages are not judged
    doubt: str = ""  # why another log of the database does not prove it


class AnchorCheck(NamedTuple):
    """What became of one stored anchor: `wrong` says why it proves nothing, `unknown` why it could not be judged."""

    size: int
    kind: str
    wrong: str = ""
    unknown: str = ""


class Result(NamedTuple):
    """The verdict: the signed size and root, and the first bad place with what is wrong there."""

    ok: bool
    size: int
    root: bytes
    first_bad: int | None
    kind: str
    leaves: int = 0
    notes: tuple[str, ...] = ()
    progress: Progress | None = None  # what a later verification goes on from; None where something is wrong


class Wrong(Exception):
    """Something is wrong at this place (None: at no single place); `why` says it in a sentence where more is known."""

    def __init__(self, kind: str, seq: int | None = None, *, why: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.seq = seq
        self.why = why


def _none[T]() -> Iterator[T]:
    return iter(())


def _none_from[T](_seq: int) -> Iterator[T]:
    return iter(())


def _nowhere(_event: int) -> Shredding | None:
    return None


def _nothing() -> int:
    return 0


def _never() -> bool:
    return False


def _silent(_seq: int) -> None:
    return None


@dataclass(frozen=True)
class Log:
    """Everything that is verified. Readers that take a number read from this place of the tree on."""

    origin: str
    keys: Sequence[checkpoint.Verifier]
    leaves: Callable[[int], Iterable[LeafRow]]  # in order of seq, without a place left out
    tile: Callable[[int, int], bytes]  # level, index -> hashes; empty where there is none
    notes: Callable[[int], Iterable[tuple[int, str]]]  # published checkpoints from this size on: size, note
    size: int | None = None  # how many places the tree has
    last_signed: checkpoint.Checkpoint | None = None  # the signer's lock file, where it can be seen
    signed_before: int = 0  # what an earlier verification knew to be signed
    waiting: Callable[[], Iterable[Waiting]] = field(default=_none)
    lanes: frozenset[int] | None = None  # lanes that the database knows
    data_keys: Callable[[], Iterable[KeyRow]] = field(default=_none)
    cursors: dict[int, int] | None = None
    tile_counts: dict[int, int] | None = None  # level -> how many tiles are stored
    keyless: Callable[[int], Iterable[int]] = field(default=_none_from)  # places whose data key's row is gone
    beyond: Callable[[int], Shredding | None] = field(default=_nowhere)  # an event that has no place here so far
    strays: Callable[[], Iterable[int]] = field(default=_none)  # events and rows beside them that belong to no log
    anchors: Callable[[int], Iterable[AnchorCheck]] = field(default=_none_from)
    anchor_count: int | None = None  # how many anchors are stored
    anchored_beyond: Callable[[], int] = field(default=_nothing)  # `log.anchored` events that have no place so far
    anchors_doubled: Callable[[], bool] = field(default=_never)  # whether one proof is stored twice
    database: bool = True  # whether columns, index and keys are there to be compared
    remarks: tuple[str, ...] = ()  # what this way of reading leaves out
    tick: Callable[[int], None] = field(default=_silent)  # told now and then how many places are done
