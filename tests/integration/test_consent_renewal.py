"""Renewing and correcting: a new consent with a new signature, which ends the old one when it enters into force."""

import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from broker.audit import log
from broker.demo.visitor import Visitor
from broker.parties import links
from broker.parties.models import EmailLink
from broker.terms import Actor
from consents import renewal, suspending
from consents.actions import move, revoke
from consents.comparing import compare
from consents.expiry import midnight
from consents.lifecycle import State
from consents.models import Consent, LetterFile, LetterOfAuthorization, RenewalAsked
from consents.renewal_answers import first_answers
from consents.rules import Answers
from requests_app.grants import not_in_force
from tests import requests_world
from tests.clock import today
from tests.integration.consent_support import Life, at, granted, life, mails, world_on
from tests.integration.grant_support import ACCOUNT, DATA, NAME, Desk, desk
from tests.requests_world import ACTOR, World, events

__all__ = ["desk", "life"]

START = date(2026, 1, 1)


def seal(w: World, consent: Consent, day: date) -> bool:
    """Let the seal bring a consent into force."""
    with time_machine.travel(at(day), tick=False), transaction.atomic():
        ref = log.append("letter.sealed", actor=ACTOR, subject=w.customer.id, body={})
        moved = move(consent, State.ACTIVE, ref=ref, now=at(day))
    consent.refresh_from_db()
    return moved


def renewed(w: World, old: Consent, day: date, **changes: object) -> Consent:
    """Sign a renewal on a day; it is not sealed yet."""
    facts = {"state": State.SIGNED, "supersedes": old, "starts": day, "ends": day + timedelta(days=200), **changes}
    return granted(w, at(day), **facts)


def test_both_are_in_force_until_the_new_one_is_sealed(life: Life) -> None:
    """No gap and no time without the old one; the seal ends it in the same transaction."""
    w, day = world_on(START), START + timedelta(days=30)
    newer = renewed(w, w.consent, day)
    assert not_in_force(w.consent, at(day)) is None
    assert not_in_force(newer, at(day)) == "consent.absent"
    assert seal(w, newer, day)
    assert not_in_force(newer, at(day)) is None
    assert not_in_force(w.consent, at(day)) == "consent.superseded"
    assert len(events("consent.superseded")) == 1
    life.work(at(day, "15:00"))
    assert mails() == ["replaced"]


def test_a_chain_of_five_leads_to_the_newest(life: Life) -> None:
    """None of the old ones is usable, and each keeps its letter."""
    w, day = world_on(START), START
    chain = [w.consent]
    for _link in range(5):
        day += timedelta(days=20)
        newer = renewed(w, chain[-1], day)
        assert seal(w, newer, day)
        chain.append(newer)
    for old in chain[:-1]:
        old.refresh_from_db()
        assert old.state == State.SUPERSEDED
        assert renewal.newest(old) == chain[-1]
        assert not_in_force(old, at(day)) == "consent.superseded"
        assert LetterFile.objects.filter(letter__consent=old).exists()
    assert not_in_force(chain[-1], at(day)) is None


def test_a_renewal_that_she_stops_leaves_the_old_one(life: Life) -> None:
    """Before the seal nothing has taken its place."""
    w, day = world_on(START), START + timedelta(days=30)
    newer = renewed(w, w.consent, day)
    assert revoke(newer, actor=Actor("c", w.customer.id), how="test", now=at(day))
    assert not seal(w, newer, day)
    assert not_in_force(w.consent, at(day)) is None


def test_a_renewal_that_ended_before_its_seal_gives_the_place_back(life: Life) -> None:
    """The next renewal takes it, and ends the old consent; it does not stand beside it."""
    w, day = world_on(START), START + timedelta(days=30)
    first = renewed(w, w.consent, day)
    assert revoke(first, actor=Actor("c", w.customer.id), how="test", now=at(day))
    assert renewal.newest(w.consent) == w.consent
    link = renewal.ask(w.consent, email="pat@member.example", language="en", now=at(day))
    assert link is not None
    assert renewal.renewed_by(link) == w.consent
    second = renewed(w, w.consent, day + timedelta(days=1))
    assert renewal.renewed_by(link) is None  # one at a time
    assert seal(w, second, day + timedelta(days=1))
    w.consent.refresh_from_db()
    assert w.consent.state == State.SUPERSEDED
    assert renewal.successor(w.consent) == second == renewal.newest(w.consent)
    life.work(at(day + timedelta(days=1), "15:00"))
    assert "replaced" in mails()


def test_the_database_takes_one_living_renewal(committing: str) -> None:
    w, day = world_on(START), START + timedelta(days=30)
    first = renewed(w, w.consent, day)
    with pytest.raises(IntegrityError):
        renewed(w, w.consent, day)
    assert revoke(first, actor=Actor("c", w.customer.id), how="test", now=at(day))
    assert renewed(w, w.consent, day).supersedes_id == w.consent.id


def test_a_renewal_under_suspension_ends_the_old_one_when_it_is_lifted(life: Life) -> None:
    """Until then the old one goes on."""
    w, day = world_on(START), START + timedelta(days=30)
    newer = renewed(w, w.consent, day)
    assert suspending.suspend(newer, because="abuse", actor=ACTOR, now=at(day))
    assert seal(w, newer, day)
    assert newer.state == State.SUSPENDED
    assert not_in_force(w.consent, at(day)) is None
    assert suspending.resume(newer, actor=ACTOR, now=at(day))
    assert not_in_force(w.consent, at(day)) == "consent.superseded"


@pytest.mark.parametrize("state", ["suspended", "paused_dormant", "signed"])
def test_what_is_on_hold_is_superseded_too(life: Life, state: str) -> None:
    """So that it cannot come back beside its successor."""
    w, day = world_on(START, state=state), START + timedelta(days=30)
    assert seal(w, renewed(w, w.consent, day), day)
    assert not_in_force(w.consent, at(day)) == "consent.superseded"
    assert not suspending.resume(w.consent, actor=Actor("c", w.customer.id), now=at(day))


def test_an_old_consent_that_ended_meanwhile_stays_as_it_ended(life: Life) -> None:
    """The new one comes into force all the same."""
    w, day = world_on(START, ends=START + timedelta(days=31)), START + timedelta(days=30)
    newer = renewed(w, w.consent, day)
    life.work(midnight(START + timedelta(days=31)))
    assert seal(w, newer, START + timedelta(days=32))
    w.consent.refresh_from_db()
    assert (w.consent.state, newer.state) == (State.EXPIRED, State.ACTIVE)


def test_one_consent_is_renewed_once(life: Life) -> None:
    """The database has room for one successor."""
    w, day = world_on(START), START + timedelta(days=30)
    renewed(w, w.consent, day)
    with pytest.raises(DatabaseError):
        renewed(w, w.consent, day)


def asked(w: World, day: date) -> EmailLink:
    """Press the button of the renewal's page."""
    with time_machine.travel(at(day), tick=False):
        link = renewal.ask(w.consent, email="pat@member.example", language="en", now=at(day))
    assert link is not None
    return link


def test_a_renewal_starts_from_the_old_answers(life: Life) -> None:
    """For as long as the old one was given; whose account it is, its number shows anew."""
    # In the real present: PostgreSQL opens nothing under an event of another time.
    w, now = requests_world.world(), timezone.now()
    day, old = today(now), w.consent
    link = renewal.ask(old, email="pat@member.example", language="en", now=now)
    assert link is not None
    answers = first_answers(link, now=now)
    assert (answers.purpose, answers.history_from, answers.history_to) == (
        old.purpose,
        old.history_from,
        old.history_to,
    )
    assert (answers.name_as_billed, answers.service_address) == ("Pat Member", "2 Example Road")
    assert answers.data_types == tuple(old.data_types)
    assert answers.ends == day + (old.ends - old.starts)
    assert (answers.account_number, answers.helped, answers.terms) == ("", None, {})
    assert renewal.renewed_by(link) == old


def test_of_another_mailbox_no_word_is_opened(life: Life) -> None:
    """A link that names somebody's consent and went elsewhere brings neither name nor address."""
    w, day = world_on(START), START + timedelta(days=30)
    with time_machine.travel(at(day), tick=False):
        link = links.begin(
            "x@member.example", EmailLink.Purpose.SHARE, organisation=w.organisation, language="en", now=at(day)
        )
    assert link is not None
    RenewalAsked.objects.create(link=link, consent=w.consent, asked_at=at(day))
    answers = first_answers(link, now=at(day))
    assert (answers.name_as_billed, answers.service_address, answers.role) == ("", "", "")


def test_a_fresh_code_keeps_what_is_renewed(life: Life) -> None:
    """The mail was late; the next link means the same."""
    w = world_on(START)
    link = asked(w, START + timedelta(days=30))
    fresh = asked(w, START + timedelta(days=31))
    RenewalAsked.objects.filter(link=fresh).delete()
    renewal.carry(link, fresh, now=at(START + timedelta(days=31)))
    assert renewal.renewed_by(fresh) == w.consent


def test_a_link_without_a_renewal_renews_nothing(life: Life) -> None:
    """And one whose consent is over."""
    w, day = world_on(START), START + timedelta(days=30)
    with time_machine.travel(at(day), tick=False):
        share = EmailLink.Purpose.SHARE
        link = links.begin("x@member.example", share, organisation=w.organisation, language="es", now=at(day))
    assert link is not None
    assert renewal.renewed_by(link) is None
    assert first_answers(link, now=at(day)).language == "es"
    mine = asked(w, day)
    revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=at(day))
    assert renewal.renewed_by(mine) is None
    w.consent.refresh_from_db()
    with pytest.raises(ValueError, match="goes on"):
        renewal.ask(w.consent, email="pat@member.example", language="en", now=at(day))


def test_the_lines_say_what_is_the_same_and_what_changed(life: Life) -> None:
    """In words, in the order of the letter."""
    w, day = world_on(START), START + timedelta(days=30)
    newer = renewed(w, w.consent, day, data_types=["bill"])
    lines = {line.field: line for line in renewal.lines(w.consent, newer)}
    assert [name for name, line in lines.items() if not line.same] == ["data_types", "ends"]
    assert lines["data_types"].before_words == "Bills, Daily energy use"
    assert lines["data_types"].after_words == "Bills"
    assert lines["ends"].after_words == "August 18, 2026"
    assert lines["recipient"].same


def test_a_grant_over_another_account_takes_the_place_of_nothing(life: Life) -> None:
    """Whether it is the same account is known by its whole number, not by its ending."""
    w, day = world_on(START), START + timedelta(days=30)
    link, number = asked(w, day), requests_world.ACCOUNT
    assert renewal.renewed_by(link) == w.consent
    assert renewal.takes_the_place_of(link, number) == w.consent
    assert renewal.takes_the_place_of(link, f"9{number}") is None
    before = renewal.scope_of(w.consent)
    assert before["account"] == [number[-4:]]
    other = renewal.scope_of(Answers(account_number="77770042"), before["recipient"])
    line = next(each for each in compare(before, {**before, "account": other["account"]}) if not each.same)
    assert (line.title, line.before_words, line.after_words) == ("Account ending", number[-4:], "0042")


@pytest.mark.granted
def test_signed_over_another_account_the_old_permission_goes_on(desk: Desk) -> None:
    """The page says so before she signs, and the mailbox that signs."""
    person = desk.grant()
    old = Consent.objects.get()
    begin_renewal(desk, person, old)
    desk.answer(person, account={"number": "77770001"})
    desk.read(person)
    page = person.get("/share/check/").text
    assert f"This is another account than that of {old.number}" in page
    assert "takes the place of" not in page
    assert re.search(r"Signing as \w\*\*\*@", page)
    desk.sign(person, opens=False)
    desk.work()
    old.refresh_from_db()
    newer = Consent.objects.exclude(id=old.id).get()
    assert (newer.supersedes_id, newer.state, old.state) == (None, State.ACTIVE, State.ACTIVE)


def begin_renewal(desk: Desk, person: Visitor, old: Consent) -> str:
    """Press the button, take the mail, enter its code; give the page that follows."""
    person.submit(f"/my/{old.id}/renew/", {})
    mail = desk.mail("to renew")
    assert old.number in mail["subject"]
    path = next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link)
    return person.submit(path, {"code": mail["codes"][0]}).text


@pytest.mark.granted
def test_she_renews_without_typing_an_answer_twice(desk: Desk) -> None:
    """One page with all answers; she changes one by its link, and the account stays the proven one."""
    person = desk.grant()
    old = Consent.objects.get()
    page = begin_renewal(desk, person, old)
    assert "Your permission, once more" in page
    assert NAME in page
    assert "3 Test Road" in page
    assert "Bills, Daily energy use" in page
    assert "Nothing changes, not even the last day" in page  # renewed on the day of the signature
    assert "On the way it may reach" in page
    for name in ("account", "data", "purpose"):
        assert f'href="/share/{name}/"' in page
    page = person.get("/share/data/").text
    assert len(re.findall(r'name="data_types"[^>]*checked', page)) == 2
    page = person.submit("/share/data/", {**DATA, "data_types": ["bill"]}).text
    assert "Your permission, once more" in page  # back on the page with all answers
    assert "changed:" in page
    assert "Nothing changes" not in page
    assert "The last day of sharing stays the same" in page
    wrong = person.submit("/share/renewal/", {"number": "77770001", "helped": "no"}, expect=422).text
    assert "not the account number of that permission" in wrong
    page = person.submit("/share/renewal/", {"number": ACCOUNT["number"], "helped": "no"}).text
    assert "Signing electronically" in page
    desk.agree(person)
    desk.sign(person)
    desk.work()
    newer = Consent.objects.exclude(id=old.id).get()
    old.refresh_from_db()
    assert (newer.supersedes_id, newer.state, old.state) == (old.id, State.ACTIVE, State.SUPERSEDED)
    assert newer.data_types == ["bill"]
    assert newer.accounts.get() == old.accounts.get()  # the same row: its proof stays
    letters = {each.consent_id: each for each in LetterOfAuthorization.objects.all()}
    signed = LetterFile.objects.get(letter=letters[newer.id], kind=LetterFile.Kind.PRESENTED)
    assert signed.bytes
    how = person.get(f"/my/{newer.id}/how-signed/").text
    assert letters[old.id].number in how
    # What a page had shown is not called knowledge of hers.
    assert "Name and address were shown" in how
    assert "number_typed" in how
    assert "knowledge_typed" not in how
    first = person.get(f"/my/{old.id}/how-signed/").text
    assert "the page did not show them beforehand" in first


def test_the_page_of_a_renewal_is_for_a_renewal(desk: Desk) -> None:
    """Whoever renews nothing is shown the step that is missing."""
    person = desk.visitor()
    desk.enter(person)
    assert "Which account" in person.get("/share/renewal/").text


@pytest.mark.granted
def test_she_renews_on_her_pages(desk: Desk) -> None:
    """From her list to the new signature; the page before it says what changes, and mails go to both."""
    person = desk.grant()
    old = Consent.objects.get()
    page = person.get("/my/").text
    assert f"/my/{old.id}/renew/" in page
    begin_renewal(desk, person, old)
    assert "2025-01-01" in person.get("/share/data/").text
    desk.answer(person, data={"data_types": ["bill"]})
    desk.read(person)
    page = person.get("/share/check/").text
    assert old.number in page
    assert "What stays and what changes" in page
    desk.sign(person, opens=False)
    newer = Consent.objects.exclude(id=old.id).get()
    old.refresh_from_db()
    assert (newer.supersedes_id, old.state) == (old.id, State.ACTIVE)
    desk.work()
    old.refresh_from_db()
    newer.refresh_from_db()
    assert (newer.state, old.state) == (State.ACTIVE, State.SUPERSEDED)
    text = desk.mail(f"{newer.number} takes the place of {old.number}")["text"]
    assert "What you share: changed from Bills, Daily energy use to Bills" in text
    assert desk.mail(f"{old.number} is replaced", to="inbox@recipient.example")
    assert requests_world.events("consent.superseded")
