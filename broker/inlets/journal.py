"""What the processes say, as one JSON object a line, and the id by which the lines of one request are found."""

import json
import logging
import re
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broker.inlets.logs import redact

HEADER = "X-Request-ID"
_OURS = re.compile(r"[0-9a-f]{32}")
_request: ContextVar[str] = ContextVar("request", default="")


class RequestIdMiddleware:
    """Gives each request an id: the one that our own proxy gave it, else a random one. It is in the answer, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the lines that are written meanwhile bear it."""
        said = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
        made = said if _OURS.fullmatch(said) else uuid.uuid4().hex
        before = _request.set(made)
        try:
            response = self._get_response(request)
        finally:
            _request.reset(before)
        response.headers[HEADER] = made
        return response


class JsonLines(logging.Formatter):
    """One record as one JSON object on one line: when, how grave, who says it, what, and the request's id."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it; of an error its kind and the places that it came through, never its text."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "who": record.name,
            "says": redact(record.getMessage()),
        }
        if request := _request.get():
            said["request"] = request
        if record.exc_info and record.exc_info[1] is not None:
            said["error"] = type(record.exc_info[1]).__name__
            said["trace"] = redact(_way(record.exc_info[1]))
        return json.dumps(said, ensure_ascii=False)


def _way(error: BaseException) -> str:
    """Give the places of an error and of those behind it, the first one first.

    The text of an error may quote what somebody wrote: a database's repeats the row that it refused.
    """
    found: list[str] = []
    each: BaseException | None = error
    seen: set[int] = set()
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        frames = traceback.extract_tb(each.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        found.append("\n".join([*places, type(each).__name__]))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(reversed(found))
