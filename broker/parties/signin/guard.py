"""The guard behind the authentication: who counts as signed in, and what asks for a fresh touch (interface).

One place for every page: the worklist, the console, a recipient's pages, and whatever is added. A session that is not
good is nobody's, so that each page's own guard sends it to the sign-in as it does a stranger.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from broker.parties.models import User
from broker.parties.signin import asking, browsers, sessions
from broker.parties.signin.step_up import LISTED


class SignInMiddleware:
    """Ends a session that is over or began without a passkey; asks for a touch before what is listed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through whoever is signed in for good, and make everybody else nobody."""
        if sessions.SESSION in request.session or "_auth_user_id" in request.session:
            user = request.user
            if not isinstance(user, User) or sessions.current(request, user, now=timezone.now()) is None:
                logout(request)
        response = self.get_response(request)
        browsers.keep(request, response)
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Show the page that asks for a touch in place of what is listed."""
        match, user = request.resolver_match, request.user
        if match is None or not isinstance(user, User):
            return None
        if request.method not in LISTED.get(match.view_name, ()):
            return None
        from broker.parties.signin.views import ask_again, take_touch

        row = sessions.current(request, user, now=timezone.now())
        if row is not None and sessions.is_fresh(row, now=timezone.now()):
            return None
        answered = request.method == "POST" and asking.FIELD in request.POST
        if answered and take_touch(request, user, why=match.view_name):
            return None
        return ask_again(request, user, refused=answered)
