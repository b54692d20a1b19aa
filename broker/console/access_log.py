"""What a web server's access log says was read, beside what our log says was read (rules; audit-log.md 7.11).

A request that was answered with personal data has its event. Where a day's log of the web server counts more answers
than our log counts events, something was read past the log.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

_LINE = re.compile(r'\[(?P<at>[^\]]+)\] "(?P<method>GET|POST) (?P<path>/[^ ?"]*)[^"]*" 200(?: |$)')
_AT = "%d/%b/%Y:%H:%M:%S %z"


class Route(NamedTuple):
    """A class of routes: who calls them, the acts that their events have, and the routes by name and method."""

    kind: str
    acts: tuple[str, ...]
    names: frozenset[str]


# Each of these, answered with 200, leaves at least one event of its class (tests/completeness holds them to that).
READING: dict[str, Route] = {
    "applications": Route("a", ("data.read", "consent.viewed"), frozenset(
        {"api-readings GET", "api-readings-csv GET", "api-readings-xml GET", "api-bills GET", "api-bills-csv GET",
         "api-file GET", "api-link GET", "api-consents GET"}
    )),
    "analysts": Route("s", ("data.read",), frozenset(
        {"recipient-data GET", "recipient-readings GET", "recipient-readings-xml GET", "recipient-picture GET",
            "recipient-bills GET", "recipient-bills-csv GET", "recipient-file GET"}
    )),
    "customers": Route("c", ("letter.read", "log.read", "log.exported", "complaint.read", "draft.read"), frozenset(
        {"my-letter GET", "my-access GET", "my-access-ask GET", "my-access-copy GET", "my-question GET",
         "share-account GET", "share-accounts GET", "share-data GET", "share-purpose GET", "share-terms GET",
         "share-read GET", "share-check GET", "share-letter GET"}
    )),
    "desk and officers": Route("s", (
        "admin.viewed", "account.read", "file.read", "mail.read", "log.read", "log.listed", "log.searched",
        "log.exported", "complaint.read", "demand.read", "hold.read", "pack.read",
    ), frozenset(
        {"request GET", "request-reveal POST", "file GET", "file-open POST", "held POST", "console-event GET",
         "console-log GET", "console-export POST", "console-search POST", "console-cases GET",
         "console-case-consent GET", "console-case-request GET", "console-complaint GET", "console-demand GET",
         "console-hold-reason POST", "console-pack GET", "console-pack-download POST",
         "console-approval-reason POST"}
    )),
}  # fmt: skip


class Difference(NamedTuple):
    """A day and class of routes: answers in the web server's log, events in ours."""

    day: date
    routes: str
    answers: int
    events: int

    @property
    def missing(self) -> int:
        """How many answers have no event; more events than answers are no fault (one act may have several)."""
        return max(0, self.answers - self.events)


def answers(lines: Iterable[str], name_of: Callable[[str], str | None]) -> Counter[tuple[date, str]]:
    """Count the answers of reading routes by UTC day and class; `name_of` gives the route of a path.

    Lines are of the Common or Combined Log Format; others, other methods and other statuses are passed over.
    """
    counted: Counter[tuple[date, str]] = Counter()
    for line in lines:
        found = _LINE.search(line)
        if found is None:
            continue
        route = f"{name_of(found['path'])} {found['method']}"
        for routes, known in READING.items():
            if route in known.names:
                counted[_day(found["at"]), routes] += 1
    return counted


def _day(text: str) -> date:
    return datetime.strptime(text, _AT).astimezone(UTC).date()
