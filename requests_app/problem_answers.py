"""Refusals and failures of the API as problem documents (interface)."""

import logging
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.response import Response

from broker import problems
from broker.audit.log import LogUnavailable
from broker.db import serving
from broker.inlets import answers, incidents, sending
from broker.inlets.refusing import LoginRefusal
from broker.looking import Unchecked
from broker.parties.api_auth import OutsideKey
from broker.parties.models import Organisation
from broker.terms import Finding, Refusal
from broker.vault import Destroyed

logger = logging.getLogger(__name__)


class TooMany(Exception):
    """A limit is spent; `wait` is how long until it counts anew."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("a limit is spent")
        self.wait = wait


class Suspended(Exception):
    """The recipient that calls is suspended, and waits for an officer."""


class Halted(Exception):
    """The stop switch was pressed: nothing goes out to anybody."""


class NotWellFormed(Exception):
    """Parts of a call that are not written as they must be, by names of ours and never in the caller's words."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__("not well formed")
        self.fields = list(fields)


PROBLEM = "application/problem+json"
RETRY_AFTER = 5  # seconds, where nothing says how long it takes
_NOT_THE_CALLERS = {"now", "facts", "step", "recipient"}  # parts of a decision that the site itself puts in
# A new or wider permission would help. After a stop none is suggested: whether she gives one is hers to begin.
_HERS_TO_GIVE = {"consent.absent", "consent.expired", "purpose.mismatch", "scope.data_type", "scope.range"}
_NOT_NOW = {"consent.revoked", "consent.suspended", "consent.objection"}
_CODES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (TooMany, "rate.limited"),
    (NotWellFormed, "ask.invalid"),
    (Suspended, "requester.suspended"),
    (Halted, "disclosures.halted"),
    (Unchecked, "gate.unchecked"),
    (LogUnavailable, "log.unavailable"),
    (Destroyed, "data.gone"),
    (exceptions.NotAuthenticated, "auth.missing"),
    (exceptions.AuthenticationFailed, "auth.invalid"),
    (exceptions.ParseError, "ask.invalid"),
    (exceptions.MethodNotAllowed, "method.not_allowed"),
    (exceptions.UnsupportedMediaType, "media.unsupported"),
    (exceptions.NotAcceptable, "media.not_acceptable"),
    (RequestDataTooBig, "request.too_large"),
    ((Http404, exceptions.NotFound), "not_found"),
    (exceptions.Throttled, "rate.limited"),
    (OutsideKey, "key.scope"),
    (exceptions.PermissionDenied, "auth.missing"),
)


def problem(
    code: str,
    *,
    codes: Sequence[str] = (),
    rules: Sequence[Mapping[str, Any]] = (),
    nearest: Sequence[Mapping[str, Any]] = (),
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give the answer to a refusal: what happened, which rule said so, and what would work instead."""
    document = problems.document(code, detail="", codes=codes, rules=rules, nearest=nearest, trace_id=uuid.uuid4().hex)
    extra = {"Retry-After": str(RETRY_AFTER)} if problems.STATUS[code] == 503 else {}
    return Response(
        {**document, **(more or {})},
        status=problems.STATUS[code],
        content_type=PROBLEM,
        headers={**extra, **(headers or {}), "Cache-Control": "no-store"},
    )


def refused(refusal: Refusal) -> Response:
    """Give the answer to what an action refused; of a portal login, what was found and where, as at the door."""
    if isinstance(refusal, LoginRefusal) and refusal.found is not None:
        return problem(refusal.code, more=answers.told(refusal.part, refusal.found))
    return problem(refusal.code)


def ways_on(codes: Sequence[str], rules: Sequence[Mapping[str, Any]], asker: Organisation) -> dict[str, Any]:
    """Say what a program needs to go on: which parts of its ask are wrong, and where a customer gives permission.

    The parts are names of ours, never a value or a key that the caller sent.
    """
    wrong = {name for rule in rules for kind in ("missing", "odd") for name in rule["input"].get(kind) or ()}
    found: dict[str, Any] = {"fields": sorted(wrong - _NOT_THE_CALLERS)} if wrong - _NOT_THE_CALLERS else {}
    if _HERS_TO_GIVE & set(codes) and not _NOT_NOW & set(codes):
        found["permission_page"] = settings.PUBLIC_URL + reverse("share-start", args=[asker.slug])
    return found


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer every failure of an API view with a problem document; only its class is ever written anywhere."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if code is None:
        view = type(context.get("view")).__name__
        logger.error("%s failed: %s", view, type(error).__name__)
        # With the database the log is away, too, and both come back.
        code = "log.unavailable" if isinstance(error, answers.AWAY) else "server.error"
        code = "ask.too_much" if serving.was_ended(error) else code
    if isinstance(error, Unchecked) and (request := context.get("request")) is not None:
        incidents.unchecked(sender=sending.of_request(getattr(request, "_request", request)), inlet="inside")
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(error.wait.total_seconds())))
    elif isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, math.ceil(getattr(error, "wait", None) or RETRY_AFTER)))
    more: Mapping[str, Any] = {"fields": error.fields} if isinstance(error, NotWellFormed) else answers.how_on(code)
    if isinstance(error, OutsideKey):
        more = {"needs": [error.operation]}
    return problem(code, headers=headers, more=more)


def rules_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Give findings as a problem document shows them."""
    return [
        {
            "rule": each.rule,
            "name": each.name,
            "input": dict(each.input),
            "result": "pass" if each.passed else "fail",
            "codes": list(each.codes),
        }
        for each in findings
    ]
