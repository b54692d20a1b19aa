"""What a key opens: operations of the API, and kinds of data (rules). What a key does not name, it does not open."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from broker.terms import DATA_TYPES

OPERATIONS: dict[str, str] = {
    "requests": "Ask for data, and see how far a request is",
    "data": "Read data: readings, bills and files",
    "consents": "List permissions, and say that copies are deleted",
    "asks": "Ask customers for permissions",
    "webhooks": "Set up where we send word",
}
EVERY_OPERATION: tuple[str, ...] = tuple(OPERATIONS)
EVERY_TYPE: tuple[str, ...] = tuple(str(each) for each in DATA_TYPES)


class Scoped(Protocol):
    """Whatever has the two lists of a key."""

    operations: list[str]
    data_types: list[str]


def opens(key: Scoped, operation: str) -> bool:
    """Say whether a key opens an operation; one that nobody named is opened by no key."""
    return operation in OPERATIONS and operation in key.operations


def beyond(key: Scoped, data_types: Iterable[str]) -> list[str]:
    """Give the kinds of data that a key does not open, each once."""
    return [each for each in dict.fromkeys(data_types) if each not in key.data_types]


def ordered(operations: Sequence[str], data_types: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give both lists in their order, each entry once; raises `ValueError` for a name that is in no list."""
    if unknown := {*operations} - {*EVERY_OPERATION} | {*data_types} - {*EVERY_TYPE}:
        raise ValueError(f"no such operation or kind of data: {sorted(unknown)}")
    return [each for each in EVERY_OPERATION if each in operations], [each for each in EVERY_TYPE if each in data_types]
