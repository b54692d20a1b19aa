"""The consents that name the caller's organisation (interface)."""

import uuid

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.terms import Refusal
from consents.loa.glyphs import unprintable
from consents.stopping import attest
from requests_app import consent_list, release
from requests_app.api import examples
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.consent_shapes import ATTESTED, CONSENTS, WORD
from requests_app.api.description import JSON, Answer, Body, Operation, described
from requests_app.api.paging import CURSOR, Place, given_cursor
from requests_app.problem_answers import problem


class Consents(ApiView):
    """The consents that name the caller's organisation."""

    @described(
        Operation(
            "listConsents",
            "consents",
            "List the consents in force",
            "The consents in force that name your organisation, with their account numbers, oldest number first. An "
            "ended one is not listed any more: keep its `id` for the word about deletion. Opening the numbers is "
            "logged, once for each customer.",
            answers={200: Answer("A page of consents.", {JSON: CONSENTS}, {"one consent": examples.CONSENTS})},
            parameters=(CURSOR,),
            sensitive=True,
        )
    )
    def get(self, request: Request) -> Response:
        """List consents in force, with the account numbers that each covers; one event for each customer."""
        application = self.application(request)
        place = Place("consents", application.organisation_id)
        after = given_cursor(request, place, [str])
        page = consent_list.page(application, after=after[0] if after else None)
        if isinstance(page, Refusal):
            return problem(page.code)
        following = place.cursor([page["next"]]) if page["next"] else None
        return Response({**page, "next": following}, headers=NO_STORE)


class Deletion(ApiView):
    """The caller's word that the copies which it had under an ended consent are deleted."""

    narrows = True

    @described(
        Operation(
            "attestDeletion",
            "consents",
            "Say that your copies are deleted",
            "After a consent ended, the customer sees whether you said so.",
            answers={200: Answer("Noted.", {JSON: ATTESTED}, {"noted": examples.ATTESTED})},
            body=Body(WORD, {"who says so": {"name": "Dana Reed, records"}}),
        )
    )
    def post(self, request: Request, consent_id: uuid.UUID) -> Response:
        """Take the word; the body names who gives it. 404 where nothing is to be deleted."""
        application = self.application(request)
        body = request.data
        name = body.get("name") if isinstance(body, dict) and set(body) == {"name"} else None
        if not isinstance(name, str) or not 0 < len(name.strip()) <= attest.LONGEST_NAME or unprintable(name.strip()):
            return problem("ask.invalid", more={"fields": ["name"]})
        duty = attest.of_consent(application, consent_id)
        if duty is None:
            release.foreign(application, "consent", consent_id)
            return problem("not_found")
        attest.by_api(duty, name, application, now=timezone.now())
        return Response({"consent": str(consent_id), "deletion": "attested"}, headers=NO_STORE)
