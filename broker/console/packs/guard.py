"""Who may see packs, demands and approvals, and the event that each page is (interface)."""

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from broker.audit import log
from broker.parties.login.watch import turned_away
from broker.parties.login.way_in import to_sign_in
from broker.parties.models import Role, User
from broker.terms import Actor, EventRef

View = Callable[..., HttpResponse]


def only(*roles: Role) -> Callable[[View], View]:
    """Only people of these roles; others do not learn that the page exists, strangers go to the sign-in page."""

    def decorated(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if isinstance(user, User) and user.is_active and user.role in roles:
                return view(request, user, *args, **kwargs)
            if isinstance(user, User):
                turned_away(request, user)
                raise Http404
            return to_sign_in(request)

        return guarded

    return decorated


officers = only(Role.OFFICER)
two_people = only(Role.OFFICER, Role.APPROVER)


def actor_of(user: User) -> Actor:
    """Name a person in the log."""
    return Actor("s", user.id, role=user.role)


def viewed(user: User, page: str, facts: Mapping[str, object] | None = None, *, cnt: int = 0) -> EventRef:
    """Log that a page was shown on which nothing is opened, before it is."""
    body = {"page": page, **(facts or {})}
    return log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page", body=body, cnt=cnt
    )


def opened(user: User, page: str, subject: uuid.UUID, obj: str, facts: Mapping[str, object]) -> EventRef:
    """Log and commit that sealed texts of a pack or an approval are opened for a page; they open under it."""
    body = {"page": page, **facts}
    return log.append_read(
        "admin.viewed", actor=actor_of(user), subject=subject, purpose="compliance", obj=obj, body=body, cnt=1
    )
