"""No false alarm: logs that nobody touched verify, however they came to be."""

import random
import uuid
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from broker.audit import integrator, log
from tests.faults.scale import SEED, record, scaled
from tests.faults.tamper_world import judge
from tests.integration.audit_support import STAFF, integrate, logged_in_as, make_signer, write


class Undone(Exception):
    """A transaction that its writer gives up."""


def test_a_log_that_nobody_touched_verifies_at_every_size(committing: str, settings: Any, tmp_path: Path) -> None:
    """One log grows; after each random stretch of writing, giving up and signing it is a log that must verify."""
    settings.DATA_DIR, settings.SIGNER_DIR = tmp_path, tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    desk = make_signer(settings.SIGNER_DIR)
    chance = random.Random(SEED)
    rounds = scaled(25, 500)
    alarms = []
    for number in range(rounds):
        _stretch(chance)
        if chance.random() < 0.8:
            integrate(desk.answer)
        else:  # in the tree, not signed; or not even in the tree
            log.close_lanes()
            if chance.random() < 0.5:
                with logged_in_as("broker_integrator"):
                    log.reset(fresh_operations=True)
                    integrator.Integrator(desk.answer).integrate()
                    log.reset()
        found = judge()
        if not found.ok:
            alarms.append((number, found[:5]))
    desk.close()
    record("clean logs", connection.vendor, rounds=rounds, alarms=len(alarms))
    assert not alarms


def _stretch(chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 9)):
        subject = uuid.UUID(int=chance.randrange(200, 230))
        kind = chance.randrange(5)
        if kind == 0:
            parent: Any = {"act": "data.viewed", "actor": STAFF, "subject": None, "body": {"page": "list"}}
            log.append_group(parent, [{**parent, "subject": subject, "obj": "data"}] * chance.randrange(3))
        elif kind == 1:
            _given_up(subject)
        elif kind == 2:
            log.append_read("data.read", actor=STAFF, subject=subject, body={}, purpose="support", obj="data")
        elif kind == 3:
            log.close_lanes()
        else:
            write(subject=subject, body={"text": "y" * chance.randrange(300)})


def _given_up(subject: uuid.UUID) -> None:
    try:
        with transaction.atomic():
            write(subject=subject)
            raise Undone
    except Undone:
        pass
