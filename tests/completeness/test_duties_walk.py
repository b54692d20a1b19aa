"""An officer at the stop switch and at suspensions: each request leaves the declared events."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from broker.console.outside.models import Approver
from broker.console.rights import beginning, working
from broker.console.rights.models import Item, Review
from broker.console.waits.models import Wait
from broker.duties.models import Bar, Glass
from broker.jobs import standing
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests import clock
from tests.authz.hers import signed_in
from tests.clock import travel
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.test_log_walk import person, sends
from tests.completeness.watch import Watch
from tests.duties_world import person as somebody
from tests.integration.test_outside import purposes as proposed
from tests.integration.test_waits import Small, sent
from tests.outside_world import NOTE, code, enrolled, newest
from tests.outside_world import sent as ask_outside
from tests.recipients_world import browser_of
from tests.requests_world import ACCOUNT, World, run_job, world

STOP, LIST = "/duties/stop/", "/duties/suspensions/"


@pytest.fixture
def w(committing: str) -> World:
    return world()


def test_stop_and_suspension_leave_what_is_declared(w: World) -> None:
    watch, olga = Watch(DECLARED, prefix="duties"), person(Role.OFFICER)
    watch.step("duties-switch GET", sends(olga, STOP, 200))
    watch.step("duties-switch POST wrong", sends(olga, STOP, 422, {"why": ""}))
    watch.step("duties-switch POST", sends(olga, STOP, 302, {"why": "Look first."}))
    watch.step("duties-switch POST again", sends(olga, STOP, 302, {"why": "Look first."}))
    watch.step("duties-resume POST wrong", sends(olga, f"{STOP}resume/", 422, {"why": ""}))
    watch.step("duties-resume POST", sends(olga, f"{STOP}resume/", 302, {"why": "Looked."}))
    watch.step("duties-resume POST again", sends(olga, f"{STOP}resume/", 302, {"why": "Looked."}))
    watch.step("duties-team GET", sends(olga, "/duties/team/", 200))
    watch.step("duties-suspensions GET", sends(olga, LIST, 200))
    said = {"whom": f"organisation:{w.organisation.id}", "why": "A complaint."}
    watch.step("duties-suspend POST wrong", sends(olga, f"{LIST}new/", 422, {**said, "why": ""}))
    watch.step("duties-suspend POST", sends(olga, f"{LIST}new/", 302, said))
    lift = f"{LIST}{Bar.objects.get(of='organisation').id}/lift/"
    watch.step("duties-lift POST wrong", sends(olga, lift, 422, {"why": ""}))
    watch.step("duties-lift POST", sends(olga, lift, 302, {"why": "Answered."}))
    watch.step("duties-lift POST again", sends(olga, lift, 302, {"why": "Answered."}))
    watch.finish()


def test_a_broken_glass_leaves_what_is_declared(w: World) -> None:
    watch, olga, ada = Watch(DECLARED, prefix="glass"), person(Role.OFFICER), person(Role.APPROVER)
    watch.know("her", w.customer.id)
    at, said = "/console/glass/", {"sought": ACCOUNT, "reason": "A fire.", "hours": "1"}
    watch.step("console-glass GET", sends(olga, at, 200))
    watch.step("console-glass-break POST wrong", sends(olga, f"{at}break/", 422, {**said, "sought": "X-1"}))
    watch.step("console-glass-break POST", sends(olga, f"{at}break/", 302, said))
    row = Glass.objects.get()
    one = f"{at}{row.id}/"
    watch.step("console-glass-one GET", sends(olga, one, 200))
    watch.step("console-glass-read POST", sends(olga, f"{one}read/", 200, {}))
    seen = {"verdict": "right", "note": "The house burned."}
    watch.step("console-glass-review POST own", sends(olga, f"{one}review/", 302, seen))
    otto = browser_of(somebody("Otto Officer", Role.OFFICER))
    watch.step("console-glass-end POST another", sends(otto, f"{one}end/", 302, {}))
    watch.step("console-glass-end POST", sends(olga, f"{one}end/", 302, {}))
    watch.step("console-glass-end POST again", sends(olga, f"{one}end/", 302, {}))
    watch.step("console-glass-read POST late", sends(olga, f"{one}read/", 302, {}))
    watch.step("console-glass-one GET judge", sends(ada, one, 200))
    watch.step("console-glass-review POST", sends(ada, f"{one}review/", 302, seen))
    watch.finish()
    job = Watch({f"job {name}": events for name, events in JOBS.items() if name == "glass.told"}, prefix="job")
    job.know("her", w.customer.id)
    job.step("glass.told", lambda: run_job("glass.told", row.id))
    job.finish()


def test_a_review_of_rights_leaves_what_is_declared(w: World) -> None:
    watch, olga = Watch(DECLARED, prefix="rights"), person(Role.OFFICER)
    person(Role.STAFF)
    person(Role.APPROVER)
    create_user("otto", "Otto", Role.APPROVER, password=None, actor=SERVICE("tests"))
    at = "/console/rights/"
    watch.step("console-rights GET", sends(olga, at, 200))
    watch.step("console-rights-begin POST", sends(olga, f"{at}begin/", 302, {}))
    watch.step("console-rights-begin POST again", sends(olga, f"{at}begin/", 302, {}))
    staff = f"{at}{Item.objects.get(role=Role.STAFF).id}/"
    watch.step("console-rights-one GET", sends(olga, staff, 200))
    watch.step("console-rights-decide POST wrong", sends(olga, f"{staff}decide/", 422, {"verdict": ""}))
    two = f"{at}{Item.objects.get(person__full_name='Otto').id}/decide/"
    watch.step("console-rights-decide POST idle", sends(olga, two, 422, {"verdict": "keep"}))
    kept = {"verdict": "keep", "why": "Needed."}
    watch.step("console-rights-decide POST keep", sends(olga, f"{staff}decide/", 302, kept))
    watch.step("console-rights-decide POST again", sends(olga, f"{staff}decide/", 302, kept))
    key = f"{at}{Item.objects.exclude(application=None).get().id}/decide/"
    watch.step("console-rights-decide POST key", sends(olga, key, 302, {"verdict": "take", "why": "Not needed."}))
    watch.step("console-rights-decide POST two", sends(olga, two, 302, {"verdict": "take", "why": "She left."}))
    watch.finish()


def test_the_jobs_of_a_review_leave_what_is_declared(committing: str, settings: Any) -> None:
    settings.ACCESS_REVIEW_EVERY_DAYS = 0
    names = ("rights.daily", "rights.close", "rights.tell")
    watch = Watch({f"job {name}": events for name, events in JOBS.items() if name in names}, prefix="job")
    with time_machine.travel(datetime(2026, 3, 3, 16, tzinfo=UTC), tick=False):  # a Tuesday morning at the co-op
        person(Role.OFFICER)
        person(Role.STAFF)
        standing.ensure(timezone.now())
        watch.step("rights.daily", lambda: run_job("rights.daily", working.DAILY, now=timezone.now() + standing.AFTER))
    review = Review.objects.get()
    with time_machine.travel(review.ends_at, tick=False):
        watch.step("rights.close", lambda: run_job("rights.close", review.id, now=timezone.now()))
        item = Item.objects.get(state=Item.State.SUSPENDED)
        watch.step("rights.tell", lambda: run_job(beginning.TELL, item.id, now=timezone.now()))
    watch.finish()


def test_a_wait_leaves_what_is_declared(committing: str) -> None:
    small = Small()
    watch = Watch(DECLARED, prefix="waits")
    watch.know("her", small.w.customer.id)
    approval, theirs = small.asked(), browser_of(small.opa)
    begin = f"/duties/waits/{approval.id}/begin/"
    watch.step("duties-waits GET", sends(theirs, "/duties/waits/", 200))
    watch.step("duties-wait-begin POST", sends(theirs, begin, 302, {}))
    watch.step("duties-wait-begin POST again", sends(theirs, begin, 302, {}))
    hers, wait = signed_in(small.w.customer.id), Wait.objects.get()
    watch.step("my-wait GET", sends(hers, f"/my/waits/{wait.id}/", 200))
    watch.step("my-wait GET foreign", sends(hers, f"/my/waits/{small.olga.id}/", 404))
    watch.step("my-wait POST", sends(hers, f"/my/waits/{wait.id}/", 302, {}))
    watch.step("my-wait POST again", sends(hers, f"/my/waits/{wait.id}/", 409, {}))
    watch.finish()
    other = small.begun()
    sent(other)
    job = Watch({f"job {name}": events for name, events in JOBS.items() if name == "waits.end"}, prefix="job")
    job.know("her", small.w.customer.id)
    with travel(other.ends_at + timedelta(seconds=1)):
        job.step("waits.end", lambda: run_job("waits.end", other.id, now=timezone.now()))
    job.finish()


def test_somebody_from_outside_leaves_what_is_declared(committing: str) -> None:
    small = Small()
    watch = Watch(DECLARED, prefix="outside")
    theirs, at = browser_of(small.opa), "/duties/outside/"
    lena = enrolled(small.opa, small.olga)
    watch.know("lena", lena.id)
    watch.know("house", small.w.organisation.id)
    watch.step("duties-outside GET", sends(theirs, at, 200))
    approval = proposed(small)
    form = {"outside": str(lena.id), "note": NOTE}
    watch.step("duties-outside-send POST", sends(theirs, f"{at}send/{approval.id}/", 302, form))
    watch.step("duties-outside-send POST again", sends(theirs, f"{at}send/{approval.id}/", 422, form))
    path, hers = f"/decide/{newest('outside_asked').partition('/decide/')[2].split()[0]}", Client()
    watch.step("outside GET", sends(hers, path, 200))
    watch.step("outside POST code", sends(hers, path, 302, {"do": "code"}))
    right = code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    watch.step("outside POST wrong", sends(hers, path, 422, {"do": "confirm", "code": wrong}))
    watch.step("outside POST confirm", sends(hers, path, 302, {"do": "confirm", "code": right}))
    watch.step("outside GET open", sends(hers, path, 200))
    answer = {"do": "approve", "why": "I read it."}
    watch.step("outside POST approve", sends(hers, path, 200, answer))
    watch.step("outside POST again", sends(hers, path, 410, answer))
    watch.know("objection", uuid.uuid4())
    other = small.asked("objection.dismiss", subject=watch.subjects["objection"])
    ask, _path = ask_outside(other, lena, small.opa)
    watch.step("duties-outside-recall POST", sends(theirs, f"{at}asks/{ask.id}/recall/", 302, {}))
    watch.step("duties-outside-end POST", sends(theirs, f"{at}people/{lena.id}/end/", 302, {}))
    wanted = {"full_name": "Mara Manager", "house": "Another Co-op", "email": "mara@another.example", "why": "A peer."}
    wanted["until"] = (clock.today() + timedelta(days=9)).isoformat()

    def named() -> None:
        watch.know("lena", Approver.objects.get(house="Another Co-op").id)

    watch.step("duties-outside-enrol POST", sends(theirs, f"{at}enrol/", 302, wanted), named)
    watch.finish()
