"""The desk's own work: one person sees to a request, absences have a stand-in, notes are sealed and never changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import Actor, Refusal
from requests_app.desk_work import absence, assigning, notes, people
from requests_app.desk_work.cover import Away, away_on, overlap, sees_to_it
from requests_app.desk_work.models import Absence, Assignment, Note
from requests_app.models import ManualRequest
from tests.clock import today
from tests.requests_world import ACTOR, World, coop, events, run_job, world

SECRET = "Thimble!Gravel8"


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def colleague(name: str, role: Role = Role.STAFF) -> User:
    return create_user(name, f"{name.title()} Example", role, password=None, actor=ACTOR)


def actor(user: User) -> Actor:
    return Actor("s", user.id, role=user.role)


def client(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def taken(manual: ManualRequest, user: User) -> Assignment | Refusal:
    return assigning.take(manual, user, actor=actor(user), now=timezone.now())


def at_once[T](*calls: Callable[[], T]) -> list[T]:
    """Do these at the same moment, each in a connection of its own."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            gate.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(run, call) for call in calls]]


# --- who sees to it -----------------------------------------------------------------------------------------------


def test_a_request_is_taken_given_and_laid_down_each_an_event(w: World) -> None:
    manual, ann, sam = w.manual(), colleague("ann"), colleague("sam")
    assert isinstance(taken(manual, ann), Assignment)
    assert isinstance(taken(manual, sam), Refusal)
    given = assigning.give(manual, sam, actor=actor(ann), now=timezone.now())
    assert isinstance(given, Assignment)
    assert isinstance(assigning.give(manual, sam, actor=actor(ann), now=timezone.now()), Refusal)
    assert assigning.release(manual, actor=actor(sam), now=timezone.now()) is None
    assert isinstance(assigning.release(manual, actor=actor(sam), now=timezone.now()), Refusal)
    assert assigning.who(manual) is None
    assert len(events("request.assigned")) == 3
    assert list(Assignment.objects.order_by("since").values_list("how", flat=True)) == ["taken", "given"]


def test_two_people_press_at_once_and_one_of_them_has_it(w: World) -> None:
    manual, both = w.manual(), [colleague("ann"), colleague("sam")]
    done = at_once(*(lambda user=user: taken(manual, user) for user in both))
    assert sorted(type(each).__name__ for each in done) == ["Assignment", "Refusal"]
    assert Assignment.objects.filter(manual=manual, ended_at=None).count() == 1
    assert len(events("request.assigned")) == 1


def test_two_people_who_press_next_item_at_once_get_two_items(w: World) -> None:
    rows, both = [w.manual(), w.manual()], [colleague("ann"), colleague("sam")]
    done = at_once(
        *(lambda user=user: assigning.take_first(rows, user, actor=actor(user), now=timezone.now()) for user in both)
    )
    assert {each.id for each in done if each} == {each.id for each in rows}


def test_the_database_lets_one_person_see_to_a_request_and_rewrites_nothing(w: World) -> None:
    manual, ann, sam = w.manual(), colleague("ann"), colleague("sam")
    row = taken(manual, ann)
    assert isinstance(row, Assignment)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.create(
            manual=manual, person=sam, how="taken", since=timezone.now(), audit_event_id=row.audit_event_id
        )
    for change in ({"person": sam}, {"how": "next"}, {"since": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Assignment.objects.filter(id=row.id).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.filter(id=row.id).delete()
    assigning.release(manual, actor=actor(ann), now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.filter(id=row.id).update(ended_at=None)


# --- who stands in ------------------------------------------------------------------------------------------------


def test_the_stand_in_sees_to_it_also_over_several_and_never_in_a_circle() -> None:
    ann, sam, kim = (User(username=name).id for name in ("ann", "sam", "kim"))
    day = date(2026, 3, 9)
    first = Away(ann, sam, day, day)
    assert sees_to_it(ann, away_on([first], day)) == sam
    assert sees_to_it(ann, away_on([first], day + timedelta(days=1))) == ann
    assert sees_to_it(ann, away_on([first, Away(sam, kim, day, day)], day)) == kim
    assert sees_to_it(ann, away_on([first, Away(sam, ann, day, day)], day)) == ann
    assert overlap(day, day, [first])
    assert not overlap(day + timedelta(days=1), day + timedelta(days=2), [first])


def test_an_absence_moves_the_work_and_the_list_says_for_whom(w: World) -> None:
    manual, ann, sam = w.manual(), colleague("ann"), colleague("sam")
    run_job("manual.send", manual.id)
    taken(manual, ann)
    day, now = today(), timezone.now()
    row = absence.away(ann, sam, day, day + timedelta(days=2), actor=actor(sam), now=now)
    assert isinstance(row, Absence)
    assert people.desk(now).sees_to_it(ann.id) == sam.id
    page = client(sam).get("/admin/", {"tab": "mine"}).content.decode()
    assert manual.number in page
    assert "Sam Example, for Ann Example (away until" in page
    assert manual.number not in client(ann).get("/admin/", {"tab": "mine"}).content.decode()
    again = absence.away(ann, sam, day + timedelta(days=2), day + timedelta(days=5), actor=actor(sam), now=now)
    assert again == Refusal("state.conflict")
    assert absence.taken_back(row, actor=actor(ann), now=now) is None
    assert absence.taken_back(row, actor=actor(ann), now=now) == Refusal("state.conflict")
    assert people.desk(now).sees_to_it(ann.id) == ann.id
    assert (len(events("desk.away")), len(events("desk.back"))) == (1, 1)


def test_days_that_are_over_or_out_of_order_are_refused_and_so_is_ones_own_cover(w: World) -> None:
    ann, sam, day, now = colleague("ann"), colleague("sam"), today(), timezone.now()
    for first, last, cover in (
        (day - timedelta(days=3), day - timedelta(days=1), sam),
        (day + timedelta(days=1), day, sam),
        (day, day + timedelta(days=400), sam),
        (day, day, ann),
    ):
        assert absence.away(ann, cover, first, last, actor=actor(ann), now=now) == Refusal("ask.invalid")
    row = absence.away(ann, sam, day, day, actor=actor(ann), now=now)
    assert isinstance(row, Absence)
    for change in ({"cover": ann}, {"last": day + timedelta(days=9)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Absence.objects.filter(id=row.id).update(**change)


# --- notes --------------------------------------------------------------------------------------------------------


def test_a_note_is_sealed_opened_under_an_event_and_never_changed(w: World) -> None:
    manual, ann = w.manual(), colleague("ann")
    for text in ("Asked for Rita in billing.", "She is back on Monday."):
        assert isinstance(notes.write(manual, text, ann, actor=actor(ann), now=timezone.now()), Note)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM desk_work_note")
        assert "Rita" not in repr(cursor.fetchall())
    browser = client(ann)
    at = f"/admin/requests/{manual.id}/"
    assert "Rita" not in browser.get(at).content.decode()
    assert not events("request.read")
    page = browser.post(f"{at}notes/").content.decode()
    assert page.index("Asked for Rita in billing.") < page.index("She is back on Monday.")
    assert len(events("request.read")) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.update(at=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.all().delete()


def test_a_password_in_a_note_is_refused_and_nothing_of_it_is_kept(w: World) -> None:
    manual, ann = w.manual(), colleague("ann")
    text = f"member's portal: rita pw {SECRET}"
    refused = notes.write(manual, text, ann, actor=actor(ann), now=timezone.now())
    assert refused == Refusal("channel.forbidden.credentials")
    answer = client(ann).post(f"/admin/requests/{manual.id}/note/", {"text": text})
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()
    assert not Note.objects.exists()
    assert not events("request.note")
