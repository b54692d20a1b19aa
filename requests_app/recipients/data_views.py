"""The readings of a request as pictures, each with its table and its files (interface).

Each of these reads goes through `release`: the consent is checked again and the read is in the log before a byte of the
data is opened, also where only a picture leaves.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from broker import problems
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Refusal
from broker.vault import Destroyed
from consents import csv_cells
from requests_app import release
from requests_app.charts import every, series, words
from requests_app.charts.drawn import Picture
from requests_app.one_value.merging import STANDS
from requests_app.recipients.guard import analyst_only

HEAD = (
    "account_id",
    "account_ending",
    "data_type",
    "role",
    "unit",
    "resolution",
    "start",
    "end",
    "value",
    "quality",
    "source_sha256",
)
TYPES = {"svg": "image/svg+xml", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class Shown:
    """One series of a request, for a page: what it is, and how it names itself in a list."""

    number: int
    facts: dict[str, Any]

    @property
    def role(self) -> str:
        """Say what it counts."""
        return words.role(self.facts["role"], words.english).lower()

    @property
    def flagged(self) -> int:
        """Count the values of which another file says otherwise, and no person settled which one stands."""
        return sum("revisions" in each and not _stands(each) for each in self.facts["readings"])

    @property
    def settled(self) -> int:
        """Count the values of which a person settled that they stand."""
        return sum(_stands(each) for each in self.facts["readings"])

    @property
    def estimated(self) -> int:
        """Count the values that the utility did not measure."""
        return sum(each.get("quality") == "estimated" for each in self.facts["readings"])

    @property
    def first(self) -> str:
        """Give the day of its first value."""
        return str(self.facts["readings"][0]["start"])[:10]

    @property
    def last(self) -> str:
        """Give the day of its last value."""
        return str(self.facts["readings"][-1]["start"])[:10]

    def pictures(self) -> list[Picture]:
        """Draw all that its readings allow."""
        found = self.facts
        taken = series.read(found["role"], found["unit"], found["resolution"], found["readings"], zone=found["zone"])
        return every.pictures(taken, ident=f"s{self.number}")


def _stands(each: dict[str, Any]) -> bool:
    return bool(each.get("settled", {}).get("outcome") == STANDS)


@gzip_page  # pictures are long and compress well; the random bytes in it keep the page's secrets unguessable
@analyst_only
@require_GET
def data(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """The list of a request's series, and one of them in pictures: `?series=2` for the second."""
    found = _released(user, request_id)
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    rows = _rows(found)
    chosen = next((each for each in rows if str(each.number) == request.GET.get("series")), rows[0] if rows else None)
    context = {
        "id": request_id,
        "found": found,
        "rows": rows,
        "chosen": chosen,
        "pictures": chosen.pictures() if chosen else [],
        "downloads": reverse("recipient-data", args=[request_id]) + f"{chosen.number}/" if chosen else "",
    }
    return render(request, "recipients/data.html", context)


@analyst_only
@require_GET
def picture(request: HttpRequest, user: User, request_id: uuid.UUID, number: int, name: str, kind: str) -> HttpResponse:
    """One picture as an SVG file, or its numbers as CSV."""
    found = _released(user, request_id)
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    rows = [each for each in _rows(found) if each.number == number]
    drawn = next((each for row in rows for each in row.pictures() if each.name == name), None)
    if drawn is None or kind not in TYPES:
        raise Http404
    text = drawn.as_file() if kind == "svg" else drawn.data.as_csv()
    return sent(text, f"{str(request_id)[:8]}-{number}-{name}.{kind}", TYPES[kind])


@analyst_only
@require_GET
def readings(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """All readings of a request as one table."""
    found = _released(user, request_id)
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    cells = [
        (
            one["account_id"], one["account_ending"], one["data_type"], one["role"], one["unit"], one["resolution"],
            str(each["start"]), str(each["end"]), str(each["value"]), str(each["quality"]),
            one["sources"][each["source"]]["file_sha256"],
        )
        for one in found["series"]
        for each in one["readings"]
    ]  # fmt: skip
    return sent(csv_cells.table([HEAD, *cells]), f"{str(request_id)[:8]}-readings.csv", TYPES["csv"])


def _released(user: User, request_id: uuid.UUID) -> dict[str, Any] | Refusal:
    try:
        found = release.release_readings(user, request_id, now=timezone.now())
    except Destroyed:
        return Refusal("data.gone")
    if isinstance(found, Refusal) and found.code == "not_found":
        raise Http404
    return found


def _rows(found: dict[str, Any]) -> list[Shown]:
    return [Shown(number, each) for number, each in enumerate(found["series"], 1)]


def refused_page(request: HttpRequest, refusal: Refusal, request_id: uuid.UUID) -> HttpResponse:
    """Say why a read is refused, and what to do."""
    context = {"reason": REASONS[refusal.code], "id": request_id}
    return render(request, "recipients/refused.html", context, status=problems.STATUS[refusal.code])


def sent(data: str | bytes, name: str, kind: str) -> HttpResponse:
    """Give something as a file to keep, under a name without anything personal."""
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
