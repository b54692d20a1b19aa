"""An officer opens what is sealed in an emergency: bounded, told, logged, and looked at by somebody else."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import vault
from broker.audit import opening
from broker.console.due import everything
from broker.console.glass import looks
from broker.console.glass.telling import review_by
from broker.db.evidence_glass import SEALED_NOTHING
from broker.duties import glass
from broker.duties.models import Glass
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin.step_up import LISTED
from broker.terms import EventRef
from tests.authz.hers import signed_in
from tests.clock import travel
from tests.duties_world import person
from tests.factories import event
from tests.recipients_world import browser_of
from tests.requests_world import ACCOUNT, World, events, run_job, world
from tests.rows import row as row_of

AT = "/console/glass/"


@pytest.fixture
def w(committing: str) -> World:
    return world()


def broken(w: World, officer: User, **more: Any) -> Glass:
    now = more.pop("now", timezone.now())
    how = {"lasts": timedelta(hours=1), "review_by": review_by(now), "own": False, "why": "A house burns.", **more}
    return glass.break_glass(w.customer, officer, how.pop("why"), now=now, **how)


def test_an_officer_opens_what_is_sealed_and_she_hears_of_it_and_sees_each_look(w: World) -> None:
    olga = browser_of(person("Olga Officer", Role.OFFICER))
    answer = olga.post(f"{AT}break/", {"sought": ACCOUNT, "reason": "A house burns.", "hours": "2"})
    row = Glass.objects.get()
    assert answer["Location"].endswith(f"/{row.id}/")
    assert row.ends_at - row.opened_at == timedelta(hours=2)
    assert "pat@member.example" not in olga.get(f"{AT}{row.id}/").content.decode()
    for count in (1, 2):
        page = olga.post(f"{AT}{row.id}/read/").content.decode()
        assert all(each in page for each in ("pat@member.example", ACCOUNT, "Pat Member", "2 Example Road"))
        assert len(events("glass.read")) == count
    run_job("glass.told", row.id)
    assert Notice.objects.filter(template="glass_broken", subject=w.customer.id).count() == 1
    seen = signed_in(w.customer.id).get("/my/access/").content.decode()
    assert "An officer read your sealed data in an emergency" in seen
    assert "An officer opened your sealed data in an emergency" in seen
    assert {"console-glass-break", "console-glass-read"} <= LISTED.keys()


def test_it_ends_by_itself_and_by_hand_and_is_only_its_officers(w: World) -> None:
    olga, other = person("Olga Officer", Role.OFFICER), person("Otto Officer", Role.OFFICER)
    row, now = broken(w, olga), timezone.now()
    with pytest.raises(glass.NotAllowed, match=r"glass\.role"):
        glass.read(row, other, now=now)
    with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
        glass.read(row, olga, now=row.ends_at)
    glass.end(row, olga, now=now)
    row.refresh_from_db()
    with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
        glass.read(row, olga, now=now)
    assert not events("glass.read")
    assert len(events("glass.turned_away")) == 3
    browser = browser_of(olga)
    assert "ended early" in browser.get(AT).content.decode()
    assert f'<a href="{AT}">Break glass</a>.' in browser.get("/console/views/").content.decode()
    for lasts in (timedelta(), timedelta(hours=4, seconds=1)):
        with pytest.raises(glass.NotAllowed, match=r"glass\.too_long"):
            broken(w, olga, lasts=lasts)
    with pytest.raises(glass.NotAllowed, match=r"glass\.role"):
        broken(w, person("Ada", Role.APPROVER))


@pytest.mark.parametrize("why", ["", " \n "])
def test_nobody_breaks_glass_without_saying_why(w: World, why: str) -> None:
    olga = person("Olga Officer", Role.OFFICER)
    page = browser_of(olga).post(f"{AT}break/", {"sought": ACCOUNT, "reason": why, "hours": "1"})
    assert page.status_code == 422
    assert not events("glass.turned_away")
    with pytest.raises(glass.NotAllowed, match=r"glass\.no_reason"):
        broken(w, olga, why=why)
    assert len(events("glass.turned_away")) == 1
    assert not Glass.objects.exists()
    assert not events("glass.broken")


def test_the_database_takes_no_glass_without_a_reason(w: World) -> None:
    olga, now, identity = person("Olga Officer", Role.OFFICER), timezone.now(), uuid.uuid4()
    place = vault.Place("duties_glass", "reason", identity)

    def born(words: str) -> None:
        sealed = vault.seal(words, subject=w.customer.id, place=place)
        assert len(sealed.data) == SEALED_NOTHING + len(words)
        until = now + timedelta(hours=1)
        row_of(
            Glass, id=identity, customer=w.customer, officer=olga.id, reason=sealed, opened_at=now, ends_at=until,
            review_by=until,
        )  # fmt: skip

    with pytest.raises(DatabaseError, match="for a reason"), transaction.atomic():
        born("")
    with transaction.atomic():
        born("x")


@pytest.mark.parametrize(
    ("broken_at", "looked_at_by"),  # Central; the office closes at 16:30
    [
        ("2026-12-01T09:00", "2026-12-02"),  # a Tuesday
        ("2026-12-03T23:59", "2026-12-04"),  # a Thursday's last minute, which is Friday in UTC
        ("2026-12-04T09:00", "2026-12-07"),  # a Friday
        ("2026-12-04T23:59", "2026-12-07"),  # its last minute
        ("2026-12-05T12:00", "2026-12-07"),  # a Saturday
        ("2026-11-25T09:00", "2026-11-30"),  # before Thanksgiving, the day after it, and a weekend
    ],
)
def test_it_is_looked_at_by_the_end_of_the_next_business_day(
    committing: str, broken_at: str, looked_at_by: str
) -> None:
    central = ZoneInfo("America/Chicago")
    by = review_by(datetime.fromisoformat(broken_at).replace(tzinfo=central))
    assert by == datetime.fromisoformat(f"{looked_at_by}T16:30").replace(tzinfo=central)


def test_nobody_breaks_glass_for_the_own_affairs(w: World) -> None:
    """Her own account, by the name on it; or those of a recipient for which the officer works."""
    pat = browser_of(person("Pat Member", Role.OFFICER))
    page = pat.post(f"{AT}break/", {"sought": ACCOUNT, "reason": "I want to look.", "hours": "1"}, follow=True)
    assert "It is about yourself" in page.content.decode()
    theirs = person("Petra Partial", Role.OFFICER, w.organisation)
    with pytest.raises(glass.NotAllowed, match=r"glass\.own"):
        broken(w, theirs)
    assert not Glass.objects.exists()
    assert len(events("glass.turned_away")) == 2


def test_another_person_reviews_it_by_the_next_business_day_or_it_is_late(w: World) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    again = person(" OLGA officer", Role.APPROVER, username="olga-too")
    row = broken(w, olga)
    for each in (olga, again):
        with pytest.raises(glass.NotAllowed, match=r"glass\.own"):
            glass.review(row, each, Glass.Verdict.RIGHT, "Fine.", now=timezone.now())
        page = browser_of(each).post(f"{AT}{row.id}/review/", {"verdict": "right", "note": "Fine."}, follow=True)
        assert "another person does this" in page.content.decode()
    assert len(events("auth.foreign")) == 2

    def due(now: Any) -> tuple[int, int]:
        return next((each.number, each.late) for each in everything(now) if each.path == AT)

    assert due(timezone.now()) == (1, 0)
    with travel(row.review_by + timedelta(minutes=1)):
        assert due(timezone.now()) == (1, 1)
        assert "The review was due" in browser_of(olga).get(f"{AT}{row.id}/").content.decode()
    unsaid = browser_of(ada).post(f"{AT}{row.id}/review/", {"verdict": "", "note": "A call would have done."})
    assert unsaid.status_code == 422
    assert "A call would have done.</textarea>" in unsaid.content.decode()
    browser_of(ada).post(f"{AT}{row.id}/review/", {"verdict": "wrong", "note": "A call would have done."})
    row.refresh_from_db()
    assert (row.verdict, row.reviewed_by) == ("wrong", ada.id)
    with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
        glass.review(row, ada, Glass.Verdict.RIGHT, "After all.", now=timezone.now())
    assert due(timezone.now()) == (0, 0)


def test_a_review_before_its_end_ends_the_looking_too(w: World) -> None:
    """What would be opened after the review nobody looks at any more."""
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    row, now = broken(w, olga), timezone.now()
    glass.review(row, ada, Glass.Verdict.RIGHT, "A house burns.", now=now)
    row.refresh_from_db()
    for act in (glass.read, glass.end):
        with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
            act(row, olga, now=now)
    page = browser_of(olga).get(f"{AT}{row.id}/").content.decode()
    assert "Open what is sealed" not in page
    assert "Open until" not in page
    assert not events("glass.read")


def test_a_review_meanwhile_ends_the_looking_of_whoever_read_the_row_before(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, ada, opened = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER), list[Any]()
    row, now = broken(w, olga), timezone.now()
    stale = Glass.objects.get(id=row.id)
    append = glass.log.append_read

    def reviewed_just_before(*given: Any, **more: Any) -> Any:
        glass.review(row, ada, Glass.Verdict.RIGHT, "A house burns.", now=now)
        return append(*given, **more)

    monkeypatch.setattr(glass.vault, "open_all", lambda *given, **_more: opened.append(given))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(glass.log, "append_read", reviewed_just_before)
        with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
            glass.read(stale, olga, now=now)
    assert len(events("glass.read")) == 1  # written before the lock was had
    with pytest.raises(glass.NotAllowed, match=r"glass\.over"):
        glass.read(stale, olga, now=now)
    assert len(events("glass.read")) == 1
    assert opened == []


def test_the_database_holds_end_officer_review_and_every_word(w: World) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    row, now = broken(w, olga), timezone.now()
    wrong: list[dict[str, Any]] = [
        {"ends_at": now + timedelta(hours=3)}, {"review_by": now + timedelta(days=9)}, {"officer": ada.id},
        {"reviewed_by": olga.id, "reviewed_at": now, "verdict": "right"},
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            Glass.objects.filter(id=row.id).update(**change, audit_event_id=event("glass.ended").id)
    with pytest.raises(DatabaseError), transaction.atomic():
        Glass.objects.filter(id=row.id).delete()
    for by, hours in ((ada.id, 1), (uuid.uuid4(), 1), (olga.id, 4.5)):
        with pytest.raises(DatabaseError), transaction.atomic():
            row_of(Glass, customer=w.customer, officer=by, opened_at=now, ends_at=now + timedelta(hours=hours))


def test_who_has_to_judge_it_sees_the_reason_and_each_look_and_nobody_else_does(w: World) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    again, otto = person(" OLGA officer", Role.APPROVER, username="olga-too"), person("Otto", Role.OFFICER)
    earlier = broken(w, otto, why="Another emergency.")
    row = broken(w, olga)
    glass.read(row, olga, now=timezone.now())
    glass.read(row, olga, now=timezone.now())
    glass.read(earlier, otto, now=timezone.now())
    page = browser_of(ada).get(f"{AT}{row.id}/").content.decode()
    assert "A house burns." in page
    assert "Another emergency." not in page
    assert page.count("opened what is sealed") == 2
    assert "e-mail, account number, name as billed, service address (2 records)" in page
    assert all(each not in page for each in ("pat@member.example", ACCOUNT, "Pat Member"))
    assert len(events("log.read")) == 1
    for nobody in (olga, again):
        assert "A house burns." not in browser_of(nobody).get(f"{AT}{row.id}/").content.decode()
    assert browser_of(person("Sam", Role.STAFF)).get(f"{AT}{row.id}/").status_code == 404
    glass.review(row, ada, Glass.Verdict.RIGHT, "It burned.", now=timezone.now())
    assert "A house burns." not in browser_of(ada).get(f"{AT}{row.id}/").content.decode()
    assert len(events("log.read")) == 1


def test_no_look_under_another_glass_pushes_one_off_or_is_opened(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SHOWN", 3)
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    row, other = broken(w, olga), broken(w, olga, why="Another emergency.")
    glass.read(row, olga, now=timezone.now())
    for _each in range(5):
        glass.read(other, olga, now=timezone.now())
    glass.end(row, olga, now=timezone.now())
    row.refresh_from_db()
    given, event_keys = [], opening.event_keys

    def seen(subject: uuid.UUID | None, ids: list[int], *, under: EventRef) -> dict[int, bytes]:
        given.extend(ids)
        return event_keys(subject, ids, under=under)

    monkeypatch.setattr(opening, "event_keys", seen)
    case = looks.case(row, ada)
    assert case is not None
    assert (case.reason, [each.act for each in case.looks], case.more) == ("A house burns.", list(looks.ACTS), 0)
    assert set(given) == set(row.events.values_list("event", flat=True))
    page = browser_of(ada).get(f"{AT}{other.id}/").content.decode()
    assert page.count("opened what is sealed") == 2
    assert "And 3 more" in page


def test_a_glass_that_is_older_than_its_list_is_judged_by_what_its_officer_did_meanwhile(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "SHOWN", 3)
    olga, otto, ada = person("Olga", Role.OFFICER), person("Otto", Role.OFFICER), person("Ada", Role.APPROVER)
    other = broken(w, otto, why="Another emergency.")
    with monkeypatch.context() as patch:
        patch.setattr(glass, "_listed", lambda *_args: None)
        row, own_other = broken(w, olga), broken(w, olga, why="A third one.")
        for _each in range(4):
            glass.read(own_other, olga, now=timezone.now())
        glass.read(row, olga, now=timezone.now())
    glass.read(row, olga, now=timezone.now())
    glass.read(other, otto, now=timezone.now())
    case = looks.case(row, ada)
    assert case is not None
    assert (case.reason, case.more) == ("A house burns.", 0)
    assert [each.act for each in case.looks] == ["glass.broken", "glass.read", "glass.read"]
