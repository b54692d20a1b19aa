"""The officer's screens over a world with a case: what they show, and the event that each leaves."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.audit import auditing, entry, keys, log, receipts, search, signer, store, timeline
from broker.console import acting, criteria, export, subjects, watch
from broker.console.find import lines_of
from broker.console.models import EventNote, ReviewRecord, SavedView, Seen, ViewAlert
from broker.db import installation
from broker.jobs.models import Job
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import Actor
from requests_app.models import Decision, Release
from requests_app.receive import receive
from tests.integration.audit_support import integrate, make_signer
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, world

HOUSEKEEPING = ("key.", "lane.", "auth.", "vault.")


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Any:
    """A signer with a new key in a folder of its own."""
    settings.DATA_DIR, settings.SIGNER_DIR, settings.SIGNER_SOCKET = tmp_path, tmp_path / "signer", tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


@pytest.fixture
def w(committing: str, desk: signer.Desk, tmp_path: Path, settings: Any) -> Any:
    """A recipient, a member, a consent; the co-op's mailbox takes our mail."""
    with coop(tmp_path, settings):
        yield world()


def officer(role: Role = Role.OFFICER) -> Client:
    assert installation.mode() == "rehearsal"
    user = User.objects.filter(role=role).first() or create_user(
        f"the-{role}", f"The {role}", role, password=None, actor=ACTOR
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def heads_since(place: dict[int, int]) -> list[entry.Header]:
    rows = store.rows("SELECT header FROM audit_event ORDER BY id")
    heads = [entry.parse_header(header) for (header,) in rows]
    return [each for each in heads if each.n > place.get(each.w, 0) and not each.act.startswith(HOUSEKEEPING)]


def places() -> dict[int, int]:
    return {event >> 32: event & 0xFFFFFFFF for (event,) in store.rows("SELECT id FROM audit_event ORDER BY id")}


def refused(w: World) -> int:
    """An ask that is refused; its event."""
    w.post(w.ask(data_types=["usage_15min"]))
    return int(events("pull.decided")[-1].id)


# --- who may, and one event for each page -------------------------------------------------------------------------


PAGES = ["console", "console-integrity", "console-log", "console-views", "console-search", "console-cases",
         "console-reviews", "console-charts"]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_for_officers_alone_and_leaves_one_event(w: World, name: str) -> None:
    assert Client().get(reverse(name)).status_code == 302
    assert officer(Role.STAFF).get(reverse(name)).status_code == 404
    client, before = officer(), places()
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert "Cache-Control" in answer.headers
    (head,) = heads_since(before)
    assert head.act in ("admin.viewed", "log.listed")
    assert head.role == "officer"


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("console-search", "console-reviews")])
def test_pages_that_only_show_take_no_post(w: World, name: str) -> None:
    assert officer().post(reverse(name)).status_code == 405


# --- the log ------------------------------------------------------------------------------------------------------


def seen(answer: Any) -> set[int]:
    return {int(each) for each in re.findall(r"/console/events/(\d+)/", answer.text)}


def test_filters_by_reason_channel_utility_and_customer(w: World, desk: signer.Desk) -> None:
    yes = w.requested().decisions.get().audit_event_id
    no = refused(w)
    integrate(desk.answer)
    reason = Decision.objects.get(audit_event_id=no).codes[0]
    client, path = officer(), reverse("console-log")
    assert seen(client.get(path, {"code": reason})) == {no}
    assert seen(client.get(path, {"channel": "manual_request"})) == {yes}
    assert seen(client.get(path, {"utility": "obec"})) == {yes, no}
    assert seen(client.get(path, {"app": str(w.application.id), "group": "asks"})) == {yes, no}
    before = places()
    hers = client.get(path, {"customer": str(w.customer.id), "act": "pull.decided", "count": "1"})
    assert seen(hers) == {yes, no}
    assert "2 entries fit" in hers.text
    (head,) = heads_since(before)
    assert (head.act, head.kid in search.kids_of_subject(w.customer.id)) == ("log.listed", True)


def test_a_filter_that_is_none_is_refused(w: World) -> None:
    client, path = officer(), reverse("console-log")
    for wrong in ({"act": "no.such"}, {"customer": "x"}, {"since": "2026-02-01", "until": "2026-01-01"}):
        answer = client.get(path, wrong)
        assert answer.status_code == 422
        assert "usa-error-message" in answer.text


def test_reads_by_staff_and_outside_office_hours(w: World, desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Actor("s", ACTOR.id, role="staff")
    monkeypatch.setattr("time.time_ns", lambda: at(2026, 11, 23, 20, 0))  # Monday, 2 p.m. Central
    inside = log.append("account.read", actor=staff, subject=w.customer.id, body={}, obj="account").id
    monkeypatch.setattr("time.time_ns", lambda: at(2026, 11, 24, 4, 0))  # the same Monday, 10 p.m. Central
    outside = log.append("account.read", actor=staff, subject=w.customer.id, body={}, obj="account").id
    monkeypatch.undo()
    wanted = criteria.of({"staff_reads": "1", "act": "account.read"})
    assert {each.id for each in timeline.page(wanted.filters, keep=wanted.keep).entries} == {inside, outside}
    late = criteria.of({"staff_reads": "1", "outside": "1", "since": "2026-11-23", "until": "2026-11-23"})
    assert {each.id for each in timeline.page(late.filters, keep=late.keep).entries} == {outside}


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[misc,arg-type]


# --- search -------------------------------------------------------------------------------------------------------


def test_a_list_of_accounts_is_one_search_and_an_event_for_each_person_found(w: World, desk: signer.Desk) -> None:
    w.requested()
    integrate(desk.answer)
    client, before = officer(), places()
    pasted = f"{ACCOUNT}\n\n40900018\n"
    upload = SimpleUploadedFile("list.csv", f"40900019,x\r\n{ACCOUNT},y\r\n".encode(), content_type="text/csv")
    answer = client.post(reverse("console-search"), {"field": "account_number", "values": pasted, "file": upload})
    assert answer.status_code == 200
    assert "2 of 4 found" in answer.text
    assert ACCOUNT not in answer.text
    parent, child = heads_since(before)
    assert (parent.act, parent.cnt, child.act) == ("log.searched", 1, "log.searched")
    assert child.kid in search.kids_of_subject(w.customer.id)
    first = answer.context["lines"][0]
    assert (first.found, first.accesses.by_result) == (True, {"ok": 1})
    assert not answer.context["lines"][1].found


@pytest.mark.parametrize("value", ["pat@member.example", "Pat Member"])
def test_people_are_found_by_what_is_known_of_them(w: World, value: str) -> None:
    field = "email" if "@" in value else "name"
    (line,) = lines_of(field, [value])
    if field == "name" and not line.found:
        pytest.fail("a name has no alias")
    assert line.customers == (w.customer.id,)
    assert not lines_of(field, [value + "x"])[0].found


def test_a_list_that_is_too_long_or_empty_or_no_text_is_refused(w: World) -> None:
    client, path = officer(), reverse("console-search")
    many = "\n".join(str(number) for number in range(40_000_000, 40_001_001))
    for data in (
        {"field": "account_number", "values": many},
        {"field": "account_number", "values": ""},
        {"field": "account_number", "file": SimpleUploadedFile("a.csv", b"\xff\xfe\x00")},
        {"field": "nothing", "values": "1"},
    ):
        assert client.post(path, data).status_code == 422


# --- one event ----------------------------------------------------------------------------------------------------


def test_an_event_shows_its_sentence_rules_consent_and_hashes_and_is_read_under_its_subject(
    w: World, desk: signer.Desk
) -> None:
    no = refused(w)
    integrate(desk.answer)
    client, before = officer(), places()
    page = client.get(reverse("console-event", args=[no])).text
    (head,) = heads_since(before)
    assert (head.act, head.obj, head.cnt) == ("log.read", "event", 1)
    assert head.kid in search.kids_of_subject(w.customer.id)
    header, ct = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [no])[0]
    for words in (
        "Acme Advisors (Rate check)",
        "It was refused.",
        "data types",
        w.consent.number,
        "17-rules/1",
        entry.leaf_hash(entry.entry_bytes(header, ct)).hex(),
        entry.parse_header(header).p.hex(),
        reverse("console-case-consent", args=[w.consent.id]),
    ):
        assert words in page, words


def test_an_event_of_operations_is_read_under_operations(w: World) -> None:
    client = officer()
    made, before = events("parties.created")[-1], places()
    page = client.get(reverse("console-event", args=[made.id])).text
    assert "officer" in page
    (head,) = heads_since(before)
    assert (head.act, search.tokens_of([head.kid])[head.kid]) == ("log.read", keys.subject_token(None))


def test_a_draft_of_nobody_we_know_is_found_by_going_through_all(w: World) -> None:
    ref = log.append("parties.read", actor=ACTOR, subject=w.organisation.id, body={}, obj="organisation")
    kid = timeline.one(ref.id).head.kid  # type: ignore[union-attr]
    assert subjects.of_kid(kid) == w.organisation.id
    assert subjects.of_kids([kid, bytes(16)]) == {kid: w.organisation.id}


def test_an_event_whose_key_was_destroyed_says_so_and_keeps_its_hash(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    no, client = refused(w), officer()
    monkeypatch.setattr(search, "tokens_of", lambda _kids: {})
    page = client.get(reverse("console-event", args=[no])).text
    assert "was destroyed" in page
    header, ct = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [no])[0]
    assert entry.leaf_hash(entry.entry_bytes(header, ct)).hex() in page


def test_an_event_that_is_not_there_is_no_page(w: World) -> None:
    client, before = officer(), places()
    assert client.get(reverse("console-event", args=[(9 << 32) + 1])).status_code == 404
    assert client.get("/console/events/99999999999999999999/").status_code == 404
    assert heads_since(before) == []


def test_proof_and_receipt_of_an_event_verify(w: World, desk: signer.Desk) -> None:
    no = refused(w)
    client = officer()
    assert client.get(reverse("console-event-proof", args=[no])).status_code == 302  # no checkpoint covers it yet
    integrate(desk.answer)
    text = client.get(reverse("console-event-proof", args=[no])).text
    seq, note = timeline.one(no).seq, text.partition("\n\n")[2]  # type: ignore[union-attr]
    assert text.startswith("c2sp.org/tlog-proof@v1\n")
    assert f"\nindex {seq}\n" in text
    assert note.startswith("broker.localhost/audit/tests\n")
    receipt = client.get(reverse("console-event-receipt", args=[no])).text
    assert receipts.open_receipt(receipt).event_id == no
    assert [each.act for each in map(head_of, events("log.exported"))] == ["log.exported"] * 2


def head_of(event: Any) -> entry.Header:
    return entry.parse_header(bytes(event.header))


def test_a_note_is_an_event_of_the_same_subject_and_is_linked(w: World) -> None:
    no, client = refused(w), officer()
    client.post(reverse("console-note", args=[no]), {"note": "The recipient called about this."})
    note = EventNote.objects.get(event=no)
    assert head_of(note.audit_event).kid in search.kids_of_subject(w.customer.id)
    assert reverse("console-event", args=[note.audit_event_id]) in client.get(reverse("console-event", args=[no])).text
    body = client.get(reverse("console-event", args=[note.audit_event_id])).text
    assert "The recipient called about this." in body
    client.post(reverse("console-note", args=[no]), {"note": ""})
    assert EventNote.objects.count() == 1


# --- case files ---------------------------------------------------------------------------------------------------


def test_a_case_file_holds_everything_of_the_case_and_opening_it_is_an_event_of_the_customer(
    w: World, desk: signer.Desk
) -> None:
    manual = w.manual()
    run_job("manual.send", manual.id)
    raw = reply(manual)
    receive(raw, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    integrate(desk.answer)
    client = officer()
    for path in (
        reverse("console-case-request", args=[manual.id]),
        reverse("console-case-consent", args=[w.consent.id]),
    ):
        before = places()
        page = client.get(path).text
        (head,) = heads_since(before)
        assert (head.act, head.obj, head.kid in search.kids_of_subject(w.customer.id)) == ("log.read", "case", True)
        for words in (manual.number, w.consent.number, "ending 0017", "request.sent", "pull.decided", "quarantined"):
            assert words in page, words
        for secret in (ACCOUNT, "Pat Member", "Example Road", "Attached is what you asked for"):
            assert secret not in page
    assert manual.number in client.get(reverse("console-cases"), {"number": manual.number.lower()}).text


# --- views and alerts ---------------------------------------------------------------------------------------------


def saved(client: Client, **filters: str) -> SavedView:
    data = {f"filter-{name}": value for name, value in filters.items()}
    client.post(reverse("console-view-save"), {"name": "Mine", "notify": "on", **data})
    return SavedView.objects.get()


def test_an_alert_arrives_once_and_opening_it_is_logged(w: World, desk: signer.Desk) -> None:
    refused(w)
    integrate(desk.answer)
    client = officer()
    view = saved(client, group="refusals", res="denied")
    assert (view.filters, view.notify) == ({"group": "refusals", "res": "denied"}, True)
    now = timezone.now()
    assert watch.look(view, now=now) == 0  # what was there before is not new
    new = refused(w)
    integrate(desk.answer)
    assert watch.look(view, now=now) == 1
    view.refresh_from_db()
    assert watch.look(view, now=now) == 0
    alert = ViewAlert.objects.get()
    assert alert.event == new
    for page in ("console", "console-views"):
        assert reverse("console-alert", args=[alert.id]) in client.get(reverse(page)).text
    answer = client.post(reverse("console-alert", args=[alert.id]))
    assert answer.url == reverse("console-event", args=[new])  # type: ignore[attr-defined]
    assert len(events("view.opened")) == 1
    assert reverse("console-alert", args=[alert.id]) not in client.get(reverse("console")).text


def test_the_watch_comes_again_until_the_view_is_removed(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    client = officer()
    view = saved(client, res="denied")
    assert run_job("console.watch", view.id) == "done"
    assert Job.objects.get(kind="console.watch", subject_id=view.id, state="queued").due_at > timezone.now()
    client.post(reverse("console-view-remove", args=[view.id]))
    view.refresh_from_db()
    assert view.removed_at is not None
    assert not Job.objects.filter(kind="console.watch", subject_id=view.id, state="queued").exists()


def test_a_view_of_another_officer_is_seen_where_it_is_shared_and_removed_by_nobody_else(w: World) -> None:
    other = create_user("other", "O. Ther", Role.OFFICER, password=None, actor=ACTOR)
    now = timezone.now()
    hidden = acting.save_view(other, "Hidden", {"res": "denied"}, shared=False, notify=False, now=now)
    shared = acting.save_view(other, "Shared", {"res": "error"}, shared=True, notify=False, now=now)
    with pytest.raises(acting.AlreadyDone):
        acting.save_view(other, "Shared", {}, shared=True, notify=False, now=now)
    User.objects.filter(id=other.id).update(role=Role.APPROVER)
    client = officer()
    page = client.get(reverse("console-views")).text
    assert ("Hidden" in page, "Shared" in page) == (False, True)
    for view in (hidden, shared):
        assert client.post(reverse("console-view-remove", args=[view.id])).status_code == 404


def test_filters_of_a_view_cannot_be_anything_else(w: World) -> None:
    client = officer()
    for data in ({"filter-name": "Pat"}, {"filter-act": "no.such"}):
        client.post(reverse("console-view-save"), {"name": "Mine", **data})
    assert not SavedView.objects.exists()


def test_reads_after_a_revocation_are_found_and_make_the_home_red(w: World, desk: signer.Desk) -> None:
    no = refused(w)
    request = Decision.objects.get(audit_event_id=no).request
    with transaction.atomic():
        ref = log.append("data.read", actor=ACTOR, subject=w.customer.id, body={}, obj="data")
        w.consent.ended_at = timezone.now() - timedelta(hours=1)
        w.consent.audit_event_id = ref.id
        w.consent.save()
        Release.objects.create(
            request=request, consent=w.consent, application=w.application, what="file", at=timezone.now(),
            audit_event_id=ref.id,
        )  # fmt: skip
    integrate(desk.answer)
    client = officer()
    assert "Reads after revocation" in client.get(reverse("console")).text
    assert seen(client.get(reverse("console-log"), {"computed": "after_revocation"})) == {ref.id}


# --- integrity and export -----------------------------------------------------------------------------------------


def exported(client: Client, kind: str, **filters: str) -> Any:
    data = {f"filter-{name}": value for name, value in filters.items()}
    return client.post(reverse("console-export"), {"kind": kind, "why": "a check", **data})


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_an_export_holds_what_the_filters_find_and_a_receipt_of_itself(w: World, desk: signer.Desk) -> None:
    yes = w.requested().decisions.get().audit_event_id
    no = refused(w)
    integrate(desk.answer)
    client = officer()
    found = json.loads(text_of(exported(client, "json", act="pull.decided")))
    assert ([int(each["event"]) for each in found["entries"]], found["count"]) == ([no, yes], 2)
    ref = events("log.exported")[-1]
    assert receipts.open_receipt(found["receipt"]).event_id == ref.id
    assert head_of(ref).cnt == 2
    rows = list(csv.reader(io.StringIO(text_of(exported(client, "csv", act="pull.decided")))))
    assert [row[1] for row in rows[1:-1]] == [str(no), str(yes)]
    assert rows[-1][0] == "receipt"
    receipts.open_receipt(rows[-1][1])


def test_no_cell_of_an_export_is_a_formula(w: World) -> None:
    for begin in "=+-@\t\r":
        assert next(csv.reader(io.StringIO(export._line([f"{begin}1+1"]))))[0].startswith("'")


def test_a_red_log_stops_exports_until_an_officer_has_acknowledged_it(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    client = officer()
    path = auditing.verdict_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    now = timezone.now().isoformat()
    path.write_text(json.dumps({"ok": False, "size": 3, "root": "", "first_bad": 2, "kind": "entry", "at": now}))
    home = client.get(reverse("console")).text
    assert "banner--red" in home
    assert "I have seen this" in home
    assert exported(client, "csv").status_code == 302
    assert events("log.exported") == []
    client.post(reverse("console-acknowledge"))
    assert len(events("log.acknowledged")) == 1
    assert exported(client, "csv").status_code == 200
    path.write_text(json.dumps({"ok": False, "size": 3, "root": "", "first_bad": 1, "kind": "entry", "at": now}))
    assert exported(client, "csv").status_code == 302  # another finding


def test_verify_again_is_an_event_and_a_job_that_verifies(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    officer().post(reverse("console-verify"))
    assert len(events("log.verify_asked")) == 1
    assert run_job("console.verify", Job.objects.get(kind="console.verify").subject_id) == "done"
    verdict = auditing.last_verdict()
    assert verdict is not None
    assert verdict["ok"]


def test_the_proof_of_the_banner_is_the_newest_checkpoint(w: World, desk: signer.Desk) -> None:
    client = officer()
    assert client.get(reverse("console-proof")).status_code == 404
    size = integrate(desk.answer)
    assert client.get(reverse("console-proof")).text.startswith(f"broker.localhost/audit/tests\n{size}\n")


def test_an_alarm_stands_on_the_home_until_somebody_has_seen_it(w: World) -> None:
    ref = log.append("alarm.canary", actor=ACTOR, subject=None, body={}, res="error")
    client, path = officer(), reverse("console-alarm-seen", args=[ref.id])
    assert path in client.get(reverse("console")).text
    client.post(path)
    client.post(path)
    assert Seen.objects.get().event == ref.id
    assert path not in client.get(reverse("console")).text
    assert client.post(reverse("console-alarm-seen", args=[refused(w)])).status_code == 404


# --- review, charts -----------------------------------------------------------------------------------------------


def test_a_missing_review_is_red_until_it_is_recorded_once(w: World) -> None:
    client = officer()
    assert "Review missing" in client.get(reverse("console")).text
    for _ in range(8):
        missing = client.get(reverse("console-reviews")).context["missing"]
        if not missing:
            break
        client.post(reverse("console-reviews"), {"day": missing[0].isoformat(), "note": "Looked at all of it."})
    assert "Review missing" not in client.get(reverse("console")).text
    done = ReviewRecord.objects.order_by("day")[0]
    client.post(reverse("console-reviews"), {"day": done.day.isoformat(), "note": "Again."})
    assert ReviewRecord.objects.filter(day=done.day).count() == 1
    assert "Looked at all of it." in client.get(reverse("console-event", args=[done.audit_event_id])).text
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    assert client.post(reverse("console-reviews"), {"day": tomorrow, "note": "Early."}).status_code == 302
    assert client.post(reverse("console-reviews"), {"day": done.day.isoformat(), "note": ""}).status_code == 422


def test_the_database_keeps_reviews_notes_and_what_was_seen(w: World) -> None:
    user = User.objects.get(id=officer().session["_auth_user_id"])
    acting.review(user, date(2026, 3, 3), "x", refusals=0, alarms=0, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewRecord.objects.update(refusals=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewRecord.objects.all().delete()


def test_charts_say_what_the_tables_say(w: World, desk: signer.Desk) -> None:
    w.requested()
    no = refused(w)
    integrate(desk.answer)
    context = officer().get(reverse("console-charts")).context
    today = context["days"][-1]
    assert (today.ok, today.denied, today.error) == (1, 1, 0)
    assert len(context["days"]) == 30
    assert context["reasons"][0][0] == Decision.objects.get(audit_event_id=no).codes[0]
    assert len(context["access_chart"].rects) == 2
