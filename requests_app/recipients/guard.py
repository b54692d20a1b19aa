"""Who may see a recipient's pages: its analysts, each the objects of the own organisation alone (interface)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from broker.audit import log
from broker.parties.login.watch import turned_away
from broker.parties.login.way_in import to_sign_in
from broker.parties.models import Organisation, Role, User
from requests_app.readers import actor_of

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


analyst_only = only(Role.ANALYST)  # the database holds that each has an organisation


def house_of(user: User) -> Organisation:
    """Give the organisation of an analyst; the database holds that there is one."""
    assert user.organisation is not None
    return user.organisation


def shown(user: User, page: str, facts: Mapping[str, object] | None = None, *, cnt: int = 0) -> None:
    """Log that a page was shown on which nothing sealed is opened: numbers, states, last four digits."""
    body = {"page": page, "organisation": user.organisation_id, **(facts or {})}
    log.append_read(
        "recipient.shown", actor=actor_of(user), subject=None, purpose="fulfilment", obj="page", body=body, cnt=cnt
    )
