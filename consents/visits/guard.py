"""Every browser that is remembered, and in which nobody of ours is signed in (interface).

Behind the guard of those who sign in, whose limits are stricter and whose sessions this leaves alone. What a session
holds does not matter: a customer, a joint holder, an objector, a draft, a sign-up, a letter that was opened. When the
visit is over everything goes at once, so that each page meets a stranger and asks for a code again.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consents.visits.limits import LONGEST, is_over
from consents.visits.models import Visit

VISIT = "visit"
OF_OURS = "_auth_user_id"
_SEEN_EVERY = timedelta(minutes=1)


class VisitMiddleware:
    """Ends a visit after an hour without a request and twelve hours after the last proof of who is there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forget whoever was here too long, and note that the others were seen."""
        if OF_OURS not in request.session and not request.session.is_empty():
            _hold(request, timezone.now())
        return self.get_response(request)


def begin(request: HttpRequest) -> None:
    """Begin a visit anew: somebody just proved who is there."""
    now = timezone.now()
    Visit.objects.filter(seen_at__lt=now - LONGEST).delete()
    request.session[VISIT] = str(Visit.objects.create(began_at=now, seen_at=now).id)


def _hold(request: HttpRequest, now: datetime) -> None:
    said = request.session.get(VISIT)
    if said is None:
        # Remembered without a proof (a letter's code, a desk's browser): the time runs from the next request on.
        begin(request)
        return
    row = Visit.objects.filter(id=uuid.UUID(said)).first()
    if row is None or is_over(began=row.began_at, seen=row.seen_at, now=now):
        request.session.flush()
    elif now - row.seen_at >= _SEEN_EVERY:
        Visit.objects.filter(id=row.id).update(seen_at=now)
