"""A history is played and judged."""

import hmac
import time
from typing import Any

from broker.vault import keyring
from requests_app.pull import PROGRAMS_KEYS
from tests.faults.history import judging, playing
from tests.faults.history.standing import Installation

_BOTH = (judging.READ, judging.STOP)
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
    place.marks |= {_hashed(playing.asked_for(each)) for each in play.granted}
    after = judging.after_stops(play.calls)
    hers = {each["stop"] for each in play.filed.values()}
    after_by_way = {way: sum(each.way == way for each in after) for way in playing.WAYS}
    done = {kind: {each.about for each in play.calls if each.kind == kind and each.acknowledged} for kind in _BOTH}
    granted = {
        "filed": len(hers),
        "read": len(done[judging.READ] & hers),
        "stopped": len(done[judging.STOP] & hers),
    }
    long = span >= LONG
    facts = judged_by(place, play.calls, said)
    return {
        "played_seconds": round(span),
        "clients": playing.CLIENTS,
        "kills": play.killed.total(),
        "killed": dict(sorted(play.killed.items())),
        "calls": len(play.calls),
        "answers": playing.figures(play.calls),
        "stops_answered": sum(each.kind == judging.STOP and each.acknowledged for each in play.calls),
        "reads_after_stops": len(after),
        "reads_by_way": {
            way: sum(each.way == way and each.acknowledged for each in play.calls) for way in playing.WAYS
        },
        "reads_after_stops_by_way": after_by_way,
        "granted_in_play": granted,
        "stale_reads": len(judging.stale(play.calls)),
        "events": said["events"],
        "too_few": [
            *judging.too_few(play.calls, LEAST if long else 0),
            *(f"after a stop by {way}" for way, count in after_by_way.items() if long and count < LEAST),
            *(f"granted in play, {what}" for what, count in granted.items() if long and not count),
        ],
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
    known = {_hashed(each.about): each.about for each in calls if each.kind == judging.ASK}
    return {known.get(key, key): tuple(rows) for key, rows in requests.items()}


def _hashed(key: str) -> str:
    return hmac.digest(keyring.secret(PROGRAMS_KEYS), key.encode(), "sha256").hex()
