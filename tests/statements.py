"""The statements that a piece of work makes, as a test counts them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext

from broker.audit import log


@contextmanager
def captured() -> Iterator[CaptureQueriesContext]:
    """Capture statements, without the look for a newer checkpoint that the log takes once a second of real time."""
    with patch.object(log, "CHECKPOINT_AGE", math.inf), CaptureQueriesContext(connection) as seen:
        yield seen
