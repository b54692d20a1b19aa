"""A question about an act of somebody of ours: nobody judges the own act, and it is no dead end."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.audit import log
from broker.duties import bars
from broker.duties.models import Bar
from broker.parties.models import Role, User
from broker.terms import SERVICE, Refusal
from consents import complaints
from consents.models import Complaint
from tests.duties_world import actor, person
from tests.integration.access_support import Case, case
from tests.recipients_world import browser_of
from tests.requests_world import events

AT = "/console/complaints/"
REPLY = "It was looked at for your own question of Monday."


@pytest.fixture
def her(committing: str) -> Case:
    return case()


def asked(her: Case, user: User) -> Complaint:
    """Ask about what somebody of ours did."""
    ref = her.write("log.read", actor=actor(user))
    answer = her.browser.post(f"/my/access/{ref.id}/ask/", {"words": "Why did somebody look?"})
    assert answer.status_code == 302, answer.content
    return Complaint.objects.get(id=answer["Location"].split("/")[-2])


def does(user: User, made: Complaint, act: str, **said: Any) -> Any:
    return browser_of(user).post(f"{AT}{made.id}/{act}/", said, follow=True)


def state(made: Complaint) -> tuple[str, Any]:
    made.refresh_from_db()
    return made.state, made.owner


def test_of_two_officers_the_other_one_owns_and_answers_it(her: Case) -> None:
    olga, otto = person("Olga Officer", Role.OFFICER), person("Otto Officer", Role.OFFICER)
    ada = person("Ada", Role.APPROVER)
    made = asked(her, olga)
    assert made.owner == otto
    page = does(olga, made, "answer", reply=REPLY)
    assert "Nobody answers for an act of their own" in page.content.decode()
    assert "Send the reply" not in page.content.decode()
    taken = does(olga, made, "assign", owner=str(olga.id))
    assert taken.status_code == 422
    assert "Nobody answers for an act of their own" in taken.content.decode()
    refused = complaints.assign(made, olga, actor=actor(otto))
    assert refused == Refusal("complaint.own_act")
    assert state(made) == ("received", otto)
    assert not events("complaint.answered")
    assert not events("complaint.assigned")
    # There is an officer for it: an approver sees nothing of it.
    assert browser_of(ada).get(f"{AT}{made.id}/").status_code == 404
    assert made.number not in browser_of(ada).get(AT).content.decode()
    does(otto, made, "answer", reply=REPLY)
    assert state(made) == ("answered", otto)
    assert made.number not in browser_of(ada).get(AT).content.decode()
    does(olga, made, "close")
    assert state(made) == ("answered", otto)
    assert not events("complaint.closed")


@pytest.mark.parametrize("other", ["none", "second account", "gone", "suspended"])
def test_where_each_officers_own_act_it_is_an_approver_answers(her: Case, other: str) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    again = person(" OLGA officer", Role.APPROVER, username="olga-too")
    if other == "second account":
        person("olga OFFICER ", Role.OFFICER, username="olga-three")
    if other == "gone":
        User.objects.filter(id=person("Otto", Role.OFFICER).id).update(is_active=False)
    if other == "suspended":
        otto = person("Otto", Role.OFFICER)
        bars.suspend(otto, Bar.Because.REVIEW, actor=SERVICE("tests"), why="x", now=timezone.now())
    made = asked(her, olga)
    assert made.owner == ada
    assert "Our approver" in her.get(f"/my/access/questions/{made.id}/").content.decode()
    assert made.number in browser_of(ada).get(AT).content.decode()
    for nobody in (again, olga):
        does(nobody, made, "answer", reply=REPLY)
        assert state(made) == ("received", ada)
    assert browser_of(again).get(f"{AT}{made.id}/").status_code == 404
    assert "Why did somebody look?" in browser_of(ada).get(f"{AT}{made.id}/").content.decode()
    does(ada, made, "answer", reply=REPLY)
    assert state(made) == ("answered", ada)
    assert made.number in browser_of(ada).get(AT).content.decode()


def test_an_approvers_own_act_is_answered_by_the_officer_as_any_other(her: Case) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    made = asked(her, ada)
    assert made.owner == olga
    assert browser_of(ada).get(f"{AT}{made.id}/").status_code == 404
    does(olga, made, "answer", reply=REPLY)
    assert state(made) == ("answered", olga)


def test_one_alone_owns_nothing_about_the_own_act_until_a_second_person_comes(her: Case) -> None:
    olga = person("Olga Officer", Role.OFFICER)
    made = asked(her, olga)
    assert made.owner is None
    assert "nobody yet" in browser_of(olga).get(AT).content.decode()
    ada = person("Ada", Role.APPROVER)
    does(ada, made, "answer", reply=REPLY)
    assert state(made) == ("answered", ada)


def test_the_database_refuses_whoever_it_is_about_in_each_step(her: Case) -> None:
    olga, otto = person("Olga Officer", Role.OFFICER), person("Otto Officer", Role.OFFICER)
    again = person(" OLGA officer", Role.APPROVER, username="olga-too")
    made = asked(her, olga)
    rows = Complaint.objects.filter(id=made.id)

    def by(user: User, act: str) -> int:
        return log.append(act, actor=actor(user), subject=her.customer_id, body={}).id

    for own in (olga, again):
        with pytest.raises(DatabaseError, match="act of their own"), transaction.atomic():
            rows.update(owner=own, audit_event_id=by(otto, "complaint.assigned"))
    does(otto, made, "answer", reply=REPLY)
    for own in (olga, again):
        with pytest.raises(DatabaseError, match="act of their own"), transaction.atomic():
            rows.update(state="closed", closed_at=timezone.now(), audit_event_id=by(own, "complaint.closed"))
    with transaction.atomic():
        rows.update(state="closed", closed_at=timezone.now(), audit_event_id=by(otto, "complaint.closed"))
    assert state(made) == ("closed", otto)
