"""Orders of a test key (interface); these addresses exist in a rehearsal alone."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.parties.models import Application
from broker.terms import Refusal
from consents.asking import listing
from consents.asking.models import ConsentAsk
from requests_app.api import ask_shapes as shapes
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import JSON, Answer, Operation, described
from requests_app.api.views.asks import own
from requests_app.problem_answers import problem
from requests_app.test_orders import played

Order = Callable[..., Refusal | None]
WHERE = " This address exists in a rehearsal alone."
_DECLINED = {**shapes.CANCELLED, "state": "declined"}
_EXPIRED = {**shapes.CANCELLED, "state": "expired"}


class Granting(ApiView):
    """A played customer signs."""

    @described(
        Operation(
            "orderGrant",
            "asks",
            "Test: have the ask granted",
            "A played customer signs exactly what is asked. The permission is in force some seconds later, when its "
            "letter is sealed." + WHERE,
            answers={200: Answer("Signed.", {JSON: shapes.ASK}, {"granted": shapes.GRANTED})},
            codes=("asking.over", "state.conflict"),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Play a grant."""
        return _play(played.grant, self.application(request), ask_id)


class Declining(ApiView):
    """A played customer says no."""

    @described(
        Operation(
            "orderDecline",
            "asks",
            "Test: have the ask declined",
            "A played customer says no." + WHERE,
            answers={200: Answer("Declined.", {JSON: shapes.ASK}, {"declined": _DECLINED})},
            codes=("asking.over",),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Play a no."""
        return _play(played.decline, self.application(request), ask_id)


class Expiring(ApiView):
    """The days of an ask are over."""

    @described(
        Operation(
            "orderExpiry",
            "asks",
            "Test: let the days of the ask be over",
            "This ask ends as if its thirty days had passed; no other clock moves." + WHERE,
            answers={200: Answer("Expired.", {JSON: shapes.ASK}, {"expired": _EXPIRED})},
            codes=("asking.over",),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Play the end of its days."""
        return _play(played.expire, self.application(request), ask_id)


class Confirming(ApiView):
    """The played clerk confirms who signed."""

    @described(
        Operation(
            "orderConfirmation",
            "asks",
            "Test: have the co-op confirm who signed",
            "The played clerk confirms the member, so that data may be released under the permission." + WHERE,
            answers={200: Answer("Confirmed.", {JSON: shapes.ASK}, {"granted": shapes.GRANTED})},
            codes=("state.conflict",),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Play the clerk."""
        return _play(played.confirm, self.application(request), ask_id)


class Revoking(ApiView):
    """The played customer stops sharing."""

    @described(
        Operation(
            "orderRevocation",
            "asks",
            "Test: have the permission revoked",
            "The played customer stops sharing what she granted by this ask; the next read is refused." + WHERE,
            answers={200: Answer("Stopped.", {JSON: shapes.ASK}, {"granted": shapes.GRANTED})},
            codes=("state.conflict",),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Play a stop."""
        return _play(played.revoke, self.application(request), ask_id)


def _play(order: Order, application: Application, ask_id: uuid.UUID) -> Response:
    ask = own(application, ask_id)
    # What another application of the same organisation asked is not this one's to play with.
    if ask is None or ask.application_id != application.id:
        return problem("not_found")
    refused = order(ask, application, now=timezone.now())
    return problem(refused.code) if refused is not None else _shown(ask, timezone.now())


def _shown(ask: ConsentAsk, now: datetime) -> Response:
    return Response(listing.as_json(ask, now=now), headers=NO_STORE)
