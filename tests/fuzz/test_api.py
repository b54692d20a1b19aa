"""A sample of what `./run fuzz api` runs whole: no answer is a fault of ours, and none that nobody described."""

import json
import os
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from requests_app.models import ReceivedFile
from tests.fuzz.api import Caller, names, play
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_release import delivered, revoke
from tests.requests_world import ACTOR, World, coop, grant, organisation, world
from tests.served import web

EXAMPLES, SEED = int(os.environ.get("FUZZ_API_EXAMPLES", "4")), int(os.environ.get("FUZZ_API_SEED", "20261126"))
# Reached with a good answer by tests of their own: a call alone cannot bring about what they need.
NEEDS_MORE = {
    "resendAsk": "a day has to pass first",
    "resendWebhookDelivery": "a delivery has to be dead first",
    "orderConfirmation": "a consent has to wait for the co-op first",
    "orderDecline": "an ask has to wait for its answer first",
    "orderExpiry": "an ask has to wait for its answer first",
    "orderGrant": "an ask has to wait for its answer first",
    "orderRevocation": "an ask has to be granted first",
    "rotateWebhookKey": "an endpoint that was made just now has a new key already",
}
LIMITS = dict.fromkeys(("API_CALLS_PER_MINUTE", "API_CHECKS_PER_MINUTE", "API_WRONG_KEYS_PER_HOUR"), "1000000")


def other(w: World) -> World:
    """Another recipient, to whom the same member gave a consent of her own."""
    recipient, application, key = organisation("peer", timezone.now())
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        consent = grant(w.customer, recipient, [w.account], ref=ref, now=timezone.now())
    return World(recipient, application, key, w.customer, w.account, consent)


def with_data(w: World) -> Caller:
    """Give this recipient readings, bills, a file, and a consent that ended after it was used."""
    days: dict[str, Any] = {"from": "2025-09-01", "to": "2025-12-01", "channel": "customer_upload"}
    manual = delivered(w)
    file = ReceivedFile.objects.get(message__manual=manual)
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"))
    ids = {"request_id": str(manual.request_id), "file_id": str(file.id), "consent_id": str(w.consent.id)}
    billed = str(w.requested(data_types=["bill"], **days).id)
    return Caller(w.key, ids, {"request_id": billed}, {"consent_id": str(ended(w))})


def ended(w: World) -> uuid.UUID:
    """A consent of another member, whose data this recipient read and who stopped then."""
    number, now = str(40900100 + w.organisation.id.int % 800), timezone.now()
    customer_id = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=customer_id, body={})
        customer = ensure_customer(customer_id, f"{number}@member.example", language="en", ref=ref, now=now)
        account = ensure_account(
            customer, "obec", AccountFacts(number, "Lee Member", "3 Example Road"), ref=ref, now=now
        )
        consent = grant(customer, w.organisation, [account], ref=ref, now=now)
    gone = World(w.organisation, w.application, w.key, customer, account, consent)
    bills_of(gone, a_bill(date(2025, 9, 1), "98.11", account=number, name="LEE MEMBER", address="3 Example Road"))
    file = ReceivedFile.objects.get(consent=consent)
    asked = gone.requested(
        accounts=[number], data_types=["bill"], channel="customer_upload", **{"from": "2025-09-01", "to": "2025-10-01"}
    )
    assert gone.get(f"data-requests/{asked.id}/files/{file.id}").status_code == 200
    revoke(gone)
    return consent.id


@pytest.fixture
def callers(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        first = world(letter=b"%PDF-1.7 one")
        yield with_data(first), with_data(other(first))


def test_no_answer_is_our_fault_and_none_that_nobody_described(callers: Any, tmp_path: Path) -> None:
    with web(tmp_path, **LIMITS) as address:
        found = play(address, callers, examples=EXAMPLES, seed=SEED)
    result = {
        "commit": os.environ.get("FUZZ_API_COMMIT", ""),
        "requests": found.requests,
        "seed": SEED,
        "statuses": {str(status): count for status, count in sorted(found.statuses.items())},
        "good_answers": dict(sorted(found.good.items())),
        "wrong": dict(found.wrong),
        "first": found.first,
    }
    if target := os.environ.get("FUZZ_API_RESULT"):
        Path(target).write_text(json.dumps(result, indent=1) + "\n")
    assert not found.wrong, json.dumps(result, indent=1)
    assert not any(status >= 500 for status in found.statuses), result
    assert {name for name in names() if not found.good[name]} <= set(NEEDS_MORE), result


def test_what_the_sample_cannot_reach_is_there() -> None:
    assert set(NEEDS_MORE) <= set(names())
