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
from broker.notices.models import Notice
from broker.terms import Actor
from consents import actions
from consents.checking import acts, limits
from consents.checking.models import CODE_TRIES, ClerkAct, ClerkCode
from consents.models import Consent, LetterOfAuthorization, Suspension
from consents.suspending import resume
from tests.factories import event, read_event
from tests.integration import audit_support
from tests.integration.checking_support import clerk_code, consent, letter, opened, profile_mailbox, words
from tests.integration.grant_support import Desk, desk
from tests.integration.test_identity_staff import staff

__all__ = ["desk"]
HERE, ELSEWHERE, CLERKS = "192.0.2.1", "198.51.100.1", uuid.UUID(int=1)
PAGES = ("released", "doubt", "member", "member/code")


def press(person: Any, name: str, **fields: object) -> str:
    """Press a button as its page offers it."""
    page = person.get(f"/v/letter/{name}/")
    once = {"once": person.field(page, "once")} if name in ("released", "doubt") else {}
    return words(person.submit(f"/v/letter/{name}/", {**once, **fields}))


@pytest.mark.granted
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


@pytest.mark.granted
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


@pytest.mark.granted
def test_the_same_form_sent_many_times_at_once_counts_once(desk: Desk) -> None:
    desk.grant()
    row, once, done = letter(), uuid.uuid4(), []
    start = threading.Barrier(4)

    def send() -> None:
        from django.db import connection

        start.wait()
        done.append(acts.released(row, once=once, address=HERE, now=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == ["again", "again", "again", "done"]
    assert ClerkAct.objects.count() == 1


@pytest.mark.granted
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


@pytest.mark.granted
def test_a_doubt_needs_words_and_takes_no_password(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    once = {"once": person.field(person.get("/v/letter/doubt/"), "once")}
    person.submit("/v/letter/doubt/", {**once, "words": " "}, expect=422)
    person.submit("/v/letter/doubt/", {**once, "words": "her login: gwen password: hunter2-hunter2"}, expect=403)
    assert consent().state == "active"


@pytest.mark.granted
def test_a_letter_takes_five_presses_a_day_from_one_address(desk: Desk) -> None:
    desk.grant()
    now = timezone.now()
    done = [acts.released(letter(), once=uuid.uuid4(), address=HERE, now=now) for _ in range(7)]
    assert done == ["done"] * 5 + ["too_many"] * 2
    assert acts.released(letter(), once=uuid.uuid4(), address=ELSEWHERE, now=now) == "done"
    others = [acts.released(letter(), once=uuid.uuid4(), address=f"192.0.2.{n}", now=now) for n in range(2, 22)]
    assert others == ["done"] * (limits.RELEASED_BY_ALL.most - 6) + ["too_many"] * 6


@pytest.mark.granted
def test_no_press_of_another_button_uses_up_a_doubt(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    for _ in range(limits.RELEASED.most):
        press(person, "released")
    assert "We have noted your doubt" in press(person, "doubt", words="She died in May.")
    assert consent().state == "suspended"


@pytest.mark.granted
def test_a_doubt_suspends_however_often_it_was_pressed_before(desk: Desk) -> None:
    desk.grant()
    person, now = opened(desk), timezone.now()
    for _ in range(limits.DOUBTS.most):
        press(person, "doubt", words="Words.")
    text = press(person, "doubt", words="Words again.")
    assert "We have noted your doubt" in text
    assert "Your words were not kept" in text
    assert ClerkAct.objects.count() == limits.DOUBTS.most
    resume(consent(), actor=Actor("s", uuid.uuid4()), now=now)
    assert consent().state == "active"
    before = staff_mails(desk)
    press(person, "doubt", words="Words again.")
    assert consent().state == "suspended"
    assert staff_mails(desk) == before + 1, "it is suspended anew: staff hear of it"
    press(person, "doubt", words="Words again.")
    assert staff_mails(desk) == before + 1
    assert acts.doubt(letter(), "From the clerk.", once=uuid.uuid4(), address=ELSEWHERE, now=now) == "done"
    assert ClerkAct.objects.count() == limits.DOUBTS.most + 1, "the words of somebody elsewhere are kept"


@pytest.mark.granted
def test_a_doubt_about_an_ended_letter_has_its_limit(desk: Desk) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=now)
    row.consent.refresh_from_db()
    done = [acts.doubt(row, "Words.", once=uuid.uuid4(), address=HERE, now=now) for _ in range(6)]
    assert done == ["done"] * 5 + ["too_many"]


def used_up(row: LetterOfAuthorization) -> None:
    """Let no code of this letter have a try left."""
    ClerkCode.objects.filter(letter=row).update(tries=CODE_TRIES)


@pytest.mark.granted
def test_codes_used_up_at_one_address_are_not_used_up_at_another(desk: Desk) -> None:
    desk.grant()
    row, now = letter(), timezone.now()

    def ask(address: str) -> bool:
        used_up(row)  # while a code can be entered, no other is made
        return acts.ask_code(row, browser=CLERKS, language="en", address=address, now=now).sent

    assert [ask(HERE) for _ in range(4)] == [True] * 3 + [False]
    assert ask(ELSEWHERE)
    asked = [ask(f"192.0.2.{n}") for n in range(2, 22)]
    assert asked == [True] * (limits.CLERK_CODES_OWN_BY_ALL.most - 2) + [False] * 2


def staff_mails(desk: Desk) -> int:
    """How many mails about a doubt wait for our staff or went to them."""
    return Notice.objects.filter(key__startswith="staff:clerk:doubt:").count()


@pytest.mark.granted
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


@pytest.mark.granted
def test_five_wrong_codes_use_one_up_and_three_codes_a_day_are_sent(desk: Desk, settings: Any) -> None:
    desk.grant()
    person, row = opened(desk), letter()
    with profile_mailbox(desk, settings):
        press(person, "member")
        code = clerk_code(desk)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    now, browser = timezone.now(), ClerkCode.objects.get().browser
    assert browser is not None
    assert [acts.confirm(row, wrong, browser=browser, now=now) for _ in range(6)] == ["wrong"] * 5 + ["over"]
    assert acts.confirm(row, code, browser=browser, now=now) == "over"
    assert consent().assurance == "L1"
    asked = []
    for _ in range(3):
        asked.append(acts.ask_code(row, browser=browser, language="en", address="127.0.0.1", now=now).sent)
        used_up(row)
    assert asked == [True, True, False]
    assert Notice.objects.filter(template="staff_alert", key__contains="member_tries").count() == 1


@pytest.mark.granted
def test_whoever_holds_the_letter_cannot_void_the_clerks_code(desk: Desk, settings: Any) -> None:
    """The signer has the letter, too: presses of his void no code of the clerk's."""
    desk.grant()
    row, now = letter(), timezone.now()
    with profile_mailbox(desk, settings):
        assert acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=now).sent
        code = clerk_code(desk)
        for n in range(10):
            later, signers = now + timedelta(minutes=n), uuid.UUID(int=2)
            acts.ask_code(row, browser=signers, language="en", address="198.51.100.7", now=later)
            assert acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=later).sent
        assert ClerkCode.objects.filter(letter=row).count() == 2
        assert acts.confirm(row, code, browser=CLERKS, now=now + timedelta(minutes=14)) == "confirmed"


@pytest.mark.granted
def test_a_later_code_says_that_it_takes_the_place_of_an_earlier_one(desk: Desk, settings: Any) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    with profile_mailbox(desk, settings):
        assert acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=now).sent
        first = desk.mail("Code to confirm your member", to="billing@coop.example")["text"]
        ClerkCode.objects.update(made_at=now - timedelta(minutes=16))
        assert acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=now).sent
        second = desk.mail("Code to confirm your member", to="billing@coop.example")["text"]
    assert "takes its place" not in first
    assert "takes its place" in second


@pytest.mark.granted
def test_a_code_runs_out_and_the_newest_counts(desk: Desk, settings: Any) -> None:
    desk.grant()
    row, now = letter(), timezone.now()
    acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=now)
    first = clerk_code(desk)
    with time_machine.travel(now + timedelta(minutes=16), tick=True):
        acts.ask_code(row, browser=CLERKS, language="en", address=HERE, now=timezone.now())
    assert acts.confirm(row, first, browser=CLERKS, now=now + timedelta(minutes=17)) == "wrong"
    assert acts.confirm(row, clerk_code(desk), browser=CLERKS, now=now + timedelta(hours=5)) == "over"
    assert consent().assurance == "L1"


@pytest.mark.granted
def test_an_ended_letter_asks_for_no_code(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    assert "nothing to confirm" in words(person.get("/v/letter/member/"))
    person.http.post("/v/letter/member/")
    assert not ClerkCode.objects.exists()


@pytest.mark.granted
def test_the_database_keeps_what_a_clerk_said(desk: Desk) -> None:
    desk.grant()
    acts.released(letter(), once=uuid.uuid4(), address=HERE, now=timezone.now())
    row = ClerkAct.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        ClerkAct.objects.update(kind="doubt", audit_event_id=event().id)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError), transaction.atomic():  # no row without its event
        ClerkAct.objects.create(
            letter=letter(), kind="released", once=uuid.uuid4(), at=timezone.now(), audit_event_id=10**12
        )


@pytest.mark.granted
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


@pytest.mark.granted
def test_the_letters_page_says_where_data_goes_and_what_was_told(desk: Desk, settings: Any) -> None:
    desk.grant()
    person = opened(desk)
    page = words(person.get("/v/letter/"))
    assert f"Send to {settings.OPERATOR_NAME}" in page
    assert f"For {consent().recipient.legal_name}" in page
    assert "You told us" not in page
    press(person, "released")
    press(person, "doubt", words="No such member.")
    page = words(person.get("/v/letter/"))
    assert "You told us: released on" in page
    assert "You told us: in doubt on" in page
    assert "No such member." not in page


@pytest.mark.granted
def test_an_ended_letter_offers_no_button_that_does_nothing(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    assert "This is our member" in words(person.get("/v/letter/"))
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    page = words(person.get("/v/letter/"))
    assert "We have released the data" in page
    assert "We doubt this" not in page
    assert "This is our member" not in page
