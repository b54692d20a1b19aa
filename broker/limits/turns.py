"""How many reads of the API a process answers at once, and that a stop goes before them (interface).

A read takes processor time, a transaction and a place in the line of writers. What waits here for its turn takes none
of them; so whoever stops sharing shares the machine with a few reads and not with as many as there are threads. Waiting
reads lose nothing: on the processors that there are, they were not answered sooner side by side.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2


class _Turns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reading = 0
        self._stopping = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one turn for the length of a read; waits while all are taken or a stop is under way."""
        with self._changed:
            self._changed.wait_for(lambda: self._reading < AT_ONCE and not self._stopping)
            self._reading += 1
        try:
            yield
        finally:
            with self._changed:
                self._reading -= 1
                self._changed.notify()

    @contextmanager
    def right_of_way(self) -> Iterator[None]:
        """Stop somebody's sharing: no read begins until that is done. Those that began go on beside it."""
        with self._changed:
            self._stopping += 1
        try:
            yield
        finally:
            with self._changed:
                self._stopping -= 1
                self._changed.notify_all()


_turns = _Turns()
turn, right_of_way = _turns.turn, _turns.right_of_way
