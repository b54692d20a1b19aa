"""The tamper matrix: whatever somebody who owns the database does to the log, a verifier without keys names it."""

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from broker.audit import integrator, log, signer
from tests.environment import ROOT
from tests.faults import random_edits
from tests.faults.scale import SEED, WHOLE, record, scaled
from tests.faults.tamper_copies import Config, copy
from tests.faults.tamper_world import Spot, build, burst, judge, owner, spots
from tests.faults.tampering import CASES, Case
from tests.integration.audit_support import integrate, logged_in_as, make_signer

LIMITS = "f2402ea048d573e85619e03d5476ac5b"  # of docs/log-limits.md as it stood before the first run


@pytest.fixture
def built(committing: str, settings: Any, tmp_path: Path) -> Config:
    """A log to tamper with, verified clean."""
    settings.DATA_DIR, settings.SIGNER_DIR = tmp_path, tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    desk: signer.Desk = make_signer(settings.SIGNER_DIR)
    build(desk)
    desk.close()
    assert judge().ok
    return dict(connections.settings["default"])


def test_every_tampering_at_every_place_is_found(built: Config, tmp_path: Path) -> None:
    missed = []
    tried = [(case, spot) for case in CASES for spot in _spots(case)]
    for case, spot in tried:
        with copy(built, tmp_path):
            with owner() as hands:
                case.act(hands, spot)
            trouble = _unsigned(spot) if case.unsigned else _verified(case, spot)
        if trouble:
            missed.append(f"{case.name}, {spot.name} ({spot.seq}): {trouble}")
    record("tamper matrix", connection.vendor, tried=len(tried), missed=missed)
    assert not missed, "\n".join(missed)


def _spots(case: Case) -> list[Spot]:
    """All places of a case; in a sample one, another for each case."""
    fitting = [spot for spot in spots() if spot.name in case.places]
    return fitting if WHOLE else [fitting[len(case.name) % len(fitting)]]


def _verified(case: Case, spot: Spot) -> str:
    """Say what the verifier missed: the fact, its kind, or its place."""
    found = judge()
    right = not found.ok and found.kind in case.kinds
    return "" if right and (not case.names_place or found.first_bad == spot.seq) else str(found[:5])


def _unsigned(spot: Spot) -> str:
    """Say whether an integrator that begins would have the altered rest signed."""
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        try:
            integrator.Integrator().sign()
        except integrator.Diverged as stopped:
            return "" if str(spot.seq) in str(stopped) else str(stopped)
        finally:
            log.reset()
    return "it went on"


def test_random_edits_of_hashed_data_are_found(built: Config, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    missed, rounds = [], scaled(20, 1000)
    for _ in range(rounds):
        with copy(built, tmp_path):
            with owner() as hands:
                what = random_edits.edit(hands, chance)
            if judge().ok:
                missed.append(what)
    record("random edits", connection.vendor, tried=rounds, missed=missed)
    assert not missed, "\n".join(missed)


def test_an_old_copy_that_was_put_back_is_found(committing: str, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.SIGNER_DIR = tmp_path, tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    desk = make_signer(settings.SIGNER_DIR)
    burst(20)
    integrate(desk.answer)
    old = dict(connections.settings["default"])
    assert judge().ok
    with copy(old, tmp_path):  # the log goes on elsewhere, and is signed there
        burst(5)
        integrate(desk.answer)
        assert judge().ok
    found = judge()
    assert (found.ok, found.kind) == (False, "rollback")
    burst(9)  # another history of the same length and more
    with pytest.raises(integrator.Diverged):
        integrate(desk.answer)
    assert judge().kind in ("rollback", "consistency")
    desk.close()


def test_the_list_of_limits_was_not_lengthened() -> None:
    text = (ROOT / "docs/log-limits.md").read_bytes()
    assert hashlib.sha256(text).hexdigest().startswith(LIMITS), "find the tampering; do not add a limit"
