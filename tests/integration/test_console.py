"""The officer's screens over a world with a case: what they show, and the event that each leaves."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.audit import entry, keys, log, receipts, search, signer, store, timeline
from broker.console import criteria, groups, opened, search_limits, subjects
from broker.console.find import lines_of
from broker.console.models import EventNote
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.reasons import REASONS
from broker.terms import PURPOSES, Actor
from requests_app.models import Decision
from requests_app.receive import receive
from tests.integration.audit_support import headers as all_heads
from tests.integration.audit_support import integrate
from tests.integration.console_support import desk, head_of, heads_since, officer, places, refused, seen, w
from tests.requests_world import ACCOUNT, ACTOR, World, events, reply, run_job

__all__ = ["desk", "w"]

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


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[misc,arg-type]


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


def test_numbers_cannot_be_guessed_without_end(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONE", "LIST"):
        few = dataclasses.replace(getattr(search_limits, name), most=2, span=timedelta(days=400))
        monkeypatch.setattr(search_limits, name, few)
    client, other = officer(), Client()
    second = create_user("the-second", "The second", Role.OFFICER, password=None, actor=ACTOR)
    other.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
    for path, data in (
        (reverse("console-search"), {"field": "account_number", "values": ACCOUNT}),
        (reverse("console-find"), {"sought": ACCOUNT}),
    ):
        found = [client.post(path, data, follow=True) for _ in range(3)]
        assert ["Wait until the next one begins" in answer.text for answer in found] == [False, False, True], path
        assert "Wait until" not in other.post(path, data, follow=True).text, "each officer has an own count"
    refusals = [head for head in all_heads() if head.act == "log.searched" and head.res == "denied"]
    assert len(refusals) == 2


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


def test_entries_are_found_by_severity(w: World, desk: signer.Desk) -> None:
    alarm = log.append("alarm.canary", actor=ACTOR, subject=None, body={}, res="error").id
    no, plain = refused(w), events("parties.created")[-1].id
    integrate(desk.answer)
    client, page = officer(), reverse("console-log")
    found = {each: seen(client.get(page, {"severity": each})) & {alarm, no, plain} for each in groups.SEVERITIES}
    assert found == {"high": {alarm}, "raised": {no}, "normal": {plain}}
    assert client.get(page, {"severity": "grave"}).status_code == 422


def test_decisions_are_found_by_words_of_their_reasons_and_no_address_holds_the_words(
    w: World, desk: signer.Desk
) -> None:
    no = refused(w)
    integrate(desk.answer)
    (code, *_) = Decision.objects.get(audit_event_id=no).codes
    client, words = officer(), REASONS[code].title.upper()
    answer = client.post(reverse("console-find"), {"reason_words": words})
    assert code in answer["Location"]
    assert words not in answer["Location"]
    assert seen(client.get(answer["Location"])) == {no}
    nothing = client.post(reverse("console-find"), {"reason_words": "Pat Member"})
    assert "No reason has these words" in client.get(nothing["Location"]).text
    assert client.get(reverse("console-log"), {"reasons": "Pat"}).status_code == 422


@pytest.mark.parametrize(
    ("act", "cnt", "says"),
    [
        ("data.read", 1, "1 record was disclosed."),
        ("data.read", 3, "3 records were disclosed."),
        ("log.listed", 2, "2 lines were shown."),
        ("log.searched", 4, ""),
        ("data.read", 0, ""),
    ],
)
def test_a_number_is_called_what_it_counts(act: str, cnt: int, says: str) -> None:
    assert opened._counted(act, cnt).strip() == says


def test_only_what_was_changed_has_a_before_and_an_after(w: World) -> None:
    client = officer()
    client.get(reverse("console-log"), {"before": "7"})
    page = client.get(reverse("console-event", args=[events("log.listed")[-1].id])).text
    assert "Before and after</caption>" not in page
    assert "<dt>Before</dt><dd>7</dd>" in page


def test_whoever_comes_to_the_search_without_words_is_led_to_its_page(w: World) -> None:
    answer = officer().get(reverse("console-find"))
    assert answer["Location"] == reverse("console-search")


def test_the_case_file_names_entries_by_place_days_inclusively_and_codes_in_words(w: World, desk: signer.Desk) -> None:
    no = refused(w)
    integrate(desk.answer)
    page = officer().get(reverse("console-case-consent", args=[w.consent.id])).text
    found = timeline.one(no)
    assert found is not None
    assert f'/console/events/{no}/">{found.seq}</a>' in page
    last = w.consent.ends - timedelta(days=1)
    assert f"through {last:%B} {last.day}, {last.year}" in page
    assert "not included" not in page
    assert str(PURPOSES[w.consent.purpose]) in page
    (code, *_) = Decision.objects.get(audit_event_id=no).codes
    assert REASONS[code].title in page


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
