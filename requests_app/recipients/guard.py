"""Who may see a recipient's pages: its analysts, each the objects of the own organisation alone (interface)."""

from collections.abc import Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broker.audit import log
from broker.inlets import watching
from broker.inlets.answers import suspended
from broker.parties.login.roles import View, only
from broker.parties.models import Organisation, Role, User
from requests_app.readers import actor_of


def analyst_only(view: View) -> View:
    """Only analysts (the database holds that each has an organisation); none who is suspended for sending logins."""

    def guarded(request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if watching.is_suspended(person=user):
            return suspended(request)
        return view(request, user, *args, **kwargs)

    return only(Role.ANALYST)(wraps(view)(guarded))


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
