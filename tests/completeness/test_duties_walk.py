"""An officer at the stop switch and at suspensions: each request leaves the declared events."""

import pytest

from broker.duties.models import Bar, Glass
from broker.parties.models import Role
from tests.completeness.declared import DECLARED
from tests.completeness.declared_jobs import JOBS
from tests.completeness.test_log_walk import person, sends
from tests.completeness.watch import Watch
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
    watch.step("console-glass-end POST", sends(olga, f"{one}end/", 302, {}))
    watch.step("console-glass-end POST again", sends(olga, f"{one}end/", 302, {}))
    watch.step("console-glass-read POST late", sends(olga, f"{one}read/", 302, {}))
    watch.step("console-glass-review POST", sends(ada, f"{one}review/", 302, seen))
    watch.finish()
    job = Watch({f"job {name}": events for name, events in JOBS.items() if name == "glass.told"}, prefix="job")
    job.know("her", w.customer.id)
    job.step("glass.told", lambda: run_job("glass.told", row.id))
    job.finish()
