"""The filtered log as a file: header facts of each entry, and a receipt of the export itself (interface)."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from broker.audit import banner, log, receipts, store, timeline
from broker.audit.timeline import Entry
from broker.console import criteria
from broker.console.criteria import Criteria
from broker.console.forms import ExportForm
from broker.console.hours import instant_of
from broker.console.officers import actor_of, officer_only
from broker.console.saved import posted_filters
from broker.db import serving
from broker.parties.models import User
from consents.csv_cells import quoted

COLUMNS = (
    "entry", "event", "time", "act", "result", "actor", "role", "application", "purpose", "object", "records",
    "hash_before", "log",
)  # fmt: skip
PART = timeline.STEP  # entries that are read before they are sent
FORMAT = "audit-export/v1"
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True)
class Export:
    """One export: what it holds, and the receipt of its event."""

    wanted: Criteria
    size: int
    unplaced: tuple[Entry, ...]
    count: int
    receipt: str

    def entries(self) -> Iterator[Entry]:
        """Give what had no place, then read the others in steps, newest first, of all logs, however many there are."""
        yield from self.unplaced
        walk = timeline.walk(self.wanted.filters, size=self.size, keep=self.wanted.keep)
        while part := self._part(walk):
            yield from part

    @staticmethod
    def _part(walk: Iterator[Entry]) -> list[Entry]:
        """Give the next entries; no transaction stays open while they are sent."""
        with serving.reading_long():
            return list(islice(walk, PART))


@officer_only
@require_POST
def export(request: HttpRequest, user: User) -> HttpResponseBase:
    """Hand out what the filters find; refused while the log does not match and nobody has acknowledged it."""
    form, filters = ExportForm(request.POST), posted_filters(request)
    if not banner.exports_allowed(timezone.now()):
        messages.error(request, _("The log does not match or is not verified. Exports wait: the banner says for what."))
        return redirect("console")
    if filters is None or not form.is_valid():
        messages.error(request, _("The export needs a format and what it is for."))
        return redirect("console-log")
    made = _logged(user, criteria.of(filters), form.cleaned_data["kind"], form.cleaned_data["why"])
    lines = as_csv(made) if form.cleaned_data["kind"] == "csv" else as_json(made)
    answer = StreamingHttpResponse(lines, content_type=TYPES[form.cleaned_data["kind"]])
    name = f"log-{made.size}.{form.cleaned_data['kind']}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _logged(user: User, wanted: Criteria, kind: str, why: str) -> Export:
    """Count what leaves and log the export, before the first entry is read for it."""
    with serving.reading_long():
        size, unplaced = timeline.standing(wanted.filters, keep=wanted.keep)
        count = len(unplaced) + timeline.count(wanted.filters, size=size, keep=wanted.keep)
    body = {"page": "log", "filters": dict(wanted.words), "size": size, "count": count, "format": kind, "why": why}
    ref = log.append_read(
        "log.exported",
        actor=actor_of(user),
        subject=wanted.subject,
        purpose="compliance",
        obj="event",
        body=body,
        cnt=count,
    )
    return Export(wanted, size, tuple(unplaced), count, receipts.receipt(ref))


def as_csv(made: Export) -> Iterator[str]:
    """Write the entries as CSV, no cell a formula; the last line holds the receipt."""
    yield _line(COLUMNS)
    names = _logs()
    for entry in made.entries():
        yield _line([str(value) if value is not None else "" for value in facts(entry, names).values()])
    yield _line(["receipt", made.receipt, *[""] * (len(COLUMNS) - 2)])


def as_json(made: Export) -> Iterator[str]:
    """Write one JSON object: what was asked, the receipt, and the entries."""
    head = {
        "format": FORMAT,
        "origin": settings.LOG_ORIGIN,
        "size": made.size,
        "filters": dict(made.wanted.words),
        "count": made.count,
        "receipt": made.receipt,
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": ['
    between, names = "\n", _logs()
    for entry in made.entries():
        yield between + json.dumps(facts(entry, names), ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _logs() -> dict[int, str]:
    return {each.id: each.name for each in store.origins()}


def facts(entry: Entry, names: Mapping[int, str]) -> dict[str, Any]:
    """Give what an entry's header says: opaque ids, codes and numbers, nobody's name.

    `names` of the logs by number: a place is one of its own log.
    """
    head = entry.head
    values = (
        entry.seq, str(entry.id), instant_of(head.ts).isoformat(), head.act, head.res, head.actor, head.role, head.app,
        head.purpose, head.obj, head.cnt, head.p.hex(), names.get(entry.origin or 0),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _line(cells: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([quoted(cell) for cell in cells])
    return out.getvalue()
