"""The clerk's buttons: what follows is safe whoever presses them, happens once, and staff hear of it."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import utilities, vault
from consents.checking import acts, limits
from consents.checking.models import ClerkAct, ClerkCode
from consents.models import Consent, Suspension
from tests.factories import event, read_event
from tests.integration import audit_support
from tests.integration.checking_support import clerk_code, consent, letter, opened, profile_mailbox, words
from tests.integration.grant_support import Desk, desk
from tests.integration.test_identity_staff import staff

__all__ = ["desk"]
PAGES = ("released", "doubt", "member", "member/code")


def press(person: Any, name: str, **fields: object) -> str:
    """Press a button as its page offers it."""
    page = person.get(f"/v/letter/{name}/")
    once = {"once": person.field(page, "once")} if name in ("released", "doubt") else {}
    return words(person.submit(f"/v/letter/{name}/", {**once, **fields}))


def test_no_look_at_a_button_changes_anything(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    before = audit_support.acts()
    for name in PAGES:
        person.get(f"/v/letter/{name}/")
        person.http.head(f"/v/letter/{name}/")
    assert audit_support.acts() == before
    assert (ClerkAct.objects.count(), ClerkCode.objects.count()) == (0, 0)
    assert consent().state == "active"


def test_released_is_noted_once_and_staff_hear_of_it(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    once = {"once": person.field(person.get("/v/letter/released/"), "once")}
    pages = [words(person.submit("/v/letter/released/", once)) for _ in range(3)]
    assert "We have noted that data was released" in pages[0]
    assert all("it counts once" in page for page in pages[1:])
    assert ClerkAct.objects.get().kind == "released"
    mail = desk.mail(f"The co-op says that it released data under {letter().number}", to="desk@localhost")
    assert "/admin/clerk/" in mail["text"]
    assert consent().state == "active"
    press(person, "released")  # the next delivery
    assert ClerkAct.objects.count() == 2


def test_the_same_form_sent_many_times_at_once_counts_once(desk: Desk) -> None:
    desk.grant()
    row, once, done = letter(), uuid.uuid4(), []
    start = threading.Barrier(4)

    def send() -> None:
        from django.db import connection

        start.wait()
        done.append(acts.released(row, once=once, now=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == ["again", "again", "again", "done"]
    assert ClerkAct.objects.count() == 1


def test_a_doubt_suspends_and_its_words_are_sealed(desk: Desk) -> None:
    desk.grant()
    said = "We closed this account in May."
    text = press(opened(desk), "doubt", words=said)
    assert "We have noted your doubt" in text
    assert consent().state == "suspended"
    assert Suspension.objects.get().because == "utility_doubt"
    row = ClerkAct.objects.get()
    assert said not in str(row.words)
    assert row.words is not None
    assert vault.open(row.words, under=read_event(consent().customer_id, obj="letter")) == said
    mail = desk.mail(f"The co-op doubts {letter().number}", to="desk@localhost")
    assert said not in mail["text"]
    assert words(opened(desk).get("/v/letter/")).startswith("SUSPENDED")


def test_a_doubt_needs_words_and_takes_no_password(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    once = {"once": person.field(person.get("/v/letter/doubt/"), "once")}
    person.submit("/v/letter/doubt/", {**once, "words": " "}, expect=422)
    person.submit("/v/letter/doubt/", {**once, "words": "her login: gwen password: hunter2-hunter2"}, expect=403)
    assert consent().state == "active"


def test_a_letter_takes_five_presses_a_day(desk: Desk) -> None:
    desk.grant()
    now = timezone.now()
    done = [acts.released(letter(), once=uuid.uuid4(), now=now) for _ in range(limits.ACTS.most + 2)]
    assert done == ["done"] * 5 + ["too_many"] * 2


def test_the_member_is_confirmed_by_the_code_from_the_co_ops_own_mailbox(desk: Desk, settings: Any) -> None:
    desk.grant()
    person = opened(desk)
    with profile_mailbox(desk, settings):
        page = press(person, "member")
        assert f"The e-mail names letter {letter().number}" in page
        assert consent().assurance == "L1", "the button alone proves nothing"
        code = clerk_code(desk)
    to = utilities.for_mode("obec", "rehearsal").contacts.email.value
    assert len(desk.mailbox.mails.search(to=to, subject="Code to confirm")) == 1
    text = words(person.submit("/v/letter/member/code/", {"code": code}))
    assert "It is confirmed that your member signed" in text
    assert Consent.objects.get().assurance == "L3"
    assert "used up or too old" in words(person.submit("/v/letter/member/code/", {"code": code}, expect=422))


def test_five_wrong_codes_use_one_up_and_three_codes_a_day_are_sent(desk: Desk, settings: Any) -> None:
    desk.grant()
    person, row = opened(desk), letter()
    with profile_mailbox(desk, settings):
        press(person, "member")
        code = clerk_code(desk)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    now = timezone.now()
    assert [acts.confirm(row, wrong, now=now) for _ in range(6)] == ["wrong"] * 5 + ["over"]
    assert acts.confirm(row, code, now=now) == "over"
    assert consent().assurance == "L1"
    assert [acts.ask_code(row, language="en", now=now) for _ in range(3)] == [True, True, False]


def test_a_code_runs_out_and_the_newest_counts(desk: Desk, settings: Any) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    acts.ask_code(row, language="en", now=now)
    first = clerk_code(desk)
    with time_machine.travel(now + timedelta(minutes=1), tick=True):
        acts.ask_code(row, language="en", now=timezone.now())
    assert acts.confirm(row, first, now=now + timedelta(minutes=2)) == "wrong"
    assert acts.confirm(row, clerk_code(desk), now=now + timedelta(hours=5)) == "over"
    assert consent().assurance == "L1"


def test_an_ended_letter_asks_for_no_code(desk: Desk) -> None:
    from broker.terms import Actor
    from consents import actions

    desk.grant()
    person = opened(desk)
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    assert "nothing to confirm" in words(person.get("/v/letter/member/"))
    person.http.post("/v/letter/member/")
    assert not ClerkCode.objects.exists()


def test_the_database_keeps_what_a_clerk_said(desk: Desk) -> None:
    desk.grant()
    acts.released(letter(), once=uuid.uuid4(), now=timezone.now())
    row = ClerkAct.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        ClerkAct.objects.update(kind="doubt", audit_event_id=event().id)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError), transaction.atomic():  # no row without its event
        ClerkAct.objects.create(
            letter=letter(), kind="released", once=uuid.uuid4(), at=timezone.now(), audit_event_id=10**12
        )


def test_staff_read_the_words_and_lift_the_doubt_after_a_call(desk: Desk, settings: Any) -> None:
    desk.grant()
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    press(opened(desk), "doubt", words="We closed this account in May.")
    row, person = ClerkAct.objects.get(), staff()
    assert letter().number in person.get("/admin/clerk/").text
    before = audit_support.acts()
    page = person.get(f"/admin/clerk/{row.id}/")
    assert "We closed this account in May." in page.text
    assert audit_support.acts()[len(before) :] == ["consent.viewed"]
    assert person.post(f"/admin/clerk/{row.id}/", {}).status_code == 422
    assert consent().state == "suspended"
    person.post(f"/admin/clerk/{row.id}/", {"called": "on"})
    assert consent().state == "active"
