"""What is done unseen to endpoints, keys and messages: the next day's verification names it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log, signer
from requests_app.hooks import actions
from requests_app.hooks.outbox import tell
from tests.hook_receivers import receiving
from tests.hooks_world import endpoint
from tests.integration.audit_support import log_world, tamper, verified
from tests.integration.test_hook_acts import STAFF
from tests.packs_world import proven_world
from tests.requests_world import ACTOR, run_job


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine, and messages of every fate."""
    with log_world(settings, tmp_path) as made, receiving(204, 500, 410) as receiver:
        settings.WEBHOOK_EGRESS = [f"127.0.0.1:{receiver.port}"]
        w, now = proven_world(), timezone.now()
        first = endpoint(w, receiver.url)
        endpoint(w, "https://hooks.example.com/in")
        actions.rotate(first.endpoint, actor=STAFF, now=now)
        for number in range(4):
            with transaction.atomic():
                ref = log.append("consent.resumed", actor=ACTOR, subject=w.customer.id, body={"n": number})
                data = {"consent": w.consent.id}
                rows = tell("consent.resumed", data, organisation=w.organisation.id, ref=ref, now=now)
            if number < 3:
                run_job("hook.send", rows[0].id)
        assert actions.resend(rows[0], actor=STAFF, now=now) is not None
        yield made


ENDPOINT, KEY, DELIVERY = "hooks_endpoint", "hooks_signingkey", "hooks_delivery"
OTHER = "says something else than its event about"


def test_what_was_done_in_order_is_claimed(desk: signer.Desk) -> None:
    assert verified(desk).ok, verified(desk).why


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (ENDPOINT, f"UPDATE {ENDPOINT} SET url = 'https://evil.example.com/'", f"A webhook endpoint {OTHER} address"),
        (
            ENDPOINT,
            f"UPDATE {ENDPOINT} SET disabled_at = NULL, disabled_because = ''",
            f"A webhook endpoint {OTHER} reason of its end",
        ),
        (KEY, f"DELETE FROM {KEY} WHERE ends_at IS NOT NULL", "A webhook signing key is gone from the database"),
        (KEY, f"UPDATE {KEY} SET ends_at = made_at WHERE ends_at IS NOT NULL", f"A webhook signing key {OTHER} end"),
        (DELIVERY, f"DELETE FROM {DELIVERY} WHERE state = 'queued'", "A webhook delivery is gone from the database"),
        (
            DELIVERY,
            f"UPDATE {DELIVERY} SET state = 'delivered' WHERE state = 'waiting'",
            "A webhook delivery ",
        ),
        (
            DELIVERY,
            f"UPDATE {DELIVERY} SET attempts = 9 WHERE state = 'delivered'",
            f"A webhook delivery {OTHER} tries",
        ),
    ],
)
def test_what_is_done_unseen_is_named(desk: signer.Desk, table: str, statement: str, said: str) -> None:
    if "ended_at" not in statement and "state = 'delivered'" in statement and "waiting" in statement:
        statement = statement.replace("SET state = 'delivered'", "SET state = 'delivered', ended_at = at")
    tamper(statement, table=table)
    assert said in verified(desk).why
