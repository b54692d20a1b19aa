"""What is done unseen to second holders, what they asked for, and signs of abuse: the next verification names it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.approvals import decide
from broker.audit import signer
from broker.jobs import JobView
from broker.parties.models import Role
from broker.terms import Actor
from consents.joint import counting, dismissing, ending_both, hearing, members, objecting, work
from consents.joint.models import AbuseSign, CoApproval, JointMember, ObjectionReach
from consents.models import PaperNotice
from consents.paper import posting
from tests.integration.audit_support import STAFF, log_world, tamper, verified
from tests.joint_world import BETTY, JAMES, LINE, objection, person
from tests.packs_world import proven_world
from tests.requests_world import ACCOUNT, World


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A log of the test's own on each engine."""
    settings.ABUSE_GRANTS_PER_RECIPIENT = 0
    with log_world(settings, tmp_path) as made:
        yield made


@pytest.fixture
def w() -> World:
    """A member's consent whose second holder was told, asked that both must agree, and agreed; and a sign of abuse."""
    made = proven_world()
    member, now = recorded(made), timezone.now()
    assert members.name_address(member, BETTY, actor=STAFF)
    told(member)
    assert members.require_both(member, actor=members.speaker(member), now=now)
    told(member)
    assert members.agree(member, now=now)
    with transaction.atomic():
        counting.look(made.consent, place="", helper="", now=now)
    return made


def recorded(w: World) -> JointMember:
    """The second holder, as signing records one."""
    with transaction.atomic():
        found = members.record(w.consent, w.account, line=LINE, signer="James R Smith", now=timezone.now())
    assert found is not None
    return found


def told(member: JointMember) -> None:
    """The mail to the second holder is written."""
    job = JobView(uuid.uuid4(), members.TELL, member.consent_id, 1, 0, timezone.now())
    work.tell_job(job)


MEMBER, BOTH, SIGN, REACH = "joint_jointmember", "joint_coapproval", "joint_abusesign", "joint_objectionreach"
GONE, OTHER = "is gone from the database", "says something else than its event about"


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (MEMBER, f"DELETE FROM {MEMBER}", f"A second holder of a consent's account {GONE}"),
        (MEMBER, f"UPDATE {MEMBER} SET must_agree = :no", f"{OTHER} both must agree"),
        (MEMBER, f"UPDATE {MEMBER} SET agreed_at = NULL", f"{OTHER} agreement"),
        (MEMBER, f"UPDATE {MEMBER} SET told_at = NULL", f"{OTHER} notice"),
        (MEMBER, f"UPDATE {MEMBER} SET stopped_at = created_at", f"{OTHER} stop"),
        (BOTH, f"DELETE FROM {BOTH}", f"A note that both holders must agree {GONE}"),
        (SIGN, f"DELETE FROM {SIGN}", f"A sign of abuse {GONE}"),
        (SIGN, f'UPDATE {SIGN} SET counted = counted + 8, "limit" = 8', f"A sign of abuse {OTHER}"),
    ],
)
def test_a_row_that_its_owner_deletes_or_changes_is_named(
    desk: signer.Desk, w: World, table: str, statement: str, said: str
) -> None:
    assert verified(desk).ok, verified(desk).why
    tamper(statement, {"no": False} if ":no" in statement else None, table=table)
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert said in found.why, found.why


def test_what_the_signer_asked_for_and_a_stop_are_no_finding(desk: signer.Desk) -> None:
    w = proven_world()
    member, her = recorded(w), Actor("c", w.customer.id)
    assert members.name_address(member, BETTY, actor=her)
    assert members.require_both(member, actor=her, now=timezone.now())
    assert (CoApproval.objects.count(), member.must_agree) == (1, True)
    told(member)
    assert members.stop(member, now=timezone.now())
    found = verified(desk)
    assert found.ok, found.why
    assert AbuseSign.objects.count() == 0


def test_an_end_by_two_people_and_a_new_ask_are_no_finding_and_an_end_that_vanished_is(
    desk: signer.Desk, w: World
) -> None:
    row, member = CoApproval.objects.get(), JointMember.objects.get()
    (_user, asks), (_other, decides) = person(Role.STAFF), person(Role.OFFICER)
    asked = ending_both.request(row, requester=asks, reason="a letter of each", now=timezone.now())
    decide.approve(asked.id, approver=decides, now=timezone.now())
    assert members.require_both(member, actor=members.speaker(member), now=timezone.now())
    assert list(row.changes.order_by("at").values_list("kind", flat=True)) == ["ended", "again"]
    assert verified(desk).ok, verified(desk).why
    tamper("DELETE FROM joint_bothchange WHERE kind = 'ended'", None, table="joint_bothchange")
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert f"A change of “both must agree” {GONE}" in found.why, found.why


def test_a_mailbox_that_two_people_recorded_is_no_finding_and_one_that_vanished_is(desk: signer.Desk) -> None:
    w = proven_world()
    member = recorded(w)
    told(member)
    posting.posted(PaperNotice.objects.get(), actor=STAFF, now=timezone.now())
    assert members.require_both(member, actor=members.speaker(member), now=timezone.now())
    (_user, asks), (_other, decides) = person(Role.STAFF), person(Role.OFFICER)
    asked = hearing.request(member, BETTY, requester=asks, reason="her call", now=timezone.now())
    decide.approve(asked.id, approver=decides, now=timezone.now())
    told(member)
    found = verified(desk)
    assert found.ok, found.why
    tamper("DELETE FROM joint_holdermailbox", None, table="joint_holdermailbox")
    found = verified(desk)
    assert (found.ok, found.kind) == (False, "columns")
    assert f"A second holder's mailbox as staff wrote it down {GONE}" in found.why, found.why


@pytest.mark.parametrize("ending", ["upheld", "dismissed"])
def test_a_pause_that_its_objection_ended_stays_ended(desk: signer.Desk, ending: str) -> None:
    w = proven_world()
    made = objection(number=ACCOUNT, email=JAMES)
    assert ObjectionReach.objects.filter(consent=w.consent, lifted_at=None).exists()
    if ending == "upheld":
        assert objecting.uphold(made, actor=STAFF, now=timezone.now())
    else:
        (_user, asks), (_other, decides) = person(Role.STAFF), person(Role.OFFICER)
        asked = dismissing.request(made, requester=asks, reason="asked the co-op", now=timezone.now())
        decide.approve(asked.id, approver=decides, now=timezone.now())
    found = verified(desk)
    assert found.ok, found.why
    tamper(f"UPDATE {REACH} SET lifted_at = NULL", table=REACH)
    found = verified(desk)
    assert not found.ok
    assert f"A pause by an objection {OTHER} end" in found.why
