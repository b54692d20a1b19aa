"""Rows beside the log that an owner of the database could delete or change unseen: each is claimed by its events.

A package names the table, how to read its rows, and what an event says of one of them. The replay of every opened
body then finds the event without its row, and the row without its event (audit-log.md 7.8, with keys).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from broker.audit import canonical
from broker.audit.entry import Header
from broker.audit.readings import Wrong

type Body = Mapping[str, canonical.Json]
type Facts = Mapping[str, canonical.Json]


class Row(NamedTuple):
    """A row as it stands: its id, the event that it names (None: rows of this table name none), and its facts."""

    id: str
    event: int | None
    facts: Facts


class Told(NamedTuple):
    """What one event says of a row: whose, and which facts hold from then on."""

    row: str
    facts: Facts


@dataclass(frozen=True)
class Claim:
    """One table: `told` is asked for each event of `acts` whose body could be opened, None: it tells of no row.

    An event that speaks of several rows gives a list.
    """

    table: str
    noun: str  # in plain words, "legal hold"
    acts: frozenset[str]
    told: Callable[[Header, Body], Told | list[Told] | None]
    rows: Callable[[], Iterable[Row]]
    untold: bool = False  # whether a row may have no event at all


_claims: dict[str, Claim] = {}


def register(claim: Claim) -> None:
    """Make a table's claim known (in an `AppConfig.ready()`); a table has one."""
    _claims[claim.table] = claim


class _Event(NamedTuple):
    id: int
    ts: int

    def is_after(self, other: "_Event") -> bool:
        """Within a lane the numbers say it, between lanes the clock."""
        if self.id >> 32 == other.id >> 32:
            return self.id > other.id
        return self.ts > other.ts


@dataclass
class _Known:
    newest: _Event
    first: _Event
    events: set[int]
    facts: dict[str, tuple[canonical.Json, _Event]]


@dataclass
class _Table:
    claim: Claim
    before: dict[str, Row]
    known: dict[str, _Known] = field(default_factory=dict)

    def add(self, told: Told, event: _Event) -> None:
        known = self.known.setdefault(told.row, _Known(event, event, set(), {}))
        known.events.add(event.id)
        if event.is_after(known.newest):
            known.newest = event
        if known.first.is_after(event):
            known.first = event
        for name, value in told.facts.items():
            if name not in known.facts or event.is_after(known.facts[name][1]):
                known.facts[name] = (value, event)


class Replay:
    """Takes every event once, then compares; made before the first event is read."""

    def __init__(self) -> None:
        self._tables = [_Table(each, _rows(each)) for each in _claims.values()]
        self._by_act: dict[str, list[_Table]] = {}
        for table in self._tables:
            for act in table.claim.acts:
                self._by_act.setdefault(act, []).append(table)
        self._sealed: dict[str, set[int]] = {}  # act -> events whose key was destroyed

    def take(self, head: Header, body: Body | None) -> None:
        """Take an event; `body` None: its key was destroyed, and what it told went with it."""
        tables = self._by_act.get(head.act)
        if not tables:
            return
        if body is None:
            self._sealed.setdefault(head.act, set()).add(head.event_id)
            return
        event = _Event(head.event_id, head.ts)
        for table in tables:
            try:
                told = table.claim.told(head, body)
            except (KeyError, TypeError, ValueError):
                raise Wrong(
                    "entry", why=f"An event {head.act} does not say which {table.claim.noun} it is about."
                ) from None
            for each in told if isinstance(told, list) else [told]:
                if each is not None:
                    table.add(each, event)

    def compare(self, place: Callable[[int], int | None]) -> None:
        """Raise `Wrong` for the first row and event that do not belong together; `place` finds an event in the tree.

        A row that was written or changed while the events were read is judged as it was before or after: its event
        may not have been read yet.
        """
        for table in self._tables:
            self._compare(table, _rows(table.claim), place)

    def _compare(self, table: _Table, now: dict[str, Row], place: Callable[[int], int | None]) -> None:
        noun, sealed = table.claim.noun, set().union(*(self._sealed.get(act, set()) for act in table.claim.acts))
        for key, known in table.known.items():
            if key not in now:
                raise Wrong("columns", place(known.first.id), why=f"A {noun} is gone from the database ({key}).")
        for key, row in now.items():
            if table.before.get(key) != row:
                continue  # came or changed meanwhile
            known_here = table.known.get(key)
            if known_here is None and table.claim.untold:
                continue
            why = _flaw(row, known_here, sealed)
            if why:
                at = None if known_here is None else place(known_here.newest.id)
                raise Wrong("columns", at, why=f"A {noun} {why} ({key}).")


def _flaw(row: Row, known: _Known | None, sealed: set[int]) -> str:
    """What is wrong with a row, after "A legal hold"; empty: nothing, as far as its events can still be read."""
    if row.event is not None and row.event in sealed:
        return ""
    if known is None:
        return "" if row.event is None and sealed else "stands in the database without an event that made it"
    if row.event is not None and row.event not in known.events:
        return "names an event that does not speak of it"
    if row.event is not None and row.event != known.newest.id:
        return "was put back to what it said before its last event"
    for name, (value, _) in known.facts.items():
        if row.facts.get(name) != value:
            return f"says something else than its event about {name.replace('_', ' ')}"
    return ""


def _rows(claim: Claim) -> dict[str, Row]:
    return {row.id: row for row in claim.rows()}
