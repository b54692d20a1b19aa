"""The way to the played co-op of a rehearsal: a server on this machine and nothing else (interface)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from broker.terms import Refusal
from broker.transport import http
from broker.transport.errors import EgressRefused

LOOPBACK = "127.0.0.1"
PATIENCE = 50.0  # seconds: each file that she sends is read by us before she is done
UNREACHABLE = Refusal("rehearsal.unreachable")
NOT_THERE = Refusal("state.conflict", "the co-op does not have the letter")


def act(token: str, what: str, wanted: dict[str, Any]) -> int | Refusal:
    """Have the played co-op do something about a thread (`broker.rehearsal.clerk`); give how many files it sent.

    Refused: `state.conflict` where it does not have the letter, `rehearsal.unreachable` where nobody plays it.
    """
    if urlsplit(settings.REHEARSAL_COOP_URL).hostname != LOOPBACK:
        return UNREACHABLE
    try:
        url = f"{settings.REHEARSAL_COOP_URL}/clerk"
        with http.client("rehearsal", url, calls="POST", timeout=PATIENCE) as client:
            answer = client.post(url, json={"token": token, "what": what, "wanted": wanted})
    except (http.HTTPError, EgressRefused):
        return UNREACHABLE
    if answer.status_code == 404:
        return NOT_THERE
    return int(answer.json()["files"]) if answer.status_code == 200 else UNREACHABLE
