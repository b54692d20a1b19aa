"""The one place where the played servers read the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)
