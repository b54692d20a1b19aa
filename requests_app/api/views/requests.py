"""Requests for data: asked for, listed, and how far one is (interface)."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import pull, release, status
from requests_app.api import examples, listing
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import JSON, Answer, Body, Operation, Parameter, described
from requests_app.api.paging import CURSOR, LIMIT, Place, given_choice, given_cursor, given_limit
from requests_app.api.request_shapes import ASK, RECORDED, REQUEST, REQUESTS, STATES
from requests_app.api.shapes import one_of
from requests_app.problem_answers import problem, refused, ways_on
from requests_app.request_state import IN_PROGRESS, WAITING

# What a decision may say: rule 1 to 17.
DECIDED = (
    "utility.unknown",
    "ask.incomplete",
    *(code for code in REASONS if code.split(".")[0] in {"consent", "purpose", "scope", "account", "assurance"}),
    *(code for code in REASONS if code.startswith("channel.")),
)
KEY = Parameter(
    "Idempotency-Key",
    "header",
    "A value of your own for this request. The same value with the same body gives the same answer and no second "
    "order; with another body it is refused.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
    example="3f1c9a52-first-try",
    required=True,
)


STATE = Parameter("state", "query", "Only requests in this state.", one_of(STATES))


class DataRequests(ApiView):
    """Ask for data, and list what was asked for."""

    @described(
        Operation(
            "listRequests",
            "requests",
            "List your requests",
            "The requests of your organisation, newest first, without anything personal. A page may be short, also "
            "empty, although there is a next one: go on while `next` is given.",
            answers={200: Answer("A page.", {JSON: REQUESTS}, {"one request": examples.LISTED})},
            parameters=(STATE, LIMIT, CURSOR),
        )
    )
    def get(self, request: Request) -> Response:
        """List the requests of the caller's organisation."""
        organisation = self.application(request).organisation
        state, limit = given_choice(request, "state", STATES), given_limit(request)
        place = Place("data-requests", organisation.id, (state or "",))
        after = given_cursor(request, place, [datetime.fromisoformat, uuid.UUID])
        found, last = listing.page(
            organisation, state=state, after=(after[0], after[1]) if after else None, limit=limit
        )
        following = place.cursor([last[0].isoformat(), str(last[1])]) if last else None
        return Response({"data_requests": found, "next": following}, headers=NO_STORE)

    @described(
        Operation(
            "askForData",
            "requests",
            "Ask for data",
            "The ask is decided by 17 rules, consent first, and the decision is recorded. What is permitted goes on "
            "its way: data that is there at once is `201`, a letter to the utility is `202`. Of several accounts some "
            "may be refused: read each `accounts[].outcome`. A refusal is recorded too, and `nearest_permitted` says "
            "what would be permitted instead.",
            answers={
                201: Answer(
                    "Recorded, and nothing has to be waited for.",
                    {JSON: RECORDED},
                    headers={"Location": "The address of the request."},
                ),
                202: Answer(
                    "Recorded, and on its way; `clock` says how long that takes.",
                    {JSON: RECORDED},
                    {"to the utility": examples.RECORDED},
                    headers={"Location": "The address of the request."},
                ),
            },
            codes=(*DECIDED, "idempotency.missing", "idempotency.conflict"),
            parameters=(KEY,),
            body=Body(ASK, {"a month of days": examples.ASK}),
        )
    )
    def post(self, request: Request) -> Response:
        """Decide an ask; 201 where data is or was pushed, 202 where the co-op is asked, else a problem document."""
        application = self.application(request)
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return problem(pull.refused(application, "idempotency.missing").code)
        try:
            body = request.data
        except ParseError:
            return problem(pull.refused(application, "ask.invalid").code)
        self.count_accounts(request)
        outcome = pull.pull(application, body, idempotency_key=key, now=timezone.now())
        if isinstance(outcome, Refusal):
            return refused(outcome)
        return _answer(outcome, dict(body))


class DataRequest(ApiView):
    """How far a request is."""

    @described(
        Operation(
            "seeRequest",
            "requests",
            "See how far a request is",
            "State, clock, completeness and files, without anything personal: nothing is opened or logged.",
            answers={200: Answer("The request.", {JSON: REQUEST}, {"on its way": examples.REQUEST})},
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """Give state, clock and files of a request, without anything personal."""
        found = release.own_request(self.application(request), request_id)
        if found is None:
            return problem("not_found")
        return Response(status.of(found), headers=NO_STORE)


def _answer(outcome: pull.Outcome, body: dict[str, Any]) -> Response:
    decision, found = outcome.decision, status.of(outcome.request)
    decided = {
        "rules": decision.rules,
        "alternatives": decision.alternatives,
        "accounts": status.accounts(decision, body),
    }
    if decision.outcome == "refusal":
        more = {
            "id": found["id"],
            "alternatives": decision.alternatives,
            **({"accounts": decided["accounts"]} if len(decided["accounts"]) > 1 else {}),
        }
        more |= ways_on(decision.codes, decision.rules, outcome.request.organisation)
        return problem(
            decision.codes[0], codes=decision.codes, rules=decision.rules, nearest=decision.nearest, more=more
        )
    code = 202 if found["number"] or found["state"] in (WAITING, IN_PROGRESS) else 201
    headers = {**NO_STORE, "Location": found["links"]["self"]}
    return Response({**found, "codes": decision.codes, **decided}, status=code, headers=headers)
