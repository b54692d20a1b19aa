"""What the gate leaves behind: the refusal and one event, never the secret (action)."""

import hmac
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest

from broker.audit import log
from broker.credentials import Finding
from broker.parties.models import User
from broker.terms import UNKNOWN, Actor
from broker.vault import keyring

SHORT = 8


def record(finding: Finding, *, part: str, text: str, actor: Actor, inlet: str) -> None:
    """Log that something was refused; the fingerprint is keyed, so that the secret cannot be guessed from it."""
    body: dict[str, Any] = {
        "part": part,
        "rule": finding.rule,
        "kind": finding.kind,
        "inlet": inlet,
        "fingerprint": _fingerprint(text[finding.start : finding.end]),
    }
    with transaction.atomic():
        log.append("gate.refused", actor=actor, subject=None, body=body, res="denied")
        if actor.kind == "s":
            # Whoever works here and holds a customer's login has it from somewhere: an officer asks.
            log.append("gate.incident", actor=actor, subject=None, body={**body, "state": "opened"}, res="denied")


def _fingerprint(part: str) -> str | None:
    """Give a keyed mark by which a repetition is seen; none of a short code, which could be tried out."""
    if len(part) < SHORT:
        return None
    # A lone surrogate is not UTF-8, and must not stop the refusal.
    return hmac.digest(keyring.secret("gate-fingerprint"), part.encode("utf-8", "replace"), "sha256")[:8].hex()


def sender(request: HttpRequest) -> Actor:
    """Say who sent a request, as far as is known before any view ran."""
    user = getattr(request, "user", None) or AnonymousUser()
    return Actor("s", user.id, role=user.role) if isinstance(user, User) else UNKNOWN
