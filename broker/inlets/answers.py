"""What the gate says: which part, why, and what to do instead; never the secret."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from broker import problems
from broker.credentials import Finding, why

CODE = "channel.forbidden.credentials"


def is_api(request: HttpRequest) -> bool:
    """Say whether a program is asking."""
    return request.path_info.startswith("/api/")


def refused(request: HttpRequest, part: str, finding: Finding) -> HttpResponse:
    """Refuse portal credentials."""
    return _answer(
        request, CODE, f"{part}: {why(finding.rule)} ({finding.rule})", "inlets/refused.html", {"part": part}
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """Refuse what is over the limit."""
    return _answer(request, "request.too_large", "", "inlets/too_large.html", {})


def unavailable(request: HttpRequest) -> HttpResponse:
    """Say that nothing can be done while the log cannot be written."""
    return _answer(request, "log.unavailable", "", "inlets/unavailable.html", {})


def gone(request: HttpRequest) -> HttpResponse:
    """Say that what was asked for was destroyed on purpose."""
    return _answer(request, "data.gone", "", "inlets/gone.html", {})


def _answer(request: HttpRequest, code: str, detail: str, page: str, context: dict[str, str]) -> HttpResponse:
    status = problems.STATUS[code]
    if is_api(request):
        document = problems.document(code, detail=detail, trace_id=uuid.uuid4().hex)
        return JsonResponse(document, status=status, content_type="application/problem+json")
    response = render(request, page, context, status=status)
    response["Cache-Control"] = "no-store"
    return response
