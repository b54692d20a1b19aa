"""What the gate says: which part, why, and what to do instead; never the secret."""

import sys
import uuid
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views import defaults

from broker import problems
from broker.audit.log import LogUnavailable
from broker.credentials import Finding, why
from broker.db import serving
from broker.inlets import said
from broker.inlets.handing_back import Given
from broker.inlets.models import Refused
from broker.inlets.parts import ADDRESS
from broker.reasons import REASONS

CODE = "channel.forbidden.credentials"
SUSPENDED = "requester.suspended"
AWAY = (OperationalError, InterfaceError)  # of the database: whatever needs it works again once it is back
# The page to come back to in the other language, where nobody knows what stands in the address of this one.
_ELSEWHERE: dict[str, object] = {"here": "/"}
RETRY_AFTER = "5"  # seconds: log and database are looked at again long before


def is_api(request: HttpRequest) -> bool:
    """Say whether a program is asking."""
    return request.path_info.startswith("/api/")


def refused(
    request: HttpRequest,
    part: str,
    finding: Finding,
    row: Refused,
    *,
    given_back: Sequence[Given] = (),
    label: str | None = None,
) -> HttpResponse:
    """Refuse portal credentials: where, why, what to do instead, and a number to call a false alarm by.

    `part` is our own name of the place, `label` what the page called its field. `given_back`: the fields of the form
    without the secret (`handing_back`), for a person. A program reads the number as `incident`.
    """
    number = None if row.mac is None else str(row)
    words = told(part, finding)
    if is_api(request):
        return _document(CODE, {**words, "incident": number} if number is not None else words)
    shown = {"part": said.place(part, label), "what": said.what(finding.kind), "instead": words["instead"]}
    if part != ADDRESS and not said.is_file(part):  # what nobody wrote as a message is not written in other words
        shown["example"] = said.example(finding.kind)
    mark = said.taken_out() if any(each.cut for each in given_back) else ""
    back: dict[str, object] = {"given_back": given_back, "mark": mark}
    if part == ADDRESS:
        back |= _ELSEWHERE
    return _answer(request, CODE, "inlets/refused.html", {**shown, **back, "number": number})


def told(part: str, finding: Finding) -> dict[str, str]:
    """Give what a program reads of a finding: where and why, and what to do instead."""
    instead = said.instead(finding.kind, in_file=said.is_file(part))
    return {"detail": f"{part}: {why(finding.rule)} ({finding.rule})", "instead": instead}


def out_of_place(request: HttpRequest, code: str, more: Mapping[str, object]) -> HttpResponse:
    """Refuse a secret of the sender's own that stands in the wrong place; `more`: what a program reads beside it."""
    if is_api(request):
        return _document(code, more)
    why = REASONS[code]
    shown = {"code": code, "title": gettext(why.title), "text": gettext(why.text), "instead": gettext(why.instead)}
    return _answer(request, code, "problem.html", shown)


def how_on(code: str) -> dict[str, str]:
    """Give what a program reads beside the words of a code: of a suspension, whom to write to; else nothing."""
    if code != SUSPENDED:
        return {}
    reach = ", ".join(each for each in (settings.OPERATOR_EMAIL, settings.OPERATOR_PHONE) if each)
    return {"instead": f"{REASONS[code].instead} {reach}".strip()}


def unchecked(request: HttpRequest) -> HttpResponse:
    """Say that a message could not be checked, and that nothing of it was kept."""
    return _answer(request, "gate.unchecked", "inlets/unchecked.html", _ELSEWHERE)


def suspended(request: HttpRequest) -> HttpResponse:
    """Say that this recipient sent credentials again and again, and waits for an officer."""
    return _answer(request, SUSPENDED, "inlets/suspended.html")


def barred(request: HttpRequest, code: str) -> HttpResponse:
    """Say that nothing is handed out now: the stop switch, or this access is suspended."""
    return _answer(request, code, "inlets/halted.html" if code == "disclosures.halted" else "inlets/barred.html")


def too_large(request: HttpRequest) -> HttpResponse:
    """Refuse what is over the limit."""
    return _answer(request, "request.too_large", "inlets/too_large.html")


def unavailable(request: HttpRequest) -> HttpResponse:
    """Say that nothing can be done while the log cannot be written."""
    return _answer(request, "log.unavailable", "inlets/unavailable.html", _ELSEWHERE)


def gone(request: HttpRequest) -> HttpResponse:
    """Say that what was asked for was destroyed on purpose."""
    return _answer(request, "data.gone", "inlets/gone.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing at this address; a program is told so in its own words."""
    del exception  # Django gives it by name, and nothing of it is said
    if is_api(request):
        return _document("not_found")
    return render(request, "404.html", _ELSEWHERE, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that a call is broken before any view could look at it; a page that asks neither database nor session."""
    del exception  # Django gives it by name, and its words may repeat what was sent
    if is_api(request):
        return _document("ask.invalid")
    return HttpResponseBadRequest(render_to_string("400.html"))


def broken(request: HttpRequest) -> HttpResponse:
    """Say that something broke on our side; or that it comes back, where the database or the log is away.

    Where the database is there and ended a statement that took too long, that says so, and what to ask instead.
    Also what no view did comes here: the guard of the sign-in ends a session, and cannot write so.
    """
    error = sys.exc_info()[1]
    away = isinstance(error, (*AWAY, LogUnavailable))
    code, page = ("log.unavailable", "503.html") if away else ("server.error", "500.html")
    if serving.was_ended(error):
        code, page = "ask.too_much", "too_much.html"
    # Pages that ask no database.
    response = _document(code) if is_api(request) else defaults.server_error(request, template_name=page)
    response.status_code = problems.STATUS[code]
    if away:
        response["Retry-After"] = RETRY_AFTER
    return response


def _answer(request: HttpRequest, code: str, page: str, context: Mapping[str, object] | None = None) -> HttpResponse:
    status = problems.STATUS[code]
    document = is_api(request)
    response = _document(code, how_on(code)) if document else render(request, page, dict(context or {}), status=status)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response


def _document(code: str, more: Mapping[str, object] | None = None) -> HttpResponse:
    document = {**problems.document(code, detail="", trace_id=uuid.uuid4().hex), **(more or {})}
    response = JsonResponse(document, status=problems.STATUS[code], content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return response
