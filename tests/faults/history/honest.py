"""A history is played and judged."""

import hmac
import time
from typing import Any

from broker.vault import keyring
from requests_app.pull import PROGRAMS_KEYS
from tests.faults.history import judging, playing
from tests.faults.history.standing import Installation

LONG, LEAST = 300, 10  # seconds, and how many of each kind of call have to be acknowledged in so long a history


def played(seed: int, *, seconds: float, kills: int, every: float, consents: int) -> dict[str, Any]:
    """Play for so many seconds and kills, one kill in `every` seconds or so, and give what was found."""
    place = Installation(consents)
    try:
        began = time.monotonic()
        play = playing.Play(place, seed, every=every)
        play.run(seconds, kills)
        span, said = time.monotonic() - began, place.facts()
    finally:
        place.end()
    facts = judged_by(place, play.calls, said)
    return {
        "played_seconds": round(span),
        "clients": playing.CLIENTS,
        "kills": play.killed.total(),
        "killed": dict(sorted(play.killed.items())),
        "calls": len(play.calls),
        "answers": playing.figures(play.calls),
        "stops_answered": sum(each.kind == judging.STOP and each.acknowledged for each in play.calls),
        "stale_reads": len(judging.stale(play.calls)),
        "events": said["events"],
        "too_few": judging.too_few(play.calls, LEAST if span >= LONG else 0),
        "violations": judging.violations(play.calls, facts)[:50],
    }


def judged_by(place: Installation, calls: list[judging.Call], said: dict[str, Any]) -> judging.Facts:
    """Put what the installation says after a history as the judge wants it."""
    return judging.Facts(
        stops=said["stops"],
        ended=frozenset(said["ended"]),
        releases=said["releases"],
        requests=_by_their_keys(calls, {key: row for key, row in said["requests"].items() if key not in place.marks}),
        grants={key: tuple(each) for key, each in said["grants"].items()},
        wrong=(
            *said["wrong"],
            *(f"{each}: a consent that nobody gave" for each in said["consents"] if each not in place.given),
        ),
    )


def _by_their_keys(calls: list[judging.Call], requests: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Name requests by the Idempotency-Key that a client sent: the database has its keyed hash alone."""
    secret = keyring.secret(PROGRAMS_KEYS)
    sent = {each.about for each in calls if each.kind == judging.ASK}
    known = {hmac.digest(secret, each.encode(), "sha256").hex(): each for each in sent}
    return {known.get(key, key): tuple(rows) for key, rows in requests.items()}
