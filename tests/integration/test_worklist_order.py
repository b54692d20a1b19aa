"""What comes first on the worklist: in the database's own order, page by page, with counts that agree."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from requests_app import resending, worklist, worklist_order
from requests_app.desk_work import assigning
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.worklist_order import Key, Rank
from tests.clock import travel
from tests.integration.test_receive import dsn, take
from tests.ladder_world import NOW, on, work
from tests.request_lives import bring
from tests.requests_world import ACTOR, World, coop, reply, run_job, world
from tests.scenarios.coops import OBEC, both_coops
from tests.statements import captured

__all__ = ["both_coops"]


@pytest.fixture
def w(both_coops: None, committing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with coop(tmp_path, settings), travel(NOW):
        yield world()


def sent(w: World) -> ManualRequest:
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def person(name: str = "ann") -> User:
    return create_user(name, f"{name.title()} Example", Role.STAFF, password=None, actor=ACTOR)


def ranks() -> dict[str, Rank]:
    return {each.number: Rank(each.rank) for each in worklist_order.ranked(timezone.now())}


def test_s39_a_request_whose_asking_again_waits_for_a_person_stands_on_top(w: World) -> None:
    lost, late, unread = bring(w.manual(), ManualState.NOT_DELIVERED), sent(w), sent(w)
    with on(date(2026, 3, 16)):
        take(reply(unread, csv=False, text="Which meter do you mean?"), unread)
        assert ranks() == {lost.number: Rank.LOST, late.number: Rank.TODAY, unread.number: Rank.OURS}
    with on(OBEC.first_follow_up) as now:
        work(now)
        assert ranks() == {lost.number: Rank.LOST, late.number: Rank.OVERDUE, unread.number: Rank.UNREAD}
        board = worklist.board(now, "today", person())
        assert [row.manual.number for row in board.rows] == [unread.number, lost.number, late.number]
        assert board.rows[0].unread
        assert board.rows[0].steps[0].title == "Read the mail, say what it is"
        assert board.rows[2].overdue


def test_days_until_an_answer_are_the_co_ops_own_business_days(w: World) -> None:
    manual = sent(w)
    assert manual.due == date(2026, 3, 16)
    for day, rank in (
        (date(2026, 3, 11), Rank.UTILITY),
        (date(2026, 3, 12), Rank.SOON),  # two business days before, with a weekend between
        (date(2026, 3, 15), Rank.SOON),
        (date(2026, 3, 16), Rank.TODAY),
        (date(2026, 3, 17), Rank.OVERDUE),
    ):
        with on(day, 12):
            assert ranks()[manual.number] == rank, day


def test_what_may_be_sent_again_is_one_query_for_a_page_and_says_what_the_request_itself_says(w: World) -> None:
    lost, doubted, taken, unproven = (sent(w) for _ in range(4))
    with travel(NOW + timedelta(hours=1)):
        for each in (doubted, unproven):
            assert take(dsn(each, action="failed"), each).kind == "bounce"
        bring(lost, ManualState.NOT_DELIVERED)
        fresh = {each.id: each for each in ManualRequest.objects.all()}
        with captured() as seen:
            found = resending.resendable(list(fresh.values()))
        assert found == {lost.id, doubted.id, unproven.id}
        assert found == {each.id for each in fresh.values() if resending.may_resend(each)}
        assert len(seen) == 1
        rows = worklist.board(timezone.now(), "open", person()).rows
        again = {row.manual.id for row in rows if "Send it again" in {step.title for step in row.steps}}
        assert again == found
    with travel(NOW + timedelta(hours=2)):
        one = ManualRequest.objects.get(id=doubted.id)
        assert resending.resend(one, actor=ACTOR) is None
        run_job("manual.send", one.id)
        assert resending.resendable(list(ManualRequest.objects.filter(id__in=[doubted.id, taken.id]))) == set()


def test_pages_by_key_show_everything_once_and_the_counts_agree(w: World) -> None:
    states = [ManualState.WAITING_ON_US, ManualState.NOT_DELIVERED, ManualState.WAITING_ON_CUSTOMER]
    states += [ManualState.WAITING_ON_UTILITY, ManualState.QUEUED, ManualState.WAITING_ON_UTILITY]
    for state in states:
        bring(w.manual(), state)
    now = timezone.now()
    whole, end = worklist_order.page(worklist_order.ranked(now), None)
    assert end is None
    seen, after = [], None
    while True:
        found, after = worklist_order.page(worklist_order.ranked(now), after, size=2)
        seen += found
        if after is None:
            break
        assert Key.read(str(after)) == after
    assert [each.id for each in seen] == [each.id for each in whole]
    assert len(seen) == len(states)
    counts = worklist_order.counts(now)
    assert {key: counts[key] for key in ("us", "lost", "customer", "open")} == {
        "us": 1,
        "lost": 1,
        "customer": 1,
        "open": 6,
    }
    for text in ("", "1.2", "x.20260101.5.00", "1.20269999.5." + "0" * 32, "9" * 400):
        assert Key.read(text) is None


def test_the_next_item_is_ones_own_first_then_what_nobody_has_and_goes_on_from_there(w: World) -> None:
    urgent = bring(w.manual(), ManualState.NOT_DELIVERED)
    mine, theirs = bring(w.manual(), ManualState.ANSWERED), bring(w.manual(), ManualState.ANSWERED)
    ann, sam, now = person(), person("sam"), timezone.now()
    for manual, user in ((mine, ann), (theirs, sam)):
        assigning.take(manual, user, actor=ACTOR, now=now)
    own, free = worklist.next_for(ann, now)
    assert ([each.id for each in own], [each.id for each in free]) == ([mine.id], [urgent.id])
    own, free = worklist.next_for(ann, now, after=mine.id)
    assert (own, free) == ([], [])
    client = Client()
    client.force_login(ann, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/admin/next/", {})["Location"] == f"/admin/requests/{mine.id}/"
    with travel(NOW + timedelta(minutes=1)):
        assigning.release(mine, actor=ACTOR, now=timezone.now())
        assert client.post("/admin/next/", {})["Location"] == f"/admin/requests/{urgent.id}/"
    held_by = assigning.who(urgent)
    assert held_by is not None
    assert (held_by.person, held_by.how) == (ann, "next")


def test_a_request_is_found_by_its_number_and_nothing_stands_in_an_address(w: World) -> None:
    manual, client = w.manual(), Client()
    client.force_login(person(), backend="django.contrib.auth.backends.ModelBackend")
    for typed in (manual.number, manual.number.lower(), manual.number.removeprefix("R-"), f" {manual.number} "):
        assert client.post("/admin/find/", {"number": typed})["Location"] == f"/admin/requests/{manual.id}/"
    assert client.post("/admin/find/", {"number": "R-9"})["Location"] == "/admin/"
    assert client.get("/admin/find/").status_code == 405
