"""What every answer says to a browser, and what plain HTTP gets: the outermost middleware."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from broker import problems

# TRACE gives back what it was sent, cookies too; the others are for proxies and editors of files.
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
# Django's own form views take PUT for POST; pages have no use for these.
OF_PROGRAMS = (*METHODS, "PUT", "PATCH", "DELETE")
PROGRAMS = ("/api/", "/hooks/")  # whoever calls these sends a secret with the very first request
_OVER_HTTPS = "This address answers over HTTPS alone. A key that was sent without it has been seen: replace it."


class SecureMiddleware(MiddlewareMixin):
    """What Django's own middleware for security, which comes next, leaves to us.

    - A program that calls over plain HTTP is refused: redirected, it would go on sending its key in the clear.
    - Nothing is kept by a browser or a cache on the way unless its view says so (ASVS 14.3.2).
    - No other site may embed an answer, and a browser whose session ended forgets what it kept of us (ASVS 14.3.1).
    """

    def process_request(self, request: HttpRequest) -> Any:
        """Refuse methods that nothing here has, and programs over plain HTTP; Django's own leads people on."""
        of_programs = request.path_info.startswith(PROGRAMS)
        methods = OF_PROGRAMS if of_programs else METHODS
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        if settings.SECURE_SSL_REDIRECT and of_programs and not request.is_secure():
            return _refused()
        return None

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say what browsers may do with this answer."""
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        ended = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if ended is not None and ended["max-age"] == 0:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def _refused() -> HttpResponse:
    code = "ask.invalid"
    document = problems.document(code, detail=_OVER_HTTPS, trace_id=uuid.uuid4().hex)
    return JsonResponse(document, status=problems.STATUS[code], content_type="application/problem+json")
