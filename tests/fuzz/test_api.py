"""A sample of what `./run fuzz api` runs whole: no answer is a fault of ours, and none that nobody described."""

import json
import os
import time
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.rehearsal import paper
from requests_app.models import ReceivedFile
from tests.fuzz.api import Caller, Found, names, play, with_ids
from tests.fuzz.fresh import MAKERS, Fresh, without_limits
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_release import delivered, revoke
from tests.played_coop import played_coop
from tests.requests_world import ACTOR, World, grant, organisation, world
from tests.served import web

EXAMPLES, SEED = int(os.environ.get("FUZZ_API_EXAMPLES", "4")), int(os.environ.get("FUZZ_API_SEED", "20261126"))
REQUESTS = int(os.environ.get("FUZZ_API_REQUESTS", "0"))  # at least: one round where nothing is said
OPERATOR = {"OPERATOR_ADDRESS": "9 Test Road, Example, MO 00000", "OPERATOR_PHONE": "555-0101"}
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
    return Caller(w.key, ids, {"request_id": billed}, {"consent_id": str(ended(w))}, Fresh(w))


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
    for name, value in OPERATOR.items():  # a letter names them
        setattr(settings, name, value)
    with played_coop(tmp_path, settings) as mailbox, without_limits():
        first = world(letter=paper.pdf([["one"]]))
        yield mailbox.url, (with_data(first), with_data(other(first)))


def test_no_answer_is_our_fault_and_none_that_nobody_described(callers: Any, tmp_path: Path) -> None:
    coop, both = callers
    here = {"REHEARSAL_COOP_URL": coop, "ALLOWED_EGRESS": coop.removeprefix("http://")}
    started, clock = datetime.now(UTC), time.monotonic()

    def written(found: Found) -> dict[str, Any]:
        result = {
            "commit": os.environ.get("FUZZ_API_COMMIT", ""),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - clock),
            "seed": SEED,
            "rounds": found.rounds,
            "examples": EXAMPLES,
            "callers": len(both),
            "operations": len(names()),
            "requests": found.requests,
            "statuses": {str(status): count for status, count in sorted(found.statuses.items())},
            "not_reached": sorted(name for name in names() if not found.good[name]),
            "foreign": {name: found.foreign[name] for name in sorted(with_ids())},
            "good_answers": {name: found.good[name] for name in sorted(names())},
            "wrong": dict(found.wrong),
            "first": found.first,
        }
        if target := os.environ.get("FUZZ_API_RESULT"):  # after each round: a long run may be ended before its time
            Path(target).write_text(json.dumps(result, indent=1) + "\n")
        return result

    with web(tmp_path, **LIMITS, **OPERATOR, **here) as address:
        found = play(address, both, examples=EXAMPLES, seed=SEED, least=REQUESTS, after=written)
    result = written(found)
    assert not found.wrong, json.dumps(result, indent=1)
    assert not any(status >= 500 for status in found.statuses), result
    assert not result["not_reached"], result
    assert all(result["foreign"].values()), result  # each was tried with what is the other's


def test_what_is_made_fresh_is_made_for_operations_that_there_are() -> None:
    assert set(MAKERS) <= set(names())
