"""Two people alone play every act that takes two, and what two people do outside of them: no act is a dead end.

Olga is officer and operator, Sam approver and staff: each has two accounts, and by the full name each is one person.
"""

import uuid
from itertools import combinations, combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.approvals import acts, decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import State
from broker.console.glass.telling import review_by
from broker.console.rights import beginning, counting, deciding
from broker.console.rights.models import Item
from broker.duties import bars, glass, people, team
from broker.duties.models import Bar
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from broker.terms import Refusal
from tests.authz import matrix
from tests.duties_world import actor, person, suspended
from tests.integration.test_separation import ABOUT, SERVE_NOBODY
from tests.requests_world import World, world

PASSWORD = "a long rehearsal password"
# Where each act is asked for and decided: an address that opens for those roles, or the act ends at a closed door.
APPROVALS = ("console-approval", "console-approval-decide")
ASKED_AT = {
    "alarm.ack": "console-log-lane",
    "difference.settle": "admin:difference",
    "disclosures.resume": "duties-resume",
    "fee.accept": "admin:request-act",
    "fee.decline": "admin:request-act",
    "fee.her_yes": "admin:request-yes",
    "file.accept_held": "admin:file",
    "file.surplus": "admin:file-surplus",
    "incident.decide": "console-incident-propose",
    "incident.delay": "console-incident-delay",
    "joint.end_both": "admin:both-end",
    "joint.mailbox": "admin:both-mailbox",
    "key.release": "console-hold-release",
    "key.shred": "console-retention-ask",
    "log.new_origin": "console-log-lost",
    "objection.dismiss": "admin:objection",
    "organisation.enrol": "console-organisation-propose",
    "organisation.purposes": "console-organisation-purposes",
    "outside.enrol": "duties-outside-enrol",
    "pack.export": "console-pack-new",
    "paper.consent": "admin:paper-enter",
    "people.disable": "signin-disable",
    "people.enable": "signin-enable",
    "people.invite": "signin-people-ask",
    "people.link": "signin-people-ask",
    "profile.change": "console-profile",
    "request.unanswered": "admin:request-decide",
}
DECIDED_AT = {
    "difference.settle": (*APPROVALS, "admin:difference-second"),
    "fee.her_yes": ("admin:fee-yes",),
    "paper.consent": ("admin:paper-entry",),
}


class Two:
    """Two people with four accounts, a recipient with its data, and nobody else who works here."""

    def __init__(self) -> None:
        self.w: World = world()
        self.olga = {role: self._one("Olga Two", role) for role in ("officer", "operator")}
        self.sam = {role: self._one("Sam Two", role) for role in ("approver", "staff")}

    @staticmethod
    def _one(name: str, role: str) -> User:
        made = person(name, Role(role), username=f"{name.split()[0].lower()}-{role}")
        made.set_password(PASSWORD)  # in a rehearsal as good as a passkey
        made.save()
        return made

    def pair(self, kind: TwoPersonAct) -> tuple[User, User]:
        """Who asks and who decides, as different people."""
        for one, other in ((self.olga, self.sam), (self.sam, self.olga)):
            ask, say = sorted(kind.requesters & {*one}), sorted(kind.approvers & {*other})
            if ask and say:
                return one[ask[0]], other[say[0]]
        raise AssertionError(f"{kind.name} is a dead end for these two")


@pytest.fixture
def two(committing: str) -> Two:
    return Two()


def test_these_two_can_do_every_act(two: Two) -> None:
    assert len(people.team()) == 2
    assert team.unmet(acts.registered(), people.team()) == []


@pytest.mark.parametrize("act", [*sorted(ABOUT), *sorted(SERVE_NOBODY)])
def test_two_people_play_it_to_its_end(two: Two, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked, decided and done, through the database's own checks; what each act then does is its own tests' matter."""
    kind, now = acts.act_of(act), timezone.now()
    monkeypatch.setitem(acts._acts, act, TwoPersonAct(act, kind.title, kind.requesters, kind.approvers, kind.life))
    asks, says = two.pair(kind)
    about = uuid.uuid4()
    if act in ABOUT:
        with transaction.atomic():
            about = ABOUT[act](two.w)
    third = person("Nora Newcomer", Role.STAFF) if act.startswith("people.") else None
    facts: dict[str, Any] = {"beneficiary": third.id} if third and act != "people.invite" else {}
    params = {"name": "Nora Newcomer"} if act == "people.invite" else {}
    made = decide.request(act, requester=actor(asks), reason="Needed.", now=now, about=about, params=params, **facts)
    with pytest.raises(decide.NotAllowed):
        decide.approve(made.id, approver=actor(asks), now=now)
    found = decide.approve(made.id, approver=actor(says), now=now)
    decide.execute(found, actor=actor(says), now=now)
    found.refresh_from_db()
    assert (found.state, found.requester, found.approver) == (State.EXECUTED, asks.id, says.id)


@pytest.mark.parametrize("act", sorted(ASKED_AT))
def test_the_doors_of_each_act_are_open_to_the_two(act: str) -> None:
    rows, kind = matrix.declared(), acts.act_of(act)
    asked = rows[ASKED_AT[act], "POST"]
    assert any(asked.cells[role] in ("ok", "state", "none") for role in kind.requesters), (act, asked)
    for name in DECIDED_AT.get(act, APPROVALS):
        row = rows.get((name, "POST")) or rows[name, "GET"]
        assert any(row.cells[role] in ("ok", "state", "none") for role in kind.approvers), (act, row)


def test_every_act_has_its_doors() -> None:
    assert set(ASKED_AT) == {each.name for each in acts.registered()}


def test_what_two_people_do_outside_the_acts(two: Two) -> None:
    now, officer, approver = timezone.now(), two.olga["officer"], two.sam["approver"]
    bar = suspended(two.w.application, officer)
    assert bars.lift(bar, approver, "Looked.", now=now) == ""
    row = glass.break_glass(
        two.w.customer, officer, "A fire.", lasts=glass.LONGEST, review_by=review_by(now), own=False, now=now
    )
    glass.review(row, approver, glass.Glass.Verdict.RIGHT, "It burned.", now=now)
    bars.stop(two.sam["staff"], "Look first.", now=now)
    asked = bars.ask_to_resume(two.olga["operator"], "Looked.", now=now)
    decide.approve(asked.id, approver=actor(approver), now=now)
    assert bars.stop_now() is None


def test_two_people_review_each_other_and_a_missed_review_leaves_both(two: Two) -> None:
    now = timezone.now()
    review = beginning.begin(actor=actor(two.olga["officer"]), now=now)
    assert review is not None
    for item in Item.objects.filter(review=review).select_related("person"):
        hers = item.person is not None and item.person.full_name == "Olga Two"
        by = two.sam["approver"] if hers else two.olga["officer"]
        assert deciding.keep(item.id, by, "Needed.", now=now) == "", item
    beginning.close(review.id, now=review.ends_at)
    again = beginning.begin(actor=actor(two.olga["officer"]), now=review.ends_at)
    assert again is not None
    beginning.close(again.id, now=again.ends_at)
    assert not Bar.objects.filter(person__role__in=leaving.BY_TWO).exists()
    assert counting.late(again.ends_at) == 2
    deciders = {each.full_name for each in people.deciders()}
    assert deciders == {"Olga Two", "Sam Two"}
    for bar in bars.suspensions():  # and either of them lets the others go on who were suspended
        by = two.sam["approver"] if bar.person and bar.person.full_name == "Olga Two" else two.olga["officer"]
        assert bars.lift(bar, by, "Needed.", now=again.ends_at) == ""


def test_neither_of_two_puts_the_other_out(two: Two) -> None:
    """Not a dead end but a wall: a third person is invited first, which the two can do."""
    for each, by in ((two.olga["officer"], two.sam["approver"]), (two.sam["approver"], two.olga["officer"])):
        found = leaving.disable(each, by=by, reason="Out.", now=timezone.now())
        assert isinstance(found, Refusal)
        assert found.code == "state.conflict"


def test_the_page_says_which_roles_two_people_need_between_them() -> None:
    """Every way of giving the four roles to two people, each role to one of them."""
    ways = set()
    for size in (1, 2):
        for one in combinations(team.ORDER, size):
            other = tuple(role for role in team.ORDER if role not in one)
            if not team.unmet(acts.registered(), [one, other]):
                ways.add(frozenset((one, other)))
    said = " ".join(Path("docs/separation-of-duties.md").read_text("utf-8").split())
    assert ways == {
        frozenset((("operator", "officer"), ("staff", "approver"))),
        frozenset((("operator", "approver"), ("staff", "officer"))),
    }
    assert "operator and officer with staff and approver" in said
    assert "operator and approver with staff and officer" in said


# Whose end is reached without a second person: a fee is declined after a day or paid by her on her own page, and
# without a delay notice goes out in time.
ANOTHER_WAY = {"fee.accept", "fee.her_yes", "incident.delay"}
PAIRS = sorted(combinations_with_replacement(team.ORDER, 2))


@pytest.mark.parametrize(("one", "other"), [each for each in PAIRS if {"officer", "approver"} & {*each}])
def test_two_with_one_role_each_have_a_way_for_each_act(one: str, other: str) -> None:
    """Both decide it, or a day or somebody from outside stands in, or there is another way; ours alone need more roles.

    Who is asked from outside is enrolled by the two; `tests/integration/test_outside.py` plays each such act.
    """
    kinds = acts.registered()
    missing = {each.name: each for each in team.unmet(kinds, [{one}, {other}])}
    assert "outside.enrol" not in missing
    ways = {name for name, each in missing.items() if each.may_wait or each.from_outside}
    assert set(missing) - ways - ANOTHER_WAY <= team.OURS_ALONE


# Typed by those who agree to no enrolment: docs/separation-of-duties.md says that it takes a third person.
THIRD_PERSON = {"paper.consent"}


@pytest.mark.parametrize(("one", "other"), [each for each in PAIRS if {"officer", "approver"} & {*each}])
def test_what_one_of_two_asks_for_the_other_one_can_send_outside(one: str, other: str) -> None:
    """Whoever asks for it agrees to the enrolment that the other one proposes; that one sends the link, too."""
    enrol, stuck = acts.act_of("outside.enrol"), set()
    for each in team.unmet(acts.registered(), [{one}, {other}]):
        kind = acts.act_of(each.name)
        asks = [(a, b) for a, b in ((one, other), (other, one)) if a in kind.requesters]
        if each.from_outside and asks and not any(a in enrol.approvers and b in enrol.requesters for a, b in asks):
            stuck.add(each.name)
    assert stuck == (THIRD_PERSON if {"staff", "operator"} & {one, other} else set())
