"""Who may use the console, and the event that each of its pages is (interface)."""

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from broker.audit import log
from broker.parties.login.watch import turned_away
from broker.parties.login.way_in import to_sign_in
from broker.parties.models import User
from broker.terms import Actor, EventRef

View = Callable[..., HttpResponseBase]


def officer_only(view: View) -> View:
    """Only a compliance officer; others go to the one sign-in page."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and user.is_officer:
            return view(request, user, *args, **kwargs)
        if isinstance(user, User):
            turned_away(request, user)
            raise Http404
        return to_sign_in(request)

    return guarded


def actor_of(user: User) -> Actor:
    """Name an officer in the log."""
    return Actor("s", user.id, role=user.role)


def looked(user: User, page: str, facts: Mapping[str, object] | None = None) -> EventRef:
    """Log that a page without bodies of events was shown, before it is."""
    body = {"page": page, **(facts or {})}
    return log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page", body=body
    )


def listed(user: User, page: str, facts: Mapping[str, object], *, subject: uuid.UUID | None, cnt: int = 0) -> EventRef:
    """Log that headers of events were listed; where they are one customer's, it is her event."""
    body = {"page": page, **facts}
    return log.append_read(
        "log.listed", actor=actor_of(user), subject=subject, purpose="compliance", obj="event", body=body, cnt=cnt
    )
