"""Readings and bills, as JSON, as tables and as Green Button XML (interface)."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from broker.terms import DATA_TYPES, Refusal
from requests_app import release
from requests_app.api import examples
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import ATOM, CSV, JSON, Answer, Operation, Parameter, described
from requests_app.api.formats import format_of
from requests_app.api.paging import given_choice
from requests_app.api.reading_shapes import BILLS, READINGS
from requests_app.api.shapes import TEXT, one_of
from requests_app.api.views.files import AGAIN, READ, refused
from requests_app.exports import espi, tables

NAMED = {"Content-Disposition": "A name for the file, without anything personal."}
AS_TABLE = (
    " As a table (`text/csv`, or the address with `.csv`) each value is a row behind one of head, with where it came "
    "from; a cell that a spreadsheet could take for a formula begins with an apostrophe, a number never does."
)
ONE_KIND = Parameter(
    "data_type", "query", "Only this kind of data: many programs read one resolution at a time.", one_of(DATA_TYPES)
)
NOT_YET = (*READ, "data.not_ready")


class Readings(ApiView):
    """Readings with where each came from."""

    renderer_classes = [JSONRenderer, format_of(CSV), format_of(ATOM)]

    @described(
        Operation(
            "readReadings",
            "data",
            "Read the readings of a request",
            "Each moment has one value, with its quality and its source; cut to what was asked for and permitted. A "
            "second file that says the same is `also`; one that says otherwise is in `revisions`, and the value is "
            "`flagged`." + AGAIN + AS_TABLE,
            answers={
                200: Answer("The readings.", {JSON: READINGS, CSV: TEXT, ATOM: TEXT}, {"one day": examples.READINGS})
            },
            codes=NOT_YET,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> HttpResponse:
        """Give the readings of a request, cut to the ask and the consent."""
        asked = getattr(request.accepted_renderer, "media_type", JSON)
        return _readings(self, request, request_id, asked)


class ReadingsTable(ApiView):
    """Readings as a table."""

    renderer_classes = [format_of(CSV), JSONRenderer]

    @described(
        Operation(
            "readReadingsTable",
            "data",
            "Read the readings as a table",
            "The same as CSV." + AGAIN + AS_TABLE,
            answers={
                200: Answer("The table.", {CSV: TEXT}, {"one day": tables.readings(examples.READINGS)}, headers=NAMED)
            },
            codes=NOT_YET,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> HttpResponse:
        """Give the readings of a request as CSV."""
        return _readings(self, request, request_id, CSV)


class ReadingsFeed(ApiView):
    """Readings as Green Button XML."""

    renderer_classes = [format_of(ATOM), JSONRenderer]

    @described(
        Operation(
            "readReadingsFeed",
            "data",
            "Read the readings as Green Button XML",
            "The same as an ESPI feed: an account is a usage point, and what went back is positive and says so by its "
            "`flowDirection`. Values of which another file says otherwise are marked questionable." + AGAIN,
            answers={200: Answer("The feed.", {ATOM: TEXT}, headers=NAMED)},
            codes=NOT_YET,
            parameters=(ONE_KIND,),
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> HttpResponse:
        """Give the readings of a request as Green Button XML."""
        given_choice(request, "data_type", DATA_TYPES)
        return _readings(self, request, request_id, ATOM)


class Bills(ApiView):
    """What bills came to."""

    renderer_classes = [JSONRenderer, format_of(CSV)]

    @described(
        Operation(
            "readBills",
            "data",
            "Read what the bills of a request came to",
            "Of each bill its period, what is due and what was used, as read off its page by a program: only where one "
            "page says it without a doubt. A bill of which none does is `unreadable` and has no figure: its file is "
            "there." + AGAIN + AS_TABLE,
            answers={200: Answer("The bills.", {JSON: BILLS, CSV: TEXT}, {"two bills": examples.BILLS})},
            codes=NOT_YET,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> HttpResponse:
        """Give the bills of a request, cut to the ask and the consent."""
        return _bills(self, request, request_id, getattr(request.accepted_renderer, "media_type", JSON))


class BillsTable(ApiView):
    """The same as a table."""

    renderer_classes = [format_of(CSV), JSONRenderer]

    @described(
        Operation(
            "readBillsTable",
            "data",
            "Read what the bills came to as a table",
            "The same as CSV." + AGAIN + AS_TABLE,
            answers={
                200: Answer("The table.", {CSV: TEXT}, {"two bills": tables.bills(examples.BILLS)}, headers=NAMED)
            },
            codes=NOT_YET,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> HttpResponse:
        """Give the bills of a request as CSV."""
        return _bills(self, request, request_id, CSV)


def _readings(view: ApiView, request: Request, request_id: uuid.UUID, kind: str) -> HttpResponse:
    now = timezone.now()
    found = release.release_readings(view.application(request), request_id, now=now)
    makers: Mapping[str, Callable[[Mapping[str, Any]], str | bytes]] = {
        CSV: tables.readings,
        ATOM: lambda shown: _feed(shown, now, request.query_params.get("data_type")),
    }
    return _given(found, kind, makers.get(kind), f"readings-{str(request_id)[:8]}")


def _bills(view: ApiView, request: Request, request_id: uuid.UUID, kind: str) -> HttpResponse:
    found = release.release_bills(view.application(request), request_id, now=timezone.now())
    return _given(found, kind, tables.bills if kind == CSV else None, f"bills-{str(request_id)[:8]}")


def _given(
    found: dict[str, Any] | Refusal,
    kind: str,
    made: Callable[[Mapping[str, Any]], str | bytes] | None,
    name: str,
) -> HttpResponse:
    if isinstance(found, Refusal):
        return refused(found)
    if made is None:
        return Response(found, headers=NO_STORE)
    ending = {CSV: "csv", ATOM: "xml"}[kind]
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return HttpResponse(made(found), content_type=f"{kind}; charset=utf-8", headers=headers)


def _feed(shown: Mapping[str, Any], now: datetime, kind: str | None) -> bytes:
    shown = {**shown, "series": [one for one in shown["series"] if kind in (None, one["data_type"])]}
    files = {source["file"] for one in shown["series"] for source in one["sources"]}
    links = {each: settings.PUBLIC_URL + reverse("api-file", args=[shown["id"], each]) for each in files}
    return espi.feed(shown, made_at=now, links=links)
