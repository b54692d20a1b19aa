"""What actions pass as an event's body, as the canonical form can hold it (rules)."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

from broker.audit.canonical import Json


def plain(value: object) -> Json:
    """Turn what actions pass (ids, dates, enumerations) into what a body holds."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    raise TypeError(f"{type(value).__name__} has no place in a body")
