"""Each flow × each point that it passes × each fault: after the restart the invariants hold, and it happened once.

A few cases run with the suite, all of them by `./run faults points`.
"""

import os
import random
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from broker.audit import log
from tests.faults.points import duties, elsewhere, files, granting, keeping, requests, stopping
from tests.faults.points.flow import Flow, Mails
from tests.faults.points.injecting import FAULTS
from tests.faults.points.running import Stage
from tests.faults.scale import SEED, WHOLE, record

REPEATS = int(os.environ.get("FAULTS_REPEATS", "1"))  # of each case in a whole run
MOST = int(os.environ.get("FAULTS_SAMPLE", "0")) or None  # cases of each flow in a whole run
FLOWS: tuple[type[Flow], ...] = (
    requests.Asked, requests.Sent, requests.Told, requests.Received, requests.Accepted, requests.Read,
    requests.FeeAgreed,
    stopping.Stopped, stopping.RanOut, stopping.KeyEnded, stopping.Destroyed,
    files.Shared, files.Hooked, files.ReadByNectar, files.HookOfNectar,
    keeping.BackedUp, keeping.Rewrapped, keeping.Signed, keeping.LossDeclared,
    elsewhere.Anchored, elsewhere.StoredOnS3,
    duties.Halted, duties.Resumed, duties.Suspended, duties.Broken, duties.Held, duties.Opened,
    duties.Complained,
    granting.SignedByHer, granting.Sealed, granting.Renewed,
)  # fmt: skip


# Of these a few cases run with the suite.
SAMPLE = {
    ("sqlite", "request"), ("sqlite", "mail sent"), ("sqlite", "file imported"), ("sqlite", "log signed"),
    ("sqlite", "stop switch"),
    ("postgresql", "revoke"), ("postgresql", "release"), ("postgresql", "key rotation"),
}  # fmt: skip


def _chosen() -> list[Any]:
    return [
        pytest.param(kind, engine, id=f"{kind.name}-{engine}", marks=marks)
        for kind in FLOWS
        for engine, marks in (("sqlite", []), ("postgresql", [pytest.mark.postgresql]))
        if WHOLE or (engine, kind.name) in SAMPLE
    ]


@pytest.mark.parametrize(("kind", "engine"), _chosen())
def test_whatever_goes_wrong_at_a_point_the_flow_ends_once(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch,
    kind: type[Flow], engine: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while hours pass
    mails = Mails()
    mails.server.start()
    changes = override_settings()
    changes.enable()
    place = f"127.0.0.1:{mails.server.port}"
    settings.ALLOWED_EGRESS, settings.UTILITY_MAIL_SERVER = [place], place
    settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", mails.server.port
    flow = kind(settings, mails)
    try:
        with django_db_blocker.unblock(), flow.around():
            stage = Stage(flow, engine, settings)
            points = stage.begin()
            cases = [(point, fault) for point in points for fault in FAULTS]
            drawn = random.Random(SEED).sample(cases, min(len(cases), MOST or len(cases)) if WHOLE else 3)
            chosen = drawn * REPEATS
            wrong = {f"{point}, {fault}": found for point, fault in chosen if (found := stage.case(point, fault))}
    finally:
        mails.server.stop()
        changes.disable()
    counts = {"there": len(cases), "cases": len(drawn), "runs": len(chosen)}
    record("points", engine, flow=kind.name, faults=FAULTS, points=points, **counts, violations=wrong)
    assert points
    assert not wrong, "\n".join(f"{case}: {each}" for case, found in wrong.items() for each in found)
