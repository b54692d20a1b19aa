"""The gate in front of every view: portal credentials are refused before anything reads or writes."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from broker.audit.log import LogUnavailable
from broker.credentials import scan
from broker.inlets import incidents
from broker.inlets.answers import gone, refused, too_large, unavailable
from broker.inlets.parts import parts
from broker.vault import Destroyed


class GateMiddleware:
    """Scans query strings, forms, JSON bodies and file names; a hit is refused and leaves one event."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or let the request through unchanged."""
        try:
            return self._checked(request)
        except RequestDataTooBig:
            return too_large(request)
        except LogUnavailable:
            return unavailable(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a view that could not write the log (503), or whose data was destroyed (410); no byte of data leaves.

        Django hides such an exception from `__call__`.
        """
        if isinstance(exception, Destroyed):
            return gone(request)
        return unavailable(request) if isinstance(exception, LogUnavailable) else None

    def _checked(self, request: HttpRequest) -> HttpResponse:
        view = _view_name(request)
        try:
            texts = list(parts(request, view))
        except RequestDataTooBig:
            raise
        except SuspiciousOperation:
            return too_large(request)
        for part in texts:
            finding = scan(part.text, part.inlet)
            if finding is not None:
                incidents.record(
                    finding, part=part.name, text=part.text, actor=incidents.sender(request), inlet=part.inlet
                )
                return refused(request, part.name, finding)
        return self.get_response(request)


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
