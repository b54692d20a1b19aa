"""Endpoints and deliveries of the calling application (interface)."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.db import installation
from broker.parties.models import Application
from broker.terms import Refusal
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import JSON, Answer, Body, Operation, Parameter, described
from requests_app.api.paging import CURSOR, Place, given_cursor
from requests_app.hooks import actions, query, shapes
from requests_app.hooks.actions import Made
from requests_app.hooks.models import Delivery, Endpoint
from requests_app.hooks.schedule import DeliveryState
from requests_app.problem_answers import NotWellFormed, TooMany, problem
from requests_app.pull import actor_of
from requests_app.release import foreign

STATE = Parameter("state", "query", "Those in this state alone.", shapes.STATE, example="dead")
_READS = (datetime.fromisoformat, uuid.UUID)


class Endpoints(ApiView):
    """The endpoints of the calling application."""

    @described(
        Operation(
            "listWebhookEndpoints",
            "webhooks",
            "List your endpoints",
            "The endpoints of this application, the newest first, disabled ones too. No key is shown.",
            answers={200: Answer("A page.", {JSON: shapes.ENDPOINTS}, {"one endpoint": shapes.ENDPOINTS_EXAMPLE})},
            parameters=(CURSOR,),
        )
    )
    def get(self, request: Request) -> Response:
        """List endpoints; nothing is opened."""
        application, now = self.application(request), timezone.now()
        place = Place(f"webhook-endpoints/{application.id}", application.organisation_id)
        page, following = _page(request, place, query.endpoints(application=application.id), "made_at")
        shown = [query.endpoint_as_json(each, now) for each in page]
        return Response({"endpoints": shown, "next": following}, headers=NO_STORE)

    @described(
        Operation(
            "createWebhookEndpoint",
            "webhooks",
            "Add an endpoint",
            "Messages of these types go to the address from now on, signed by the Standard Webhooks specification. "
            "The address is https, with a public host name, without a port, a login or a query. Keep the `secret`.",
            answers={201: Answer("Added.", {JSON: shapes.MADE}, {"with its secret": shapes.MADE_EXAMPLE})},
            codes=("webhook.address", "webhook.too_many"),
            body=Body(shapes.NEW, {"what ends and what is ready": shapes.NEW_EXAMPLE}),
        )
    )
    def post(self, request: Request) -> Response:
        """Make an endpoint; its secret stands in this answer and nowhere else."""
        body, application = _members(request, "url", "types"), self.application(request)
        url, types = body["url"], body["types"]
        if not isinstance(url, str) or not 0 < len(url) <= shapes.LONGEST:
            raise NotWellFormed(["url"])
        if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
            raise NotWellFormed(["types"])
        made = actions.create_endpoint(application, url, types, actor=actor_of(application), now=timezone.now())
        return _made(made, 201)


class OneEndpoint(ApiView):
    """One endpoint."""

    @described(
        Operation(
            "seeWebhookEndpoint",
            "webhooks",
            "See an endpoint",
            "Its address, its types, and how many keys sign for it.",
            answers={200: Answer("The endpoint.", {JSON: shapes.ENDPOINT}, {"in use": shapes.ENDPOINT_EXAMPLE})},
        )
    )
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Show an endpoint."""
        found = _endpoint(self.application(request), endpoint_id)
        return problem("not_found") if found is None else _shown(found)


class Disabling(ApiView):
    """The end of an endpoint."""

    narrows = True

    @described(
        Operation(
            "disableWebhookEndpoint",
            "webhooks",
            "Disable an endpoint",
            "Nothing is sent to it any more, for ever; what waits for it is dropped. Doing it again changes nothing.",
            answers={200: Answer("Disabled.", {JSON: shapes.ENDPOINT}, {"the endpoint": shapes.ENDPOINT_EXAMPLE})},
        )
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Disable an endpoint."""
        application = self.application(request)
        found = _endpoint(application, endpoint_id)
        if found is None:
            return problem("not_found")
        actions.disable(found, because=Endpoint.Because.APPLICATION, actor=actor_of(application))
        return _shown(found)


class Rotation(ApiView):
    """A new key of an endpoint."""

    @described(
        Operation(
            "rotateWebhookKey",
            "webhooks",
            "Give an endpoint a new key",
            "Both keys sign each message for a day, so that you can change over without losing one. With `at_once` "
            "the older key ends now: use that where it leaked.",
            answers={200: Answer("The new key.", {JSON: shapes.MADE}, {"with its secret": shapes.MADE_EXAMPLE})},
            codes=("state.conflict",),
            body=Body(shapes.ROTATION, {"changing over": {"at_once": False}}),
        )
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Make a key; it stands in this answer and nowhere else."""
        at_once, application = _members(request, "at_once")["at_once"], self.application(request)
        if not isinstance(at_once, bool):
            raise NotWellFormed(["at_once"])
        found = _endpoint(application, endpoint_id)
        if found is None:
            return problem("not_found")
        made = actions.rotate(found, actor=actor_of(application), now=timezone.now(), at_once=at_once)
        return _made(made, 200)


class Ping(ApiView):
    """A test."""

    @described(
        Operation(
            "pingWebhookEndpoint",
            "webhooks",
            "Have a test sent",
            "One message `webhook.ping`, sent once, whatever types the endpoint chose. Twenty in an hour.",
            answers={202: Answer("On its way.", {JSON: shapes.DELIVERY}, {"a delivery": shapes.DELIVERY_EXAMPLE})},
            codes=("state.conflict",),
        )
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Enqueue a test."""
        application = self.application(request)
        found = _endpoint(application, endpoint_id)
        if found is None:
            return problem("not_found")
        return _sent(application, actions.ping(found, actor=actor_of(application), now=timezone.now()))


class Deliveries(ApiView):
    """What was sent to an endpoint, and what waits."""

    @described(
        Operation(
            "listWebhookDeliveries",
            "webhooks",
            "List the deliveries of an endpoint",
            "The newest first. `dead` is what was given up: have it sent again when your endpoint is back.",
            answers={200: Answer("A page.", {JSON: shapes.DELIVERIES}, {"one delivery": shapes.DELIVERIES_EXAMPLE})},
            parameters=(STATE, CURSOR),
        )
    )
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """List deliveries; ids, codes and times."""
        application, state = self.application(request), request.query_params.get("state")
        if state is not None and state not in set(DeliveryState):
            raise NotWellFormed(["state"])
        found = _endpoint(application, endpoint_id)
        if found is None:
            return problem("not_found")
        place = Place(f"webhook-deliveries/{found.id}", application.organisation_id, (state or "",))
        page, following = _page(request, place, query.deliveries(endpoint=found.id, state=state), "at")
        shown = [query.delivery_as_json(each) for each in page]
        return Response({"deliveries": shown, "next": following}, headers=NO_STORE)


class Resending(ApiView):
    """A message that is sent once more."""

    @described(
        Operation(
            "resendWebhookDelivery",
            "webhooks",
            "Have a message sent again",
            "With the same `webhook-id` and the same body, and tried for as long as a fresh one. Not where it is still "
            "on its way, or where its endpoint or its consent has ended.",
            answers={202: Answer("On its way.", {JSON: shapes.DELIVERY}, {"a delivery": shapes.DELIVERY_EXAMPLE})},
            codes=("state.conflict",),
        )
    )
    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        """Enqueue a message again."""
        application = self.application(request)
        found = query.deliveries(application=application.id).filter(id=delivery_id).first()
        if found is None:
            foreign(application, "delivery", delivery_id)
            return problem("not_found")
        return _sent(application, actions.resend(found, actor=actor_of(application), now=timezone.now()))


def _endpoint(application: Application, endpoint_id: uuid.UUID) -> Endpoint | None:
    """Give an endpoint of the caller's; another's is nothing, and an event."""
    found = query.endpoints(application=application.id).filter(id=endpoint_id).first()
    if found is None:
        foreign(application, "endpoint", endpoint_id)
    return found


def _members(request: Request, *names: str) -> dict[str, Any]:
    """Give the members of a body that has exactly these."""
    body = request.data
    if not isinstance(body, dict) or set(body) != set(names):
        raise NotWellFormed(sorted(names))
    return body


def _page[Row: (Endpoint, Delivery)](
    request: Request, place: Place, rows: QuerySet[Row], moment: str
) -> tuple[list[Row], str | None]:
    """Give the rows of a page, the newest first, and the cursor of the next one."""
    behind = given_cursor(request, place, _READS)
    if behind is not None:
        at, row_id = behind
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "id__lt": row_id}))
    found = list(rows[: query.PAGE + 1])
    page = found[: query.PAGE]
    if len(found) <= query.PAGE:
        return page, None
    return page, place.cursor([getattr(page[-1], moment).isoformat(), str(page[-1].id)])


def _made(made: Made | Refusal, status: int) -> Response:
    if isinstance(made, Refusal):
        more: dict[str, Any] = {"fields": ["types"]} if made.code == "ask.invalid" else {}
        if made.code == "webhook.address":
            more = {"fields": ["url"], "detail": f"{made.detail[:1].upper()}{made.detail[1:]}.{_here()}"}
        return problem(made.code, more=more)
    shown = {**query.endpoint_as_json(made.endpoint, timezone.now()), "secret": made.secret}
    return Response(shown, status=status, headers=NO_STORE)


def _here() -> str:
    if installation.mode() != "rehearsal":
        return ""
    return " In a rehearsal http://127.0.0.1:PORT/… is taken too, where WEBHOOK_EGRESS lists 127.0.0.1:PORT."


def _shown(endpoint: Endpoint) -> Response:
    return Response(query.endpoint_as_json(endpoint, timezone.now()), headers=NO_STORE)


def _sent(application: Application, delivery: Delivery | Refusal) -> Response:
    if isinstance(delivery, Refusal):
        if delivery.code == "rate.limited":
            now = timezone.now()
            raise TooMany(actions.counts_anew(application, now) - now)
        return problem(delivery.code)
    return Response(query.delivery_as_json(delivery), status=202, headers=NO_STORE)
