"""Paging and searching the log by header, on both engines: filters, order, counts, and keys of a subject."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.audit import keys, log, search, signer, store, timeline
from broker.audit.timeline import Filters
from broker.terms import Actor
from tests.integration.audit_support import STAFF, SUBJECT, integrate, make_signer, write

OTHER = uuid.UUID(int=43)
HERSELF = Actor("c", SUBJECT)


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR, settings.SIGNER_DIR, settings.SIGNER_SOCKET = tmp_path, tmp_path / "signer", tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


@pytest.fixture
def written(desk: signer.Desk) -> dict[str, int]:
    """Some events with a place, and their ids by name."""
    made = {
        "hers": write("data.read", purpose="research", cnt=2),
        "refused": write("data.read_refused", res="denied", purpose="own_data"),
        "others": write("data.read", subject=OTHER),
        "service": write("profile.loaded", subject=None, obj="profile"),
        "own": log.append("log.read", actor=HERSELF, subject=SUBJECT, body={}, obj="event"),
    }
    integrate(desk.answer)
    return {name: ref.id for name, ref in made.items()}


def ids(filters: Filters, **more: Any) -> set[int]:
    return {each.id for each in timeline.page(filters, **more).entries}


def test_each_filter_finds_its_events_and_counts_them(written: dict[str, int]) -> None:
    w = written
    for filters, wanted in (
        (Filters(acts=("data.read",)), {w["hers"], w["others"]}),
        (Filters(res=("denied",)), {w["refused"]}),
        (Filters(purpose="research"), {w["hers"]}),
        (Filters(purpose='x","role":"staff'), set()),
        (Filters(kind="c"), {w["own"]}),
        (Filters(actor=timeline.one(w["own"]).head.actor), {w["own"]}),
        (Filters(role="staff", acts=("data.read", "profile.loaded")), {w["hers"], w["others"], w["service"]}),
        (Filters(obj="profile"), {w["service"]}),
        (Filters(events=(w["hers"], w["service"], 5 << 32)), {w["hers"], w["service"]}),
        (Filters(events=()), set()),
        (Filters(kids=tuple(search.kids_of_subject(OTHER)), acts=("data.read",)), {w["others"]}),
        (Filters(acts=("no.such",)), set()),
    ):
        assert ids(filters) == wanted, filters
        assert timeline.count(filters) == len(wanted)
        assert {each.id for each in timeline.walk(filters)} == wanted


def test_times_are_bounds_of_which_only_the_first_is_in(written: dict[str, int]) -> None:
    ts = timeline.one(written["others"]).head.ts
    assert written["others"] in ids(Filters(since=ts, until=ts + 1))
    assert written["others"] not in ids(Filters(since=ts + 1))
    assert written["others"] not in ids(Filters(until=ts))


def test_pages_follow_each_other_without_gap_or_repetition(desk: signer.Desk) -> None:
    for _ in range(7):
        write()
    integrate(desk.answer)
    for filters in (Filters(), Filters(acts=("data.read",)), Filters(kids=tuple(search.kids_of_subject(SUBJECT)))):
        seen: list[int | None] = []
        before = None
        while True:
            page = timeline.page(filters, before=before, limit=2)
            seen += [each.seq for each in page.entries]
            before = page.older
            if before is None:
                break
        assert seen == sorted(seen, reverse=True)  # type: ignore[type-var]
        assert len(set(seen)) == len(seen) == timeline.count(filters)


def test_events_that_wait_for_their_place_stand_on_top(written: dict[str, int]) -> None:
    late = write("data.read")
    first = timeline.page(Filters(acts=("data.read",))).entries[0]
    assert (first.id, first.seq) == (late.id, None)
    assert late.id not in ids(Filters(acts=("data.read",)), before=store.tree_size(1))
    assert ids(Filters(acts=("consent.granted",))) == set()
    assert timeline.count(Filters(acts=("data.read",))) == 3
    assert timeline.count(Filters(acts=("data.read",)), size=store.tree_size(1)) == 2


def test_a_rule_of_the_caller_decides_beside_the_filters(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = [write(cnt=number) for number in range(9)]
    integrate(desk.answer)
    odd = {ref.id for number, ref in enumerate(refs) if number % 2}
    keep = lambda head: head.cnt % 2 == 1  # noqa: E731
    assert ids(Filters(), keep=keep) == odd
    assert timeline.count(Filters(), keep=keep) == len(odd)
    monkeypatch.setattr(timeline, "LOOKED", 4)
    monkeypatch.setattr(timeline, "STEP", 2)
    page, found = timeline.page(Filters(), keep=keep), set[int]()
    assert page.looked_to is not None
    while True:
        found |= {each.id for each in page.entries}
        if page.older is None:
            break
        page = timeline.page(Filters(), keep=keep, before=page.older)
    assert found == odd


def test_a_purpose_is_sought_in_bounded_steps_that_miss_nothing(
    desk: signer.Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {write(purpose="research").id}
    for _ in range(6):
        write()
    wanted.add(write(purpose="research").id)
    integrate(desk.answer)
    monkeypatch.setattr(timeline, "SCANNED", 3)
    page, found, steps = timeline.page(Filters(purpose="research")), set[int](), 0
    while True:
        found |= {each.id for each in page.entries}
        steps += 1
        if page.older is None:
            break
        page = timeline.page(Filters(purpose="research"), before=page.older)
    assert (found, steps > 1) == (wanted, True)


def test_rare_and_common_events_are_found_beyond_the_newest_window(
    desk: signer.Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = write("consent.granted")
    for _ in range(6):
        write()
    integrate(desk.answer)
    monkeypatch.setattr(timeline, "WINDOW", 3)
    assert ids(Filters(acts=("consent.granted",))) == {rare.id}
    assert len(timeline.page(Filters(acts=("data.read",)), limit=2).entries) == 2


def test_what_came_after_a_place_is_given_oldest_first(desk: signer.Desk) -> None:
    write()
    integrate(desk.answer)
    place = store.tree_size(1)
    late = [write().id, write().id]
    integrate(desk.answer)
    assert [each.id for each in timeline.newer(Filters(acts=("data.read",)), place=place, limit=9)] == late


def test_the_parts_of_one_act_are_found_beside_each_other(desk: signer.Desk) -> None:
    child: log.Act = {"act": "data.read", "actor": STAFF, "subject": SUBJECT, "body": {}}
    parent: log.Act = {"act": "data.exported", "actor": STAFF, "subject": None, "body": {}}
    refs = log.append_group(parent, [child, {**child, "subject": OTHER}])
    write()
    head = timeline.one(refs[2].id).head
    assert [each.id for each in timeline.group_of(head)] == [ref.id for ref in refs]
    assert [each.id for each in timeline.neighbours(refs[1].id)] == [ref.id for ref in refs]


def test_accesses_of_a_subject_are_counted_by_result(written: dict[str, int]) -> None:
    hers = search.kids_of_subject(SUBJECT)
    counted = search.together(search.accesses(hers).values())
    assert counted.by_result == {"ok": 2, "denied": 1}
    assert (counted.total, counted.first is not None) == (3, True)
    assert counted.last == max(each.last for each in search.accesses(hers).values() if each.last)
    assert search.together([]).total == 0
    assert search.tokens_of(hers) == dict.fromkeys(hers, keys.subject_token(SUBJECT))
