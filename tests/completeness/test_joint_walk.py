"""What holders who did not sign do, what staff do about it, and the jobs: each leaves exactly the declared events."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.jobs import JobView
from broker.parties.models import EmailLink, Role
from broker.terms import SERVICE
from consents.joint import counting, dismissing, ending_both, members, objecting, work
from consents.joint.models import CoApproval, JointMember, Objection
from consents.models import PaperNotice
from consents.paper import posting
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.test_desk_walk import answers, signed_in
from tests.completeness.test_every_job import runs
from tests.completeness.watch import Watch
from tests.joint_world import BETTY, objection, person, proven, stranger
from tests.requests_world import ACCOUNT, World, world

CODE, TOKEN = "123456", "t" * 43


@pytest.fixture
def w(committing: str) -> World:
    return world()


@contextmanager
def known_secrets() -> Iterator[None]:
    """Let the next mailed link and code be known, instead of reading a mailbox."""
    with (
        patch("broker.parties.links._new_code", return_value=CODE),
        patch("broker.parties.links.secrets.token_urlsafe", return_value=TOKEN),
    ):
        yield


def newest_link() -> Any:
    return EmailLink.objects.order_by("-created_at")[0].id


def second_holder(w: World) -> JointMember:
    """Record a second holder of the world's consent."""
    with transaction.atomic():
        made = members.record(w.consent, w.account, line="PAT OR KIM MEMBER", signer="Pat Member", now=timezone.now())
    assert made is not None
    return made


def written(w: World, member: JointMember) -> None:
    """The letter to a second holder is written and posted: the account is proven."""
    proven(w.consent)
    job = JobView(uuid.uuid4(), members.TELL, w.consent.id, 1, 0, timezone.now())
    work.tell_job(job)
    posting.posted(PaperNotice.objects.get(), actor=SERVICE("tests"), now=timezone.now())


def test_second_holders_leave_what_is_declared(w: World) -> None:
    watch, her, other = Watch(DECLARED, prefix="joint"), Client(), Client()
    member = second_holder(w)
    watch.know("her", w.customer.id)
    watch.know("member", member.id)
    watch.names["consent"] = str(w.consent.id)
    session = her.session
    session["customer"] = str(w.customer.id)
    session.save()
    mine, theirs = f"/my/{w.consent.id}/holder/", f"/holder/{members.token(member.id)}/"
    watch.step("my-joint GET", answers(lambda: her.get(mine), 200))
    watch.step("my-joint POST refused", answers(lambda: her.post(mine, {"email": "pat@member.example"}), 422))
    watch.step("my-joint POST", answers(lambda: her.post(mine, {"email": BETTY}), 302))
    watch.step("joint GET", answers(lambda: other.get(theirs), 200))
    watch.step("joint POST both", answers(lambda: other.post(theirs, {"answer": "both"}), 200))
    with known_secrets():
        watch.step(
            "joint POST agree",
            answers(lambda: other.post(theirs, {"answer": "agree"}), 302),
            meanwhile=lambda: watch.know("address", newest_link()),
        )
    watch.step("joint-open GET", answers(lambda: other.get(f"/holder/open/{TOKEN}/"), 200))
    watch.step("joint-open POST", answers(lambda: other.post(f"/holder/open/{TOKEN}/"), 302))
    watch.step("joint-code GET", answers(lambda: other.get("/holder/code/"), 200))
    watch.step("joint-code POST", answers(lambda: other.post("/holder/code/", {"code": CODE}), 200))
    watch.step(
        "joint-code-again POST",
        answers(lambda: other.post("/holder/code/again/"), 302),
        meanwhile=lambda: watch.know("second", newest_link()),
    )
    watch.step("joint POST stop", answers(lambda: other.post(theirs, {"answer": "stop"}), 200))
    watch.finish()


def test_objectors_leave_what_is_declared(w: World) -> None:
    watch, browser = Watch(DECLARED, prefix="object"), Client()
    watch.step("object GET", answers(lambda: browser.get("/object/"), 200))
    with known_secrets():
        watch.step(
            "object POST",
            answers(lambda: browser.post("/object/", {"email": BETTY}), 302),
            meanwhile=lambda: watch.know("address", newest_link()),
        )
    watch.step("object-open GET", answers(lambda: browser.get(f"/object/open/{TOKEN}/"), 200))
    watch.step("object-open POST", answers(lambda: browser.post(f"/object/open/{TOKEN}/"), 302))
    watch.step("object-code GET", answers(lambda: browser.get("/object/code/"), 200))
    watch.step("object-code POST wrong", answers(lambda: browser.post("/object/code/", {"code": "654321"}), 422))
    watch.step("object-code POST", answers(lambda: browser.post("/object/code/", {"code": CODE}), 302))
    account = {"number": ACCOUNT, "name": "Kim Member"}
    at = "/object/account/"
    watch.step("object-account GET", answers(lambda: browser.get(at), 200))
    watch.step("object-account POST refused", answers(lambda: browser.post(at, {**account, "name": ""}), 422))
    watch.step(
        "object-account POST",
        answers(lambda: browser.post(at, account), 302),
        meanwhile=lambda: watch.know("objection", Objection.objects.get().id),
    )
    watch.step("object-done GET", answers(lambda: browser.get("/object/done/"), 200))
    browser.post("/object/", {"email": "kim@member.example"})
    watch.know("address", newest_link())
    watch.step(
        "object-code-again POST",
        answers(lambda: browser.post("/object/code/again/"), 302),
        meanwhile=lambda: watch.know("second", newest_link()),
    )
    watch.finish()


def test_staff_leave_what_is_declared(w: World, settings: Any) -> None:
    watch, staff = Watch(DECLARED, prefix="holders"), signed_in(Role.STAFF)
    watch.know("her", w.customer.id)
    watch.names["consent"] = str(w.consent.id)
    settings.ABUSE_ACCOUNTS_PER_MAILBOX = 0
    with transaction.atomic():
        assert counting.look(w.consent, place="", helper="", now=timezone.now())
    held, one = "/admin/held-permissions/", f"/admin/held-permissions/{w.consent.id}/"
    watch.step("admin:held-consents GET", answers(lambda: staff.get(held), 200))
    watch.step("admin:held-consent-decide POST", answers(lambda: staff.post(one, {"decision": "release"}), 302))
    watch.step("admin:held-consent-decide POST again", answers(lambda: staff.post(one, {"decision": "end"}), 302))
    facts = f"/admin/accounts/{w.account.id}/facts/"
    watch.step("admin:account-facts GET", answers(lambda: staff.get(facts), 200))
    said = {"what": "closed", "day": "2026-01-01", "source": "co_op"}
    watch.step("admin:account-facts POST", answers(lambda: staff.post(facts, said), 302))
    member = second_holder(w)
    assert members.require_both(member, actor=members.speaker(member), now=timezone.now())
    one = f"/admin/both/{CoApproval.objects.get().id}/"
    watch.step("admin:both GET", answers(lambda: staff.get("/admin/both/"), 200))
    watch.step("admin:both-end GET", answers(lambda: staff.get(one), 200))
    watch.step("admin:both-end POST", answers(lambda: staff.post(one, {"reason": "a letter of each"}), 302))
    written(w, member)
    watch.know("member", member.id)
    at = f"/admin/both/mailbox/{member.id}/"
    watch.step("admin:both-mailbox GET", answers(lambda: staff.get(at), 200))
    given = {"email": BETTY, "reason": "her call, called back"}
    watch.step("admin:both-mailbox POST", answers(lambda: staff.post(at, given), 302))
    made = objection(number=ACCOUNT)
    watch.know("objection", made.id)
    at = f"/admin/objections/{made.id}/"
    watch.step("admin:objections GET", answers(lambda: staff.get("/admin/objections/"), 200))
    watch.step("admin:objection GET", answers(lambda: staff.get(at), 200))
    watch.step("admin:objection-reveal POST", answers(lambda: staff.post(f"{at}reveal/"), 200))
    watch.step("admin:objection POST", answers(lambda: staff.post(at, {"reason": "asked the co-op"}), 302))
    watch.step("admin:objection-uphold POST", answers(lambda: staff.post(f"{at}uphold/"), 302))
    watch.step("admin:objection-uphold POST again", answers(lambda: staff.post(f"{at}uphold/"), 302))
    officer = signed_in(Role.OFFICER)
    watch.step("console-objections GET", answers(lambda: officer.get("/console/objections/"), 200))
    watch.finish()


def test_the_jobs_leave_what_is_declared(w: World, settings: Any) -> None:
    kinds = [each for each in JOBS if each.startswith(("joint.", "objection.", "provers."))]
    watch = Watch({f"job {each}": JOBS[each] for each in kinds}, prefix="job")
    watch.know("her", w.customer.id)
    watch.names["consent"] = str(w.consent.id)
    member = second_holder(w)
    watch.know("member", member.id)
    watch.step("joint.tell by post", runs("joint.tell", w.consent.id))
    assert members.name_address(member, BETTY, actor=members.speaker(member))
    watch.step("joint.tell", runs("joint.tell", w.consent.id))
    with transaction.atomic():
        jobs.enqueue(ending_both.ENDED_MAIL, w.consent.id)
    watch.step("joint.ended", runs("joint.ended", w.consent.id))
    settings.ABUSE_ACCOUNTS_PER_MAILBOX = 0
    with transaction.atomic():
        counting.look(w.consent, place="", helper="", now=timezone.now())
    watch.step("joint.alert", runs("joint.alert", w.consent.id))
    with transaction.atomic():
        jobs.enqueue(members.APART, w.consent.id)
    watch.step("joint.apart", runs("joint.apart", w.consent.id))
    with transaction.atomic():
        jobs.enqueue(members.LINE, w.consent.id)
    watch.step("joint.line", runs("joint.line", w.consent.id))
    made = objection(number=ACCOUNT, checks=False)
    watch.know("objection", made.id)
    for kind in ("objection.check", "objection.received", "objection.alert"):
        watch.step(kind, runs(kind, made.id))
    with transaction.atomic():
        jobs.enqueue(objecting.COMPARE, w.consent.id)
    watch.step("objection.compare", runs("objection.compare", w.consent.id))
    watch.step("objection.paused", runs("objection.paused", w.consent.id))
    _dismissed(made)
    watch.step("objection.closed", runs("objection.closed", made.id))
    with transaction.atomic():
        jobs.enqueue(objecting.RESUMED_MAIL, w.consent.id)
    watch.step("objection.resumed", runs("objection.resumed", w.consent.id))
    assert members.require_both(member, actor=members.speaker(member), now=timezone.now())
    watch.step("joint.paused", runs("joint.paused", w.consent.id))
    other = stranger(w)
    watch.know("other", other.customer_id)
    proven(other)
    watch.step("provers.compare", runs("provers.compare", w.consent.id))
    watch.step("provers.tell", runs("provers.tell", w.account.id))
    watch.finish()


def _dismissed(made: Objection) -> None:
    made.refresh_from_db()
    _user, staff = person(Role.STAFF)
    _other, officer = person(Role.OFFICER)
    now = timezone.now()
    asked = dismissing.request(made, requester=staff, reason="asked the co-op", now=now)
    decide.approve(asked.id, approver=officer, now=now + timedelta(seconds=1))
