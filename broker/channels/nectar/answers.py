"""What Nectar answers, taken apart strictly: an odd shape is `malformed`, never a guess."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from broker.channels.nectar.secrets import INLET, strip_secrets, texts_in, without_links
from broker.channels.seam import ChannelError
from broker.looking import look
from broker.transport import http

LONGEST_WAIT = timedelta(hours=1)
_LISTS = ("jobs", "companies", "items", "results", "data")


def answer_of(response: http.Response, *, now: datetime) -> Any:
    """Give the body as clean values; raises `ChannelError`: `down` may be tried again, the rest needs a person."""
    status = response.status_code
    if status == 429 or status >= 500:
        wait = retry_after(response.headers.get("Retry-After", ""), now=now)
        raise ChannelError("down", str(status), retry_after=wait)
    if not 200 <= status < 300:
        raise ChannelError("refused", str(status))
    if status == 204 or not response.content:
        return None
    try:
        # Numbers stay as they are written: a value must not pass through binary floating point.
        found = json.loads(
            response.content, parse_float=str, parse_constant=_no_number, object_pairs_hook=_each_name_once
        )
        clean = strip_secrets(found)
    except (ValueError, RecursionError):
        raise ChannelError("malformed", "not JSON that says one thing") from None
    # By its name nothing is left that opens a portal; what a text says of itself is the gate's to find: in words, and
    # as it came, since what has no words may still be a pair, a cookie or a link, or one half in each member of a list.
    read = without_links(clean)
    if any(look(text, INLET) is not None for text in (json.dumps(read, ensure_ascii=False), *texts_in(read))):
        raise ChannelError("malformed", "a text that opens a portal")
    return clean


def retry_after(text: str, *, now: datetime) -> int | None:
    """Give the seconds that a `Retry-After` asks for, at most an hour; None where it says nothing we understand."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        seconds = int(text)
    else:
        try:
            until = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = int((until - now).total_seconds()) + 1
    return max(0, min(seconds, int(LONGEST_WAIT.total_seconds())))


def rows_of(page: Any, key: str) -> list[dict[str, Any]]:
    """Give the rows of a page in the documented envelope; raises `ChannelError` for anything else."""
    found = an_object(page)
    rows = found.get(key)
    if not isinstance(rows, list) or not isinstance(found.get("hasNext"), bool):
        raise ChannelError("malformed", f"a page without {key}")
    return [an_object(row) for row in rows]


def any_rows(page: Any) -> list[dict[str, Any]]:
    """Give the rows of a list whose shape is not documented: a bare array, or one array in an envelope."""
    if isinstance(page, list):
        return [an_object(row) for row in page]
    found = [page[key] for key in _LISTS if isinstance(an_object(page).get(key), list)]
    if len(found) != 1:
        raise ChannelError("malformed", "a list of an unknown shape")
    return [an_object(row) for row in found[0]]


def has_next(page: Any) -> bool:
    """Say whether a page says that there is another one."""
    return isinstance(page, dict) and page.get("hasNext") is True


def is_page(page: Any, number: int) -> bool:
    """Say whether a page is the one that was asked for; past the end Nectar gives the last one again."""
    current = page.get("currentPage") if isinstance(page, dict) else None
    return not isinstance(current, int) or isinstance(current, bool) or current == number


def an_object(value: Any) -> dict[str, Any]:
    """Give the value if it is an object."""
    if not isinstance(value, dict):
        raise ChannelError("malformed", "not an object")
    return value


def a_text(row: dict[str, Any], key: str) -> str:
    """Give a text that must be there."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise ChannelError("malformed", f"no {key}")
    return value


def texts(row: dict[str, Any], key: str) -> tuple[str, ...]:
    """Give a list of texts; none where it is absent."""
    values = row.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ChannelError("malformed", key)
    return tuple(values)


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that stands twice")
    return found
