"""What every view of the API does: it knows who calls, counts the call, and takes nothing that it does not know."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.views import APIView

from broker.duties import bars
from broker.inlets import watching
from broker.limits.turns import turn
from broker.parties.models import Application
from requests_app.api import calls, description
from requests_app.api.schema import Described
from requests_app.parsing import StrictJSONParser
from requests_app.problem_answers import Halted, NotWellFormed, Suspended, TooMany
from requests_app.pull import MAX_ACCOUNTS, actor_of

FORM = "multipart/form-data"
NO_STORE = {"Cache-Control": "no-store"}


class ApiView(APIView):
    """What every view here does: read strictly, call one action, answer."""

    parser_classes = [StrictJSONParser]
    schema = Described()
    # Not OPTIONS: what the API takes stands in its description.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    limits: tuple[calls.Counted, ...] = (calls.calls,)
    narrows = False  # it gives nothing and takes away: neither the stop switch nor a suspension of ours refuses it

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; reads take turns, and begin nothing before theirs came."""
        if request.method not in ("GET", "HEAD"):
            return super().dispatch(request, *args, **kwargs)
        with turn():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Know the caller first, then count the call, then look at the query string and the type of the body."""
        super().initial(request, *args, **kwargs)
        if watching.is_suspended(application=self.application(request)):
            raise Suspended
        # Counted first: a refusal is an entry of the log, and nobody writes those without an end.
        self._count(self.application(request), 1)
        if not self.narrows:
            self._barred(self.application(request))
        self._known_query(request)

    def _barred(self, application: Application) -> None:
        code = bars.code_for(organisation=application.organisation_id, application=application.id)
        if code is not None:
            bars.refused(actor_of(application), code, self.operation)
            raise Suspended if code == bars.SUSPENDED else Halted

    @property
    def operation(self) -> str:
        """Name what the key has to open for this call; for a method that there is not, the least."""
        method = (self.request.method or "").lower()
        return description.of(self, method).tag if self._takes(method) else "requests"

    @staticmethod
    def application(request: Request) -> Application:
        """Give the application that calls."""
        assert isinstance(request.auth, Application)
        return request.auth

    def _takes(self, method: str) -> bool:
        return method in self.http_method_names and hasattr(self, method)

    def count_accounts(self, request: Request) -> None:
        """Count an ask for many accounts as so many calls; the first was counted before its body was read."""
        named = request.data.get("accounts") if isinstance(request.data, dict) else None
        if isinstance(named, list):
            self._count(self.application(request), min(len(named), MAX_ACCOUNTS) - 1)

    def _count(self, application: Application, times: int) -> None:
        now = timezone.now()
        if (anew := calls.count(application, *self.limits, now=now, times=times)) is not None:
            raise TooMany(anew - now)

    def _known_query(self, request: Request) -> None:
        method = (request.method or "").lower()
        if not self._takes(method):
            return  # the framework says that there is no such method
        says = description.of(self, method)
        has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        if has_body and says.body is None:
            raise NotWellFormed(["body"])  # what nobody reads might mean something to whoever sent it
        known = says.query()
        odd = {name for name, values in request.query_params.lists() if name not in known or len(values) > 1}
        if odd:
            # What is not known is counted and not repeated: somebody wrote it.
            raise NotWellFormed(sorted(odd & known) or ["unknown parameter"])
        if has_body and request._request.content_type == FORM:
            # The gate has read it to its end: the framework, which refuses other types, would take it for no body.
            raise UnsupportedMediaType(FORM)
