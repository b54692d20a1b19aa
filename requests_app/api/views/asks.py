"""Asks for a consent: made, listed, mailed once more, taken back (interface)."""

import uuid
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.parties import scopes
from broker.parties.models import Application
from broker.terms import Refusal
from consents.asking import acts, listing
from consents.asking.acts import Asker
from consents.asking.lifecycle import State
from consents.asking.models import ConsentAsk
from requests_app.api import ask_shapes as shapes
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import JSON, Answer, Body, Operation, Parameter, described
from requests_app.api.paging import CURSOR, Place, given_choice, given_cursor
from requests_app.api.views.requests import KEY
from requests_app.problem_answers import TooMany, problem
from requests_app.release import foreign

_STATES = tuple(each.value for each in State)
STATE = Parameter("state", "query", "Those in this state alone.", shapes.STATE, example="pending")
_READS = (datetime.fromisoformat, uuid.UUID)


class Asks(ApiView):
    """The asks of the caller's organisation."""

    @described(
        Operation(
            "listAsks",
            "asks",
            "List your asks",
            "The asks of your organisation, the newest first. Nothing personal is in them.",
            answers={200: Answer("A page.", {JSON: shapes.ASKS}, {"one": {"asks": [shapes.PENDING], "next": None}})},
            parameters=(STATE, CURSOR),
        )
    )
    def get(self, request: Request) -> Response:
        """List asks; nothing is opened."""
        application, now = self.application(request), timezone.now()
        state, rows = given_choice(request, "state", _STATES), listing.of(application.organisation)
        if state is not None:
            rows = rows.filter(listing.in_state(State(state), now))
        place = Place("consent-asks", application.organisation_id, (state or "",))
        if (after := given_cursor(request, place, _READS)) is not None:
            rows = rows.filter(Q(asked_at__lt=after[0]) | Q(asked_at=after[0], id__lt=after[1]))
        found = list(rows[: listing.PAGE + 1])
        page, last = found[: listing.PAGE], len(found) <= listing.PAGE
        following = None if last else place.cursor((page[-1].asked_at.isoformat(), str(page[-1].id)))
        shown = [listing.as_json(each, now=now) for each in page]
        return Response({"asks": shown, "next": following}, headers=NO_STORE)

    @described(
        Operation(
            "askForConsent",
            "asks",
            "Ask a customer for a permission",
            "With `email` we mail an invitation that holds your name and a link; without it you hand over `link`. The "
            "answer is the same whether we know the address or not. She sees what you ask for and signs less, or "
            "nothing; you learn it when she has signed or said no. One mailbox takes five asks of yours in 30 days.",
            answers={
                201: Answer(
                    "Asked.",
                    {JSON: shapes.ASK},
                    {"by mail": shapes.PENDING},
                    headers={"Location": "The address of the ask."},
                )
            },
            codes=(
                "ask.incomplete",
                "utility.unknown",
                "purpose.not_approved",
                "asking.not_wanted",
                "idempotency.missing",
                "idempotency.conflict",
            ),
            parameters=(KEY,),
            body=Body(
                shapes.NEW,
                {
                    "by mail": shapes.NEW_EXAMPLE,
                    "a link to hand over": shapes.HANDED_OVER_EXAMPLE,
                    "several accounts": shapes.SEVERAL_EXAMPLE,
                },
            ),
        )
    )
    def post(self, request: Request) -> Response:
        """Ask; the same key with the same body gives the same ask again."""
        application, body = self.application(request), request.data
        kinds = body.get("data_types") if isinstance(body, dict) else None
        asked = [each for each in kinds if isinstance(each, str)] if isinstance(kinds, list) else []
        if beyond := scopes.beyond(application, [each for each in asked if each in scopes.EVERY_TYPE]):
            return problem("key.scope", more={"needs": beyond})
        key = request.headers.get("Idempotency-Key", "").strip()
        made = acts.ask(Asker.app(application), body, idempotency_key=key, now=timezone.now())
        if isinstance(made, Refusal):
            return _refused(made)
        headers = {**NO_STORE, "Location": reverse("api-ask", args=[made.ask.id])}
        return Response(listing.as_json(made.ask, now=timezone.now()), status=201, headers=headers)


class OneAsk(ApiView):
    """One ask."""

    @described(
        Operation(
            "seeAsk",
            "asks",
            "See how an ask stands",
            "Its state, and the consent once she has signed.",
            answers={200: Answer("The ask.", {JSON: shapes.ASK}, {"waits": shapes.PENDING, "granted": shapes.GRANTED})},
        )
    )
    def get(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Show an ask."""
        found = own(self.application(request), ask_id)
        return problem("not_found") if found is None else _shown(found)


class Resending(ApiView):
    """One more mail about an ask."""

    @described(
        Operation(
            "resendAsk",
            "asks",
            "Have the invitation mailed once more",
            "Twice at most, and three days after the last mail at the earliest: see `resend_from`.",
            answers={200: Answer("Ordered.", {JSON: shapes.ASK}, {"the ask": shapes.REMINDED})},
            codes=("asking.over", "asking.no_mail", "asking.enough"),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Order one more mail."""
        application = self.application(request)
        found = own(application, ask_id)
        if found is None:
            return problem("not_found")
        return _answer(acts.resend(Asker.app(application), found, now=timezone.now()))


class Cancelling(ApiView):
    """The end of an ask by its asker."""

    @described(
        Operation(
            "cancelAsk",
            "asks",
            "Take an ask back",
            "Its link then says that you took it back. Doing it again changes nothing.",
            answers={200: Answer("Taken back.", {JSON: shapes.ASK}, {"the ask": shapes.CANCELLED})},
            codes=("asking.over",),
        )
    )
    def post(self, request: Request, ask_id: uuid.UUID) -> Response:
        """Take an ask back."""
        application = self.application(request)
        found = own(application, ask_id)
        if found is None:
            return problem("not_found")
        return _answer(acts.cancel(Asker.app(application), found, now=timezone.now()))


def own(application: Application, ask_id: uuid.UUID) -> ConsentAsk | None:
    """Give an ask of the caller's organisation; of any other the try is recorded."""
    found = listing.own(application.organisation, ask_id)
    if found is None:
        foreign(application, "ask", ask_id)
    return found


def _answer(found: ConsentAsk | Refusal) -> Response:
    return _refused(found) if isinstance(found, Refusal) else _shown(found)


def _shown(ask: ConsentAsk) -> Response:
    return Response(listing.as_json(ask, now=timezone.now()), headers=NO_STORE)


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, acts.TooMany) and refusal.at is not None:
        raise TooMany(refusal.at - timezone.now())
    fields = sorted(refusal.detail.split())
    return problem(refusal.code, more={"fields": fields} if fields else None)
