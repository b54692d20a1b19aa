"""The API for applications (interface): ask for data, see how far it is, read it, list consents."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from broker.limits.turns import turn
from broker.parties.models import Application
from broker.terms import Refusal
from consents.stopping import attest
from requests_app import consent_list, pull, release, status
from requests_app.parsing import StrictJSONParser
from requests_app.problem_answers import problem, problem_handler, rules_of, ways_on

__all__ = ["problem_handler"]
NO_STORE = {"Cache-Control": "no-store"}


class ApiView(APIView):
    """What every view here does: read strictly, call one action, answer."""

    parser_classes = [StrictJSONParser]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; reads take turns, and begin nothing before theirs came."""
        if request.method not in ("GET", "HEAD"):
            return super().dispatch(request, *args, **kwargs)
        with turn():
            return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def application(request: Request) -> Application:
        """Give the application that calls."""
        assert isinstance(request.auth, Application)
        return request.auth


class DataRequests(ApiView):
    """Ask for data."""

    operation = "requests"

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
        outcome = pull.pull(application, body, idempotency_key=key, now=timezone.now())
        if isinstance(outcome, Refusal):
            return problem(outcome.code)
        return _answer(outcome, dict(body))


class DataRequest(ApiView):
    """How far a request is."""

    operation = "requests"

    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """Give state, clock and files of a request, without anything personal."""
        found = release.own_request(self.application(request), request_id)
        if found is None:
            return problem("not_found")
        return Response(status.of(found), headers=NO_STORE)


class DataFile(ApiView):
    """A file's bytes."""

    operation = "data"

    def get(self, request: Request, request_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
        """Give a file, after its consent was checked again and the read was logged."""
        found = release.release_file(self.application(request), request_id, file_id, now=timezone.now())
        if isinstance(found, Refusal):
            return problem(found.code, codes=_codes(found), rules=rules_of(found.findings))
        return HttpResponse(
            found.data,
            content_type=found.media_type,
            headers={
                **NO_STORE,
                "Content-Disposition": f'attachment; filename="{found.name}"',
                "X-Content-Type-Options": "nosniff",
                "Repr-Digest": f"sha-256=:{_base64(found.sha256)}:",
            },
        )


class Readings(ApiView):
    """Readings with where each came from."""

    operation = "data"

    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """Give the readings of a request, cut to the ask and the consent."""
        found = release.release_readings(self.application(request), request_id, now=timezone.now())
        if isinstance(found, Refusal):
            return problem(found.code, codes=_codes(found), rules=rules_of(found.findings))
        return Response(found, headers=NO_STORE)


class Consents(ApiView):
    """The consents that name the caller's organisation."""

    operation = "consents"

    def get(self, request: Request) -> Response:
        """List consents in force, with the account numbers that each covers; one event for each customer."""
        after = request.query_params.get("after")
        page = consent_list.page(self.application(request), after=after)
        return problem(page.code) if isinstance(page, Refusal) else Response(page, headers=NO_STORE)


class Deletion(ApiView):
    """The caller's word that the copies which it had under an ended consent are deleted."""

    operation = "consents"

    def post(self, request: Request, consent_id: uuid.UUID) -> Response:
        """Take the word; the body names who gives it. 404 where nothing is to be deleted."""
        application = self.application(request)
        body = request.data
        name = body.get("name") if isinstance(body, dict) and set(body) == {"name"} else None
        if not isinstance(name, str) or not 0 < len(name.strip()) <= attest.LONGEST_NAME:
            return problem("ask.invalid", more={"fields": ["name"]})
        duty = attest.of_consent(application, consent_id)
        if duty is None:
            release.foreign(application, "consent", consent_id)
            return problem("not_found")
        attest.by_api(duty, name, application, now=timezone.now())
        return Response({"consent": str(consent_id), "deletion": "attested"}, headers=NO_STORE)


def _answer(outcome: pull.Outcome, body: dict[str, Any]) -> Response:
    decision, found = outcome.decision, status.of(outcome.request)
    decided = {"rules": decision.rules, "accounts": status.accounts(decision, body)}
    if decision.outcome == "refusal":
        more = {"id": found["id"], **({"accounts": decided["accounts"]} if decided["accounts"] else {})}
        more |= ways_on(decision.codes, decision.rules, outcome.request.organisation)
        return problem(
            decision.codes[0], codes=decision.codes, rules=decision.rules, nearest=decision.nearest, more=more
        )
    code = 202 if found["number"] or found["state"] == status.WAITING else 201
    headers = {**NO_STORE, "Location": found["links"]["self"]}
    return Response({**found, "codes": decision.codes, **decided}, status=code, headers=headers)


def _codes(refusal: Refusal) -> list[str]:
    codes = [code for each in sorted(refusal.findings, key=lambda f: f.rule) for code in each.codes]
    return list(dict.fromkeys(codes)) or [refusal.code]


def _base64(hexadecimal: str) -> str:
    import base64

    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()
