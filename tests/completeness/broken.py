"""Each request of a walk that leaves an entry is tried once before it, while no entry can be written.

It answers 503 with when to come back, holds not a word of what it would have shown, gives up soon, and changes no row
but what `declared_broken` names with its reason. What it left is taken back before the walk goes on.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from unittest import mock

from django.core.exceptions import ObjectDoesNotExist
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.test import Client, client
from django.utils.translation import override

from broker import problems
from broker.audit import log
from tests.completeness.declared_broken import FRAME, JOBS, LEFT

# How a walk says that it wanted another answer: it asserts, or looks in the answer for what is not there. Whatever else
# is raised is a mistake, and fails it.
DEMANDS = (AssertionError, LookupError, AttributeError, TypeError, ValueError, ObjectDoesNotExist, log.LogUnavailable)
MOST_TRIES = 3  # entries that one request tries to write before it gives up
_TAG = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL)
_WORD = re.compile(r"[\w@]{3,}")
_NUMBER = re.compile(r"[0-9a-f]{32}")  # of the answer itself, drawn anew each time


@dataclass
class Tried:
    """What came of a request without a log."""

    answers: list[HttpResponseBase] = field(default_factory=list)
    writes: int = 0
    error: Exception | None = None


@contextmanager
def no_log() -> Iterator[Tried]:
    """Let no entry be written, as on a full disk, and note each answer of the site."""
    tried, answer, encode = Tried(), BaseHandler.get_response, client.encode_file

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        tried.writes += 1
        raise OSError(28, "No space left on device")

    def noted(self: BaseHandler, request: HttpRequest) -> HttpResponseBase:
        given = answer(self, request)
        tried.answers.append(given)
        return given

    def sent(boundary: str, key: str, file: Any) -> Any:
        found = encode(boundary, key, file)
        if hasattr(file, "seek"):
            file.seek(0)  # the walk sends it once more
        return found

    with ExitStack() as broken:
        broken.enter_context(mock.patch.object(client, "encode_file", sent))
        broken.enter_context(mock.patch.object(log._Writing, "_insert", refuse))
        broken.enter_context(mock.patch.object(BaseHandler, "get_response", noted))
        yield tried


def wrong(perform: Callable[[], object], *, as_ever: bool = False) -> list[str]:
    """Perform a request without a log on the SQLite database in use; say what was wrong with what came of it.

    `as_ever`: it answers all the same, which is declared with its reason; it still changes nothing.
    """
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as live,
        closing(sqlite3.connect(":memory:")) as kept,
    ):
        live.backup(kept)
        version = _version(live)
        with no_log() as tried:
            try:
                perform()
            except DEMANDS as error:
                tried.error = error
        changed = []
        if _version(live) != version:
            changed = _changed(kept, live)
            kept.backup(live)
    return [f"{table} changed" for table in changed] + ([] if as_ever else answered(tried))


def answered(tried: Tried) -> list[str]:
    """Say what was wrong with the last answer of a try."""
    if not tried.answers:
        return [f"no answer: {tried.error!r}"]
    given = tried.answers[-1]
    if given.status_code != 503:
        return [f"answered {given.status_code}"]
    found = [] if given.get("Retry-After", "").isdigit() else ["does not say when to come back"]
    if tried.writes > MOST_TRIES:
        found.append(f"tried {tried.writes} times")
    return [*found, *(f"says {word}" for word in _more(given))]


def _more(given: HttpResponseBase) -> list[str]:
    """Give the words of an answer that stand in none which says only that nothing can be done now."""
    if given.streaming:
        return ["a file"]
    return sorted(_words(getattr(given, "content", b"").decode()) - _plain())[:9]


def _words(text: str) -> set[str]:
    return {each for each in _WORD.findall(unescape(_TAG.sub(" ", text))) if not _NUMBER.fullmatch(each)}


@cache
def _plain() -> set[str]:
    """Give the words of pages that a stranger gets: what is not there, and that nothing can be done now."""
    found = set()
    for language in ("en", "es"):
        found |= _words(Client(headers={"Accept-Language": language}).get("/nowhere/").content.decode())
        with override(language):
            for page in ("inlets/unavailable.html", "500.html", "503.html"):
                found |= _words(render_to_string(page))
    return found | FRAME | _words(json.dumps(problems.document("log.unavailable", detail="", trace_id="")))


def _version(live: sqlite3.Connection) -> int:
    return int(live.execute("PRAGMA data_version").fetchone()[0])


def _changed(before: sqlite3.Connection, after: sqlite3.Connection) -> list[str]:
    """Name the tables, with the columns, whose rows differ, but for those that may."""
    found = []
    for (table,) in before.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in before.execute(f'PRAGMA table_info("{table}")')]
        if table not in LEFT:
            of = f" WHERE kind NOT IN ({', '.join(map(repr, JOBS))})" if table == "jobs_job" else ""
            found += [
                f"{table}.{column}"
                for column in columns
                if f"{table}.{column}" not in LEFT
                and _values(before, table, column, of) != _values(after, table, column, of)
            ]
    return found


def _values(base: sqlite3.Connection, table: str, column: str, of: str) -> list[str]:
    return sorted(repr(row) for row in base.execute(f'SELECT rowid, "{column}" FROM "{table}"{of}'))
