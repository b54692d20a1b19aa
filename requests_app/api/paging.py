"""Pages by cursor: a place in a list, sealed against being made up, for one organisation and one filter (interface).

The cursor holds the sort key of the last row that was shown, so what is added in the meantime neither moves rows to
another page nor hides any.
"""

import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from broker.vault import keyring
from requests_app.api.description import Parameter
from requests_app.api.shapes import or_null, said
from requests_app.problem_answers import NotWellFormed

TAG = 16
NO_TEXT = b"\xff"
LONGEST = 300
SHAPE = {"type": "string", "minLength": 1, "maxLength": LONGEST}
NEXT = said(or_null(SHAPE), "Send it as `cursor` for the next page; null on the last one.")
CURSOR = Parameter(
    "cursor", "query", "The `next` of the page before, with the same filters. It is good for this list alone.", SHAPE
)

MOST, USUAL = 100, 50
LIMIT = Parameter(
    "limit", "query", "How many on a page.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
)


@dataclass(frozen=True)
class Place:
    """A list as one organisation sees it under one filter."""

    name: str
    organisation: uuid.UUID
    filters: tuple[str, ...] = ()

    def cursor(self, key: Sequence[str]) -> str:
        """Give the cursor that goes on behind this key.

        Hexadecimal: in base64 chance writes, once in some hundred, what the gate must take for a portal's login. It
        begins with a byte that begins no text, so that nobody reads what chance wrote into the tag as one.
        """
        text = json.dumps(list(key), separators=(",", ":")).encode()
        return (NO_TEXT + self._tag(text) + text).hex()

    def key(self, cursor: str) -> list[str]:
        """Give the key of a cursor of this very list; `NotWellFormed` for anything else."""
        try:
            raw = bytes.fromhex(cursor)
        except ValueError:
            raise NotWellFormed(["cursor"]) from None
        tag, text = raw[len(NO_TEXT) : len(NO_TEXT) + TAG], raw[len(NO_TEXT) + TAG :]
        if not hmac.compare_digest(tag, self._tag(text)) or self.cursor(json.loads(text)) != cursor:
            raise NotWellFormed(["cursor"])
        found: list[str] = json.loads(text)
        return found

    def _tag(self, text: bytes) -> bytes:
        about = json.dumps([self.name, str(self.organisation), *self.filters]).encode()
        return hmac.digest(keyring.secret("api/cursor"), about + b"\n" + text, "sha256")[:TAG]


def given_cursor(request: Request, place: Place, reads: Sequence[Callable[[str], Any]]) -> list[Any] | None:
    """Give the key that the call goes on behind, read part by part; None for the first page."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    if not 0 < len(cursor) <= LONGEST:
        raise NotWellFormed(["cursor"])
    return [read(part) for read, part in zip(reads, place.key(cursor), strict=True)]


def given_limit(request: Request) -> int:
    """Give how many a page shall hold, from 1 to `MOST`; in one spelling alone."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and str(int(text[:9])) == text and 1 <= int(text) <= MOST):
        raise NotWellFormed(["limit"])
    return int(text)


def given_choice(request: Request, name: str, choices: Sequence[str]) -> str | None:
    """Give which of these the call names; None where it names none."""
    found = request.query_params.get(name)
    if found is not None and found not in choices:
        raise NotWellFormed([name])
    return found
