"""Whose pages are whose: a guard for the pages of people with certain roles (interface)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from broker.parties.login.watch import turned_away
from broker.parties.login.way_in import to_sign_in
from broker.parties.models import Role, User

View = Callable[..., HttpResponseBase]


def only(*roles: Role) -> Callable[[View], View]:
    """Only people of these roles; others do not learn that the page exists, and strangers go to the sign-in page."""

    def decorated(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if isinstance(user, User) and user.is_active and user.role in roles:
                return view(request, user, *args, **kwargs)
            if isinstance(user, User):
                turned_away(request, user)
                raise Http404
            return to_sign_in(request)

        return guarded

    return decorated
