"""The log as the console pages through it: headers only, newest first, by their place in the tree.

An entry never changes its place, so a page begun at a place is the same page for ever. Events that wait for their
place (a second or two) stand above all others on the first page. Below the newest log stand the older ones, which a
declared loss has closed, the newest of them first: what they hold stays part of every page, count and walk. Events of
theirs without a place, and those of a lane in quarantine, stand above the tree of their log.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from broker.audit import entry, log, store
from broker.audit.entry import Header
from broker.audit.words import ACTS, PURPOSES, RES, ROLES

WINDOW = 20_000  # newest places that are looked at in tree order before the filters' own indexes are asked
STEP = 500  # entries per read where a rule of the caller decides
LOOKED = 20_000  # entries that one page looks at under such a rule before it stops and says how far it came
SCANNED = 200_000  # places that one page reads where no index helps (a purpose, a role), before it stops likewise

type Keep = Callable[[Header], bool]


class Entry(NamedTuple):
    """One event of the list: its id, its place (None: it has none), its header, and whose log's place that is."""

    id: int
    seq: int | None
    head: Header
    origin: int | None = None  # number of the log (`store.origins`); None where only its place would tell


class Page(NamedTuple):
    """Part of the log. `older` is the place before which the next page begins, None at the end of the oldest log."""

    entries: list[Entry]
    older: int | None
    looked_to: int | None = None  # set where the page stopped early: nothing newer than this place was left out
    origin: int | None = None  # number of the log whose places `older` and `looked_to` are
    hidden: int = 0  # events without a place that fit, too, and that this page had no room for


class Standing(NamedTuple):
    """What there is at one moment: so many places of the newest log, every older log, and what has no place."""

    size: int
    unplaced: list[Entry]


@dataclass(frozen=True)
class Filters:
    """Which events: all of these must hold; an empty tuple holds for none, None for all.

    Times are microseconds since 1970, `since` inclusive, `until` exclusive; `kids` the data keys of a subject;
    `events` ids that the caller's own tables name.
    """

    since: int | None = None
    until: int | None = None
    kind: str | None = None  # first letter of the actor: s c a v x
    actor: str | None = None
    app: str | None = None
    acts: tuple[str, ...] | None = None
    res: tuple[str, ...] | None = None
    obj: str | None = None
    role: str | None = None
    purpose: str | None = None
    kids: tuple[bytes, ...] | None = None
    events: tuple[int, ...] | None = None

    def nothing(self) -> bool:
        """Say whether these filters can hold for no event at all."""
        return () in (self.acts, self.res, self.kids, self.events)

    def fits(self, head: Header) -> bool:
        """Say whether they hold for this event (the same rules as in SQL, for events without a place)."""
        wanted = (
            (self.actor, head.actor),
            (self.app, head.app),
            (self.obj, head.obj),
            (self.role, head.role),
            (self.purpose, head.purpose),
            (self.kind, head.actor[0]),
        )
        among = ((self.acts, head.act), (self.res, head.res), (self.kids, head.kid), (self.events, head.event_id))
        return (
            all(value is None or value == found for value, found in wanted)
            and all(values is None or found in values for values, found in among)
            and (self.since is None or head.ts >= self.since)
            and (self.until is None or head.ts < self.until)
        )


class _Where(NamedTuple):
    text: str
    values: list[Any]


_COLUMNS = "SELECT l.seq, e.id, e.header, l.origin"
_COUNT = "SELECT count(*)"
# CROSS JOIN keeps SQLite to this order; PostgreSQL chooses by its statistics anyway.
_BY_PLACE = """ FROM audit_leaf l CROSS JOIN audit_event e CROSS JOIN audit_index i
    WHERE e.id = l.event_id AND i.event_id = l.event_id"""
_BY_INDEX = """ FROM audit_index i CROSS JOIN audit_leaf l CROSS JOIN audit_event e
    WHERE e.id = l.event_id AND i.event_id = l.event_id"""
_BY_COLUMNS = " FROM audit_index i CROSS JOIN audit_leaf l WHERE l.event_id = i.event_id"
_BY_EVENT = """ FROM audit_event e CROSS JOIN audit_leaf l CROSS JOIN audit_index i
    WHERE e.id = l.event_id AND i.event_id = l.event_id"""


def page(
    filters: Filters, *, before: int | None = None, origin: int | None = None, limit: int = 50, keep: Keep | None = None
) -> Page:
    """Give the newest events before a place for which the filters (and `keep`) hold, through all logs.

    `before` is a place of the log `origin` (None: of the newest). `keep` sees headers that the filters let through; a
    page looks at no more than `LOOKED` of them in each log.
    """
    if filters.nothing():
        return Page([], None)
    newest, entries, hidden = log.origin_id(), list[Entry](), 0
    at = newest if origin is None else min(max(origin, 1), newest)
    while True:
        if before is None or (at != newest and before > store.tree_size(at)):
            unplaced = _unplaced(filters, at, keep)
            if entries and len(entries) + len(unplaced) > limit:
                return Page(entries, store.tree_size(at) + 1, None, at)
            entries, hidden = [*entries, *unplaced][:limit], max(len(unplaced) - limit, 0)
        if len(entries) == limit:
            return Page(entries, store.tree_size(at), None, at, hidden)
        found = _page(filters, at, before, limit - len(entries), keep)
        entries += found.entries
        if found.older is not None:
            return Page(entries, found.older, found.looked_to, at, hidden)
        if at == 1:
            return Page(entries, None, None, at, hidden)
        at, before = at - 1, None
        if len(entries) == limit:
            return Page(entries, store.tree_size(at) + 1, None, at, hidden)  # above its tree: what has no place first


def count(filters: Filters, *, size: int | None = None, keep: Keep | None = None) -> int:
    """Count exactly the events with a place: below `size` in the newest log, all in the older ones.

    With `size` None every event counts, also without a place.
    """
    if filters.nothing():
        return 0
    newest = log.origin_id()
    unplaced = sum(len(_unplaced(filters, at, keep)) for at in range(1, newest + 1)) if size is None else 0
    if keep is not None:
        return unplaced + sum(1 for _ in walk(filters, size=size, keep=keep))
    of_event = (filters.kids, filters.events, filters.purpose, filters.role)
    source = _BY_COLUMNS if all(each is None for each in of_event) else _source(filters)
    for at in range(newest, 0, -1):
        where = _where(filters, at, size if at == newest else None)
        unplaced += int(store.rows(_COUNT + source + where.text, where.values)[0][0])
    return unplaced


def walk(filters: Filters, *, size: int | None = None, keep: Keep | None = None) -> Iterator[Entry]:
    """Give every event with a place, newest first, read in steps (for exports and counts): below `size` in the newest
    log, and all of the older logs."""
    if filters.nothing():
        return
    before = size
    for at in range(log.origin_id(), 0, -1):
        while found := _placed(filters, at, before, STEP):
            yield from (each for each in found if keep is None or keep(each.head))
            if len(found) < STEP:
                break
            before = found[-1].seq
        before = None


def standing(filters: Filters, *, keep: Keep | None = None) -> Standing:
    """Give the newest log's size and the events that fit without a place below it; with `walk(size=)` these are all.

    Whatever gets its place meanwhile is in one of the two, and in one alone.
    """
    if filters.nothing():
        return Standing(store.tree_size(log.origin_id()), [])
    newest = log.origin_id()
    found = [each for at in range(newest, 0, -1) for each in _unplaced(filters, at, keep)]
    size = store.tree_size(newest)
    placed = store.placed_below(newest, size, [each.id for each in found if each.origin == newest])
    return Standing(size, [each for each in found if each.id not in placed])


def newer(filters: Filters, *, place: int, limit: int) -> list[Entry]:
    """Give the events from this place of the newest log upward, oldest first (for alerts)."""
    if filters.nothing():
        return []
    where = _where(filters, log.origin_id(), None)
    statement = f"{_COLUMNS}{_BY_PLACE}{where.text} AND l.seq >= %s ORDER BY l.seq LIMIT %s"
    found = store.rows(statement, [*where.values, place, limit])
    return [_entry(row) for row in found]


def by_result(acts: tuple[str, ...], since: int, until: int) -> dict[str, int]:
    """Count the placed events of these acts in a span of time by result; reads the index alone."""
    numbers = [ACTS[act].number for act in acts]
    marks = ", ".join(["%s"] * len(numbers))
    statement = f"SELECT res, count(*) FROM audit_index WHERE act IN ({marks}) AND ts >= %s AND ts < %s GROUP BY res"  # noqa: S608
    return dict(store.rows(statement, [*numbers, since, until]))


def one(event_id: int) -> Entry | None:
    """Give an event's header and place, or None where there is no such event."""
    found = store.rows(
        """SELECT l.seq, e.id, e.header, l.origin FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
        WHERE e.id = %s""",
        [event_id],
    )
    return _entry(found[0]) if found else None


def some(event_ids: list[int]) -> list[Entry]:
    """Give these events, newest first; ids without an event are passed over."""
    found = [entry_ for each in event_ids if (entry_ := one(each)) is not None]
    return sorted(found, key=lambda each: (each.seq is None, each.seq or 0, each.id), reverse=True)


def neighbours(event_id: int, reach: int = 1) -> list[Entry]:
    """Give the events beside this one in its lane, in the lane's order, itself included."""
    found = store.rows(
        """SELECT l.seq, e.id, e.header, l.origin FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
        WHERE e.id BETWEEN %s AND %s ORDER BY e.id""",
        [event_id - reach, event_id + reach],
    )
    lane = event_id >> 32
    return [_entry(row) for row in found if row[1] >> 32 == lane]


def group_of(head: Header, most: int = 200) -> list[Entry]:
    """Give the parts of one act, parent first: they stand side by side in their lane (7.13)."""
    if head.grp is None:
        return []
    return [each for each in neighbours(head.event_id, most) if each.head.grp == head.grp]


def _page(filters: Filters, origin: int, before: int | None, limit: int, keep: Keep | None) -> Page:
    if keep is None:
        by_places = _scanned if _without_index(filters) else _whole
        return by_places(filters, origin, before, limit)
    kept: list[Entry] = []
    looked = 0
    while looked < LOOKED:
        found = _placed(filters, origin, before, STEP)
        looked += len(found)
        for each in found:
            before = each.seq
            if keep(each.head):
                kept.append(each)
            if len(kept) == limit:
                return Page(kept, before)
        if len(found) < STEP:
            return Page(kept, None)
    return Page(kept, before, looked_to=before)


def _whole(filters: Filters, origin: int, before: int | None, limit: int) -> Page:
    found = _placed(filters, origin, before, limit + 1)
    return Page(found[:limit], found[limit - 1].seq if len(found) > limit else None)


def _without_index(filters: Filters) -> bool:
    """Say whether headers must be read one by one: no column and no index holds purposes and roles."""
    narrow = (filters.kids, filters.events, filters.since, filters.until, filters.actor)
    return (filters.purpose, filters.role) != (None, None) and all(each is None for each in narrow)


def _scanned(filters: Filters, origin: int, before: int | None, limit: int) -> Page:
    top = store.tree_size(origin) if before is None else before
    lowest = max(top - SCANNED, 0)
    found = _read(_BY_PLACE, filters, origin, before, limit + 1, lowest=lowest)
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].seq)
    return Page(found, lowest, looked_to=lowest) if lowest else Page(found, None)


def _unplaced(filters: Filters, origin: int, keep: Keep | None) -> list[Entry]:
    """The events of a log that have no place in its tree: they wait, stand in quarantine, or their log was closed."""
    heads = [(event, entry.parse_header(header)) for event, header, *_ in store.waiting_events(origin)]
    fits = [(event, head) for event, head in heads if filters.fits(head) and (keep is None or keep(head))]
    found = [Entry(event, None, head, origin) for event, head in fits]
    return sorted(found, key=lambda each: (each.head.ts, each.id), reverse=True)


def _placed(filters: Filters, origin: int, before: int | None, limit: int) -> list[Entry]:
    """The newest placed events of a log before a place."""
    source = _source(filters)
    if source == _BY_INDEX:
        # What is common is found at once among the newest; what is rare is quicker to sort than to wait for.
        top = store.tree_size(origin) if before is None else before
        found = _read(_BY_PLACE, filters, origin, before, limit, lowest=top - WINDOW)
        if len(found) == limit or top <= WINDOW:
            return found
    return _read(source, filters, origin, before, limit)


def _read(
    source: str, filters: Filters, origin: int, before: int | None, limit: int, lowest: int | None = None
) -> list[Entry]:
    where = _where(filters, origin, before)
    floor, values = ("", []) if lowest is None else (" AND l.seq >= %s", [lowest])
    statement = f"{_COLUMNS}{source}{where.text}{floor} ORDER BY l.seq DESC LIMIT %s"
    return [_entry(row) for row in store.rows(statement, [*where.values, *values, limit])]


def _source(filters: Filters) -> str:
    if filters.kids is not None or filters.events is not None:
        return _BY_EVENT
    indexed = (filters.acts, filters.actor, filters.app, filters.obj, filters.since, filters.until, filters.res)
    return _BY_PLACE if all(each is None for each in indexed) else _BY_INDEX


def _where(filters: Filters, origin: int, before: int | None) -> _Where:
    """The filters as SQL; every word is a constant of this file or a bound value."""
    rules: list[str] = ["l.origin = %s"]
    values: list[Any] = [origin]
    numbers = None if filters.acts is None else tuple(ACTS[act].number for act in filters.acts if act in ACTS)
    plain = (
        ("l.seq < %s", before),
        ("i.ts >= %s", filters.since),
        ("i.ts < %s", filters.until),
        ("i.actor = %s", filters.actor),
        ("i.actor LIKE %s", None if filters.kind is None else f"{filters.kind}:%"),
        ("i.app = %s", filters.app),
        ("i.obj = %s", filters.obj),
        (_holds(), _in_header("purpose", filters.purpose, PURPOSES)),
        (_holds(), _in_header("role", filters.role, ROLES)),
    )
    for rule, value in plain:
        if value is not None:
            rules.append(rule)
            values.append(value)
    res = None if filters.res is None else tuple(each for each in filters.res if each in RES)
    for column, among in (("i.act", numbers), ("i.res", res), ("e.kid", filters.kids), ("e.id", filters.events)):
        if among is not None:
            rules.append(f"{column} IN ({', '.join(['%s'] * len(among)) or 'NULL'})")
            values.extend(among)
    return _Where("".join(f" AND {rule}" for rule in rules), values)


def _holds() -> str:
    # A canonical header has one way of writing each word, and no value may hold a quotation mark.
    return "instr(e.header, %s) > 0" if connection.vendor == "sqlite" else "position(%s::bytea in e.header) > 0"


def _in_header(name: str, value: str | None, words: frozenset[str]) -> bytes | None:
    if value is None:
        return None
    known = value if value in words else ""  # a word of no table stands in no header
    return f'"{name}":"{known}"'.encode("ascii")


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, event, header, origin = row
    return Entry(event, seq, entry.parse_header(header), origin)


def first_ts() -> int | None:
    """Give the time of the oldest event that is indexed (microseconds), None while there is none."""
    ((first,),) = store.rows("SELECT MIN(ts) FROM audit_index")
    return None if first is None else int(first)
