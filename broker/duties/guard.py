"""The stop switch and suspensions in front of every page (interface): behind the sign-in, before any view."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from broker.audit.log import LogUnavailable
from broker.duties import bars
from broker.inlets import answers
from broker.parties.models import Role, User

# What somebody who is suspended may still open: the way out.
WAY_OUT = frozenset({"logout", "login", "set_language", "health"})
# Pages that give customers' data to others than recipients: the co-op's desk and its view of a letter, a court's pack.
GIVES_AWAY = frozenset(
    {"desk-requests", "desk-act", "verify-letter", "verify-copy", "console-pack-download", "console-export"}
)
# What takes away and gives nothing, by POST: a recipient's key and address end, and a co-op doubts a letter.
NARROWS = frozenset({"recipient-key-revoke", "recipient-hook-disable"})


class BarMiddleware:
    """Refuses whoever is suspended, and while the switch is off every page that discloses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what is looked at is the view that was found."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer in place of the view where nothing may be given, and where the log cannot take that."""
        try:
            return self._barred(request)
        except LogUnavailable:
            return answers.unavailable(request)

    @staticmethod
    def _barred(request: HttpRequest) -> HttpResponseBase | None:
        match, user = request.resolver_match, request.user
        if match is None or match.view_name in WAY_OUT or request.path_info.startswith("/api/v1/"):
            return None  # the API asks by the key
        if isinstance(user, User) and bars.is_suspended(user):
            bars.refused(bars.actor_of(user), bars.SUSPENDED, match.view_name)
            return answers.barred(request, bars.SUSPENDED)
        of_a_recipient = isinstance(user, User) and user.role == Role.ANALYST
        gives = (of_a_recipient or match.view_name in GIVES_AWAY) and not _narrows(request, match)
        if gives and bars.code_for() == bars.HALTED:
            # Of somebody who never signed in there is no entry: anybody could write them without an end.
            if isinstance(user, User):
                bars.refused(bars.actor_of(user), bars.HALTED, match.view_name)
            return answers.barred(request, bars.HALTED)
        return None


def _narrows(request: HttpRequest, match: ResolverMatch) -> bool:
    """Say whether this takes away and gives nothing."""
    doubts = match.view_name == "desk-act" and match.kwargs.get("kind") == "doubt"
    return request.method == "POST" and (doubts or match.view_name in NARROWS)
