"""An officer at the stop switch and at suspensions: each request leaves the declared events."""

import pytest

from broker.duties.models import Bar
from broker.parties.models import Role
from tests.completeness.declared import DECLARED
from tests.completeness.test_log_walk import person, sends
from tests.completeness.watch import Watch
from tests.requests_world import World, world

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
    watch.step("duties-suspensions GET", sends(olga, LIST, 200))
    said = {"whom": f"organisation:{w.organisation.id}", "why": "A complaint."}
    watch.step("duties-suspend POST wrong", sends(olga, f"{LIST}new/", 422, {**said, "why": ""}))
    watch.step("duties-suspend POST", sends(olga, f"{LIST}new/", 302, said))
    lift = f"{LIST}{Bar.objects.get(of='organisation').id}/lift/"
    watch.step("duties-lift POST wrong", sends(olga, lift, 422, {"why": ""}))
    watch.step("duties-lift POST", sends(olga, lift, 302, {"why": "Answered."}))
    watch.step("duties-lift POST again", sends(olga, lift, 302, {"why": "Answered."}))
    watch.finish()
