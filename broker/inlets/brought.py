"""The files that a request brings: which page takes which, and how long, and how many at once, they are opened (rules).

To open a file costs a thousand times what it costs to send one. So none is opened for a page that takes none, for a
form of somebody else's page, or for longer than a person waits; and some threads are always left for everything else.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from broker.inlets.answers import bad_request
from broker.inlets.exempt import is_exempt
from broker.sandbox import budget

ONE, SEVERAL = 1, 100  # files of a field; pages that take several have a limit of their own, and their own words for it
# Each field for files of ours, by its page. A file anywhere else is opened by nobody, and its request is refused.
FIELDS: dict[tuple[str, str], int] = {
    ("admin:paper-enter", "scan"): ONE,
    ("admin:request-heard", "scan"): ONE,
    ("admin:request-yes", "scan"): ONE,
    ("check", "file"): ONE,
    ("console-demand-subjects", "file"): ONE,
    ("console-profile", "file"): ONE,
    ("console-search", "file"): ONE,
    ("desk-act", "attached"): SEVERAL,
    ("my-prove", "file"): ONE,
    ("my-share-file", "file"): SEVERAL,
    ("recipient-ask-new", "file"): ONE,
    ("recipient-drops", "file"): SEVERAL,
    ("recipient-many", "file"): ONE,
    ("share-accounts", "bills"): SEVERAL,
    ("verify-file", "file"): ONE,
}
# Pages for whoever comes by. Of all others the guard of the page turns a stranger away, and no file of his is opened.
FOR_ALL = frozenset({"check", "verify-file"})
# What a session holds once a mailed code was typed: of a grant, of a customer, of a billing desk.
PROVEN = frozenset({"draft", "customer", "desk_open"})
# Seconds for all files of a request; of a stranger's the page itself is in it, and of a page that reads them by itself.
# Sixty bills, which one letter may name, take eight to fifteen; the proxy waits 70 for an answer.
OF_STRANGERS, OF_KNOWN, OF_PAGES = 5.0, 30.0, 60.0
# Requests of a process whose files are read at once, and that wait for it. With four threads one is left at any time.
READ_AT_ONCE, IN_LINE = 2, 1
STRANGERS_AT_ONCE = 1  # of these, so that whoever is known always finds a place
Files = Sequence[tuple[str, Any]]


class Busy(Exception):
    """Others have files read, and enough of them wait already."""


class _Room:
    """Where files are read, in this process."""

    def __init__(self) -> None:
        self.places = threading.BoundedSemaphore(READ_AT_ONCE)
        self.strangers = threading.BoundedSemaphore(STRANGERS_AT_ONCE)
        self.line = threading.BoundedSemaphore(READ_AT_ONCE + IN_LINE)


_room = _Room()


def turned_away(request: HttpRequest, view: str, files: Files) -> HttpResponse | None:
    """Answer a request whose files no page of ours asked for, before any is opened; None for all others.

    A stranger's files for a page that is not for him are dropped, and the page tells him where to sign in.
    """
    fields = [field for field, _file in files]
    if any(fields.count(field) > FIELDS.get((view, field), 0) for field in dict.fromkeys(fields)):
        return bad_request(request, BadRequest())
    if files and view not in FOR_ALL and not is_known(request):
        request.FILES.clear()
    return forged(request) if files else None


def forged(request: HttpRequest) -> HttpResponse | None:
    """Answer a form that came from somebody else's page; None for one of ours."""
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _request: HttpResponse(), (), {})


def is_known(request: HttpRequest) -> bool:
    """Say whether in this browser somebody typed a code that we mailed, or signed in."""
    return request.user.is_authenticated or any(each in request.session for each in PROVEN)


def reads_by_itself(view: str, files: Files) -> bool:
    """Say whether the page opens some of these files, and the door does not."""
    return any(is_exempt(view, field) for field, _file in files)


@contextmanager
def turn(request: HttpRequest, *, by_page: bool = False) -> Iterator[None]:
    """Have the files of a request read inside; raises `Busy`, or `OutOfTime` once they took longer than they may.

    `by_page`: by a page that reads them by itself, and answers inside as well. Somebody we know hands it several at
    once, each by itself, so it needs no more than to be one of those that wait.
    """
    room, known = _room, is_known(request)
    seconds = (OF_PAGES if by_page else OF_KNOWN) if known else OF_STRANGERS
    with _held(room.line), nullcontext() if known else _held(room.strangers), budget.within(seconds):
        if by_page and known:
            yield
            return
        if not room.places.acquire(timeout=seconds):
            raise budget.OutOfTime
        try:
            yield
        finally:
            room.places.release()


@contextmanager
def _held(room: threading.BoundedSemaphore) -> Iterator[None]:
    if not room.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        room.release()
