"""How long events wait for the checkpoint that covers them: an alarm after a minute, closed reads after an hour."""

import threading

from broker.audit import entry, quarantine, store

MERGE_DELAY_US = 60_000_000  # longest time from an event to the checkpoint that covers it
READS_CLOSE_US = 3_600_000_000
NEVER_US = 1 << 62  # in a copy, where nobody signs
LOOK_AGAIN_US = 1_000_000  # how often a process looks while its reads are closed
_NEXT = 256  # so many of the places that no checkpoint covers are looked at: the oldest stand first


def oldest_unsigned(origin: int) -> int | None:
    """The time (microseconds since 1970) of the oldest event that no published checkpoint covers; None: all are.

    What a quarantined lane holds after its last good event is not meant: no checkpoint will ever cover it.
    """
    newest = store.newest_note(origin)
    times = store.times_from(origin, 0 if newest is None else newest.size, _NEXT)
    reached, bad = store.cursors(origin), quarantine.alarms(origin)
    for lane in store.waiting_lanes(origin):
        if lane.id not in bad:
            times += [entry.parse_header(row[1]).ts for row in store.next_events(lane.id, reached.get(lane.id, 0), 1)]
    return min(times, default=None)


def is_late(origin: int, now_us: int) -> bool:
    """Say whether an event has waited longer than the maximum merge delay."""
    oldest = oldest_unsigned(origin)
    return oldest is not None and now_us - oldest > MERGE_DELAY_US


class Watch:
    """Whether an event has been unsigned for longer than a limit (microseconds), asked as seldom as is safe.

    The database is asked when the oldest unsigned event that was seen could have reached the limit, and once a second
    while one has.
    """

    def __init__(self, limit_us: int) -> None:
        self._limit = limit_us
        self._lock = threading.Lock()
        self._look_at = 0  # nothing needs to be asked before this time
        self._over = False

    def is_over(self, origin: int, now_us: int) -> bool:
        """Say so for this moment."""
        with self._lock:
            if now_us >= self._look_at:
                oldest = oldest_unsigned(origin)
                end = (now_us if oldest is None else min(oldest, now_us)) + self._limit
                self._over = now_us > end
                self._look_at = now_us + LOOK_AGAIN_US if self._over else end + 1
            return self._over

    def look_again(self) -> None:
        """Ask the database at the next call: something was signed."""
        with self._lock:
            self._look_at = 0


def is_alarmed(origin: int) -> bool:
    """Say whether the last thing that was logged about delays is that there is one."""
    told = quarantine.events_of(origin, "alarm.delay")
    return bool(told) and max(told, key=lambda head: head.ts).res == "error"
