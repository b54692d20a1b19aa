"""How many reads of the API a process answers at once, so that a stop never stands behind a crowd of them (interface).

A read takes processor time, a transaction and a place in the line of writers. What waits here for its turn takes none
of them; so whoever stops sharing shares the machine with a few reads and not with as many as there are threads. Waiting
reads lose nothing: on the processors that there are, they were not answered sooner side by side.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2

_turns = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Hold one of this process's turns for the length of a read; waits while all are taken."""
    with _turns:
        yield
