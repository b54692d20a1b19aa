"""The kill matrix: writers, integrator and signer killed -9 at each named point, again and again, over one log."""

import random
import subprocess
from pathlib import Path

from django.conf import settings as django_settings
from django.db import connection

from broker.audit import checkpoint, signer, store
from broker.parties.models import Organisation
from tests.faults.killed_process import POINTS
from tests.faults.scale import SEED, WHOLE, record, scaled
from tests.faults.test_audit_kill import lines, place, running
from tests.integration.audit_support import headers, integrate, lanes_have_no_gap, verdict

__all__ = ["place"]
MODULE = ("-m", "tests.faults.killed_process")


def test_whatever_dies_wherever_nothing_is_lost_or_told_twice(place: Path) -> None:
    chance = random.Random(SEED)
    roots: dict[int, bytes] = {}
    rounds = scaled(3, 160)
    for number in range(rounds):
        _round(place, chance, number)
        _remember(place, roots)
    desk = signer.Desk(place / "signer")
    integrate(desk.answer)
    desk.close()
    _remember(place, roots)
    changes = Organisation.objects.count()
    events = len([head for head in headers() if head.act == "parties.created"])
    record("kill matrix", connection.vendor, rounds=rounds, changes=changes, events=events, checkpoints=len(roots))
    assert changes == events > 0
    assert lanes_have_no_gap()
    assert verdict()["ok"]


def _round(place: Path, chance: random.Random, number: int) -> None:
    """Start all three; one of each role dies at a point of its own, the others when the round is over."""
    said = {role: _chosen(role, chance, number) for role in POINTS}
    with (
        running(place, *MODULE, "signer", *said["signer"]) as signing,
        running(place, *MODULE, "integrator", *said["integrator"], role="broker_integrator") as integrating,
        running(place, *MODULE, "writer", *said["writer"]) as writing,
    ):
        for process in (writing, integrating, signing):
            lines(process, 1)
        for process in (writing, integrating, signing):
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:  # it has not come to its point yet: it dies where it stands
                process.kill()


def _chosen(role: str, chance: random.Random, number: int) -> tuple[str, str]:
    points = POINTS[role]
    return points[number % len(points)], str(chance.randrange(1, 12))


def _remember(place: Path, roots: dict[int, bytes]) -> None:
    """Every size that was ever signed has one root: in the database, and in the signer's lock file."""
    keys = store.verifier_keys()
    seen = [checkpoint.open_checkpoint(each.note, keys, origin=django_settings.LOG_ORIGIN) for each in store.notes(1)]
    last = checkpoint.parse((place / "signer" / signer.LAST).read_text("ascii"))
    for each in [*seen, last]:
        assert roots.setdefault(each.size, each.root) == each.root


def test_every_point_is_one_that_a_process_comes_to(place: Path) -> None:
    """A point that was renamed away would be a kill that never happens."""
    if connection.vendor == "postgresql":
        return  # the same points: once is enough
    for role, points in POINTS.items():
        for point in points if WHOLE else points[-2:]:
            _dies(place, role, point)


def _dies(place: Path, role: str, point: str) -> None:
    at = {each: (point if each == role else "nowhere", "1") for each in POINTS}
    with (
        running(place, *MODULE, "signer", *at["signer"]) as signing,
        running(place, *MODULE, "integrator", *at["integrator"], role="broker_integrator") as integrating,
        running(place, *MODULE, "writer", *at["writer"]) as writing,
    ):
        chosen = {"signer": signing, "integrator": integrating, "writer": writing}[role]
        assert chosen.wait(60) == -9, f"{role} never came to “{point}”"
