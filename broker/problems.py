"""Reason codes as HTTP answers: status and problem document (RFC 9457) (rules)."""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.reasons import REASONS, reason

_FORBIDDEN = {
    code: 403
    for code in REASONS
    if code.split(".")[0] in {"consent", "purpose", "scope", "account", "assurance", "channel"}
}

_INSIDE = {
    "file.bomb", "file.pdf_bomb", "file.too_many_objects", "file.too_heavy", "file.javascript", "file.action",
    "file.attachments", "file.form", "file.encrypted", "file.no_pages", "file.too_many_pages", "file.virus",
    "file.unread",
}  # fmt: skip

STATUS: dict[str, int] = {
    **_FORBIDDEN,
    **dict.fromkeys(_INSIDE, 422),
    "file.scanner_down": 503,
    "utility.unknown": 400,
    "ask.incomplete": 400,
    "ask.invalid": 400,
    "log.unavailable": 503,
    "ask.too_much": 503,
    "gate.unchecked": 503,
    "requester.suspended": 403,
    "disclosures.halted": 503,
    "data.gone": 410,
    "auth.missing": 401,
    "auth.invalid": 401,
    "key.scope": 403,
    "key.misplaced": 403,
    "purpose.not_approved": 403,
    "not_found": 404,
    "idempotency.missing": 400,
    "idempotency.conflict": 422,
    "request.too_large": 413,
    "file.type": 415,
    "file.unreadable": 422,
    "file.layout_unknown": 422,
    "file.roles_unproven": 422,
    "file.not_usage": 422,
    "file.other_zone": 422,
    "share.other_account": 422,
    "share.enough": 429,
    "asking.over": 409,
    "asking.no_mail": 409,
    "asking.enough": 409,
    "asking.not_wanted": 403,
    "nectar.failed": 422,
    "nectar.terminated": 422,
    "nectar.not_utility": 422,
    "nectar.unusable": 502,
    "nectar.no_answer": 504,
    "rate.limited": 429,
    "state.conflict": 409,
    "webhook.address": 400,
    "webhook.too_many": 409,
    "fee.two_people": 409,
    "form.two_people": 409,
    "data.not_ready": 409,
    "rehearsal.unreachable": 503,
    "method.not_allowed": 405,
    "media.unsupported": 415,
    "media.not_acceptable": 406,
    "link.expired": 410,
    "server.error": 500,
}

# What a program may simply send again later; everything else needs another request or another consent.
RETRYABLE = frozenset(
    {
        "log.unavailable",
        "ask.too_much",
        "gate.unchecked",
        "disclosures.halted",
        "rate.limited",
        "data.not_ready",
        "consent.not_started",
        "server.error",
        "file.scanner_down",
        "rehearsal.unreachable",
    }
)


def document(
    code: str,
    *,
    detail: str,
    rules: Sequence[Mapping[str, Any]] = (),
    nearest: Sequence[Mapping[str, Any]] = (),
    trace_id: str,
    codes: Sequence[str] = (),
) -> dict[str, Any]:
    """Give the problem document of a code; `codes` are all codes of a refusal, the first of them being `code`."""
    why = reason(code)
    return {
        "type": f"/problems/{code}",
        "title": why.title,
        "status": STATUS[code],
        "detail": detail or why.text,
        "code": code,
        "codes": list(codes) or [code],
        "instead": why.instead,
        "rules": [dict(rule) for rule in rules],
        "nearest_permitted": [dict(entry) for entry in nearest],
        "retryable": code in RETRYABLE,
        "trace_id": trace_id,
    }
