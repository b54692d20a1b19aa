"""The daily comparison of the web server's log with ours."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import Resolver404, resolve

from broker.audit import timeline
from broker.audit.timeline import Filters
from broker.console.access_log import READING, Difference, answers


class Command(BaseCommand):
    """Counts answers of reading routes in an access log against read events of the same days."""

    help = (
        "Compare a web server's access log (Common or Combined Log Format) with the events of reads, by UTC day and "
        "class of routes. Exit code 1 where there are more answers than events. "
        "Examples: manage.py compare_access_log access.log; zcat access.log.2.gz | manage.py compare_access_log -"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the argument."""
        parser.add_argument("file", metavar="FILE", help="an access log of whole days; - for standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line for each day and class, and fail where an answer has no event."""
        try:
            with _opened(options["file"]) as lines:
                counted = answers(lines, _name_of)
        except (OSError, ValueError) as error:
            raise CommandError(f"the access log cannot be read: {type(error).__name__}") from None
        missing = 0
        for (day, routes), number in sorted(counted.items()):
            found = Difference(day, routes, number, _events(day, routes))
            missing += found.missing
            said = f"{found.missing} WITHOUT EVENT" if found.missing else "ok"
            self.stdout.write(f"{day} {routes}: {found.answers} answers, {found.events} events: {said}")
        if missing:
            raise CommandError(f"{missing} answers have no event of a read")


@contextmanager
def _opened(name: str) -> Iterator[Iterable[str]]:
    if name == "-":
        yield (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        return
    with Path(name).open(encoding="utf-8", errors="replace") as lines:
        yield lines


def _name_of(path: str) -> str | None:
    try:
        return resolve(path).url_name
    except Resolver404:
        return None


def _events(day: date, routes: str) -> int:
    begin = datetime.combine(day, time(), UTC)
    since, until = (int(each.timestamp()) * 1_000_000 for each in (begin, begin + timedelta(days=1)))
    known = READING[routes]
    return timeline.count(Filters(kind=known.kind, acts=known.acts, res=("ok",), since=since, until=until))
