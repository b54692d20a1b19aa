"""When a visit is over (rules).

An hour without a request and twelve hours in all: what NIST SP 800-63B-4 allows at AAL2 for the first, half of it for
the second. Customers prove a mailbox, which is less than AAL2; but who reads a bill beside the page, or has it read to
her, must not be thrown out of it, and what gives data away asks for a code or a whole signature.
"""

from datetime import datetime, timedelta

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)


def is_over(*, began: datetime, seen: datetime, now: datetime) -> bool:
    """Say whether a visit that began and was last seen at these instants is over.

    The clocks of two servers differ, and one is set back: that throws nobody out, unless by more than a visit is long.
    """
    return not (-LONGEST < now - began < LONGEST and now - seen < IDLE)
