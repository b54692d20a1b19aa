"""What is done unseen to clerks' notes, proofs, suspensions and objections: the next day's verification names it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.audit import signer
from broker.parties.models import Role
from broker.terms import SERVICE, Actor
from consents.checking import acts
from consents.identity.levels import confirm_by_utility
from consents.joint import dismissing, objecting
from consents.models import Consent, Suspension
from consents.suspending import resume, suspend
from tests.integration.audit_support import STAFF, log_world, tamper, verified
from tests.joint_world import objection, person
from tests.packs_world import proven_world
from tests.requests_world import ACCOUNT, World


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine."""
    with log_world(settings, tmp_path) as made:
        yield made


@pytest.fixture
def w() -> World:
    """A member's consent, and everything that can be said about it by others."""
    made = proven_world()
    now, consent = timezone.now(), made.consent
    confirm_by_utility(consent, how="call_back", actor=STAFF, now=now)
    suspend(consent, because="officer", actor=STAFF, now=now)
    resume(consent, actor=STAFF, now=now)
    assert acts.released(consent.letter, once=uuid.uuid4(), address="192.0.2.1", now=now) == "done"
    assert acts.doubt(consent.letter, "It looks odd.", once=uuid.uuid4(), address="192.0.2.1", now=now) == "done"
    objecting.uphold(objection(number="11110001"), actor=STAFF, now=now)
    objection(number=ACCOUNT)
    return made


CLERK, PROOF, HELD, OBJECTED, REACH = (
    "checking_clerkact", "identity_proof", "consents_suspension", "joint_objection", "joint_objectionreach",
)  # fmt: skip
GONE, UNMADE = "is gone from the database", "stands in the database without an event that made it"


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (CLERK, f"DELETE FROM {CLERK} WHERE kind = 'doubt'", f"A note of a utility's clerk {GONE}"),
        (CLERK, f"UPDATE {CLERK} SET kind = 'released', words = NULL", "something else than its event about kind"),
        (PROOF, f"DELETE FROM {PROOF} WHERE level = 'L3'", f"A proof of an account {GONE}"),
        (
            PROOF,
            f"UPDATE {PROOF} SET how = 'clerk_button' WHERE level = 'L3'",
            "something else than its event about how",
        ),
        (HELD, f"DELETE FROM {HELD} WHERE because = 'utility_doubt'", f"A suspension of a consent {GONE}"),
        (HELD, f"UPDATE {HELD} SET lifted_at = since WHERE lifted_at IS NULL", "than its event about end"),
        (HELD, f"UPDATE {HELD} SET because = 'dormant' WHERE because = 'officer'", "than its event about reason"),
        (OBJECTED, f"DELETE FROM {OBJECTED} WHERE state = 'upheld'", f"A holder's objection {GONE}"),
        (OBJECTED, f"UPDATE {OBJECTED} SET state = 'received', resolved_at = NULL", "than its event about state"),
        (REACH, f"DELETE FROM {REACH}", f"A pause by an objection {GONE}"),
        (REACH, f"UPDATE {REACH} SET lifted_at = since", "A pause by an objection says something else"),
    ],
)
def test_a_row_that_its_owner_deletes_or_changes_is_named(
    desk: signer.Desk, w: World, table: str, statement: str, said: str
) -> None:
    assert verified(desk).ok, verified(desk).why
    tamper(statement, table=table)
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert said in found.why, found.why


def test_a_proof_that_no_event_made_is_named(desk: signer.Desk, w: World) -> None:
    columns = "level, how, consent_id, file, at, account_id"
    other = f"SELECT '{uuid.uuid4().hex}', audit_event_id + 1, {columns} FROM {PROOF} WHERE level = 'L3'"
    tamper(f"INSERT INTO {PROOF} (id, audit_event_id, {columns}) {other}", table=PROOF)
    found = verified(desk)
    assert not found.ok
    assert f"A proof of an account {UNMADE}" in found.why


def test_an_objection_that_ends_as_it_should_is_no_finding(desk: signer.Desk, w: World) -> None:
    now, (_user, asks), (_other, decides) = timezone.now(), person(Role.STAFF), person(Role.OFFICER)
    asked = dismissing.request(objection(number=ACCOUNT), requester=asks, reason="asked the co-op", now=now)
    decide.approve(asked.id, approver=decides, now=now)
    resume(w.consent, actor=STAFF, now=now)
    assert Consent.objects.get(id=w.consent.id).state == "active"
    suspend(w.consent, because=Suspension.Because.DORMANT, actor=SERVICE("consent-life"), now=now)
    resume(w.consent, actor=Actor("c", w.customer.id), now=now)
    found = verified(desk)
    assert found.ok, found.why
