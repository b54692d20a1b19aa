"""RFC 8785 canonical JSON, restricted to objects, arrays, strings, integers below 2^53, booleans and null."""

import json

type Json = bool | int | str | list[Json] | dict[str, Json] | None

LIMIT = 2**53


class NotCanonical(ValueError):
    """A value that the restricted profile cannot express; the text names the kind, never the value."""


def _check(value: object) -> bool:
    """Refuse what the profile leaves out; say whether every key is ASCII (then Python's key order is RFC 8785's)."""
    if value is None or isinstance(value, (str, bool)):
        return True
    if isinstance(value, int):
        if not -LIMIT < value < LIMIT:
            raise NotCanonical("integer out of range")
        return True
    if isinstance(value, list):
        return all(list(map(_check, value)))  # look at every item: each may be refused
    if isinstance(value, dict):
        plain = True
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonical("key is not a string")
            plain = _check(item) and key.isascii() and plain
        return plain
    raise NotCanonical(f"{type(value).__name__} has no place in a body")


def _sorted(value: Json) -> Json:
    """Order keys by UTF-16 code units, as RFC 8785 section 3.2.3 asks."""
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, dict):
        by_units = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _sorted(value[key]) for key in by_units}
    return value


_SORTING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_AS_IT_STANDS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=False, allow_nan=False)


def dumps(value: Json) -> bytes:
    """Return the canonical bytes of this value."""
    ascii_keys = _check(value)
    if not ascii_keys:
        value = _sorted(value)
    text = (_SORTING if ascii_keys else _AS_IT_STANDS).encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotCanonical("lone surrogate") from None


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("duplicate key")
    return found


def _no_float(_: str) -> Json:
    raise NotCanonical("number is not an integer")


def loads(data: bytes) -> Json:
    """Read canonical bytes; anything that is not its own canonical form is refused."""
    try:
        value: Json = json.loads(
            data.decode(), object_pairs_hook=_pairs, parse_float=_no_float, parse_constant=_no_float
        )
    except NotCanonical:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise NotCanonical("not JSON") from None
    if dumps(value) != data:
        raise NotCanonical("not in canonical form")
    return value
