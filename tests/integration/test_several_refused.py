"""What is not in a letter for many accounts: strangers' bills, other holders, and what changed meanwhile."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.demo.visitor import Visitor
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.rehearsal import paper
from broker.terms import Actor
from broker.vault.files import as_it_lies
from consents import drafts
from consents.asking import acts
from consents.asking.acts import Asker
from consents.identity.levels import prove
from consents.identity.models import How, Proof
from consents.joint.models import CoApproval
from consents.models import Consent, Draft
from consents.several import bills, listed
from consents.several.looking import BUDGET, Given, begin
from tests import clock
from tests import several_world as farm
from tests.integration.asking_support import body, code
from tests.integration.grant_support import Desk, desk
from tests.integration.test_gate_unread_files import notes, pdf
from tests.requests_world import events

__all__ = ["desk"]
ACCOUNTS = farm.numbers(3)
EVERY = (1, 2, 3)
NOT_HERS, JOINT = "Its bill names another holder", "Its bill names two holders"


@pytest.fixture
def person(desk: Desk) -> Visitor:
    """Somebody who is at the list of three accounts."""
    found = desk.visitor()
    farm.enter(desk, found, farm.ask(desk, ACCOUNTS))
    farm.holder(found)
    return found


def proven(person: Visitor) -> int:
    return person.get(farm.LIST).text.count("mark--yes")


def goes_on(person: Visitor, want: tuple[int, ...] = EVERY) -> bool:
    """Whether she can go on from the list: the page that follows is that of the data."""
    return farm.drop(person, want=want, do="go", expect=200).url.path == "/share/data/"


def test_a_strangers_bill_proves_nothing_and_holds_nothing_up(person: Visitor) -> None:
    bills = [farm.bill(ACCOUNTS[0]), farm.bill(ACCOUNTS[1], name="Otto Other")]
    page = farm.drop(person, bills, want=EVERY).text
    assert NOT_HERS in page
    assert proven(person) == 1
    assert goes_on(person)


@pytest.mark.parametrize(
    "line", ["Gwen Grant or Hal Grant", "HAL GRANT & GWEN GRANT", "Hal Grant and Gwen Grant", "Gwen Grant et ux"]
)
def test_a_bill_of_two_holders_is_not_in_this_letter(person: Visitor, line: str) -> None:
    page = farm.drop(person, [farm.bill(ACCOUNTS[0], name=line)], want=EVERY).text
    assert JOINT in page
    assert "Sign for it by itself" in page
    assert proven(person) == 0


def test_two_holders_never_come_as_far_as_the_list(desk: Desk) -> None:
    found = desk.visitor()
    farm.enter(desk, found, farm.ask(desk, ACCOUNTS))
    page = farm.holder(found, name="Hal or Gwen Grant", expect=422).text
    assert "accounts of one holder alone" in page


def test_the_same_bill_counts_once_and_a_second_one_is_not_kept(person: Visitor) -> None:
    bill = farm.bill(ACCOUNTS[0])
    page = farm.drop(person, [bill, bill, farm.bill(ACCOUNTS[0], kwh=900)], want=EVERY).text
    assert "You brought this very file before." in page
    assert "A bill had proven this account already." in page
    assert proven(person) == 1
    assert len(vault.files_of(Draft.objects.get().id)) == 1


def test_what_nobody_asked_for_is_not_kept(person: Visitor) -> None:
    page = farm.drop(person, [farm.bill("77777777")], want=EVERY).text
    assert "It is of no account of the list." in page
    assert vault.files_of(Draft.objects.get().id) == []


def test_a_bill_of_another_utility_proves_nothing(person: Visitor) -> None:
    page = farm.drop(person, [farm.bill(ACCOUNTS[0], co_op="Craighead Electric Cooperative Corporation")], want=EVERY)
    assert "This is a bill of another utility." in page.text
    assert proven(person) == 0


def test_a_paper_of_two_accounts_is_of_neither(person: Visitor) -> None:
    both = paper.pdf([[f"Account number: {ACCOUNTS[0]}", f"Account number: {ACCOUNTS[1]}", f"Name: {farm.FARM}"]])
    page = farm.drop(person, [both], want=EVERY).text
    assert "It names more than one account." in page
    assert proven(person) == 0


def test_an_old_bill_and_a_picture_say_what_they_lack(person: Visitor) -> None:
    page = farm.drop(person, [farm.bill(ACCOUNTS[0], made=80), paper.pdf([[]])], want=EVERY).text
    assert "Its bill is too old." in page
    assert "We cannot read this file: it is a picture." in page


def test_a_bill_with_words_that_nobody_read_is_not_kept(person: Visitor) -> None:
    def beside(document: Any) -> None:
        notes(document, "word " * 210_000, "my SmartHub password is Thimble!Gravel8")

    page = farm.drop(person, [pdf(beside, farm.bill(ACCOUNTS[0])), farm.bill(ACCOUNTS[1])], want=EVERY).text
    assert "We cannot read this file" in page
    assert proven(person) == 1  # and the other one counts


def test_what_stands_beside_no_label_is_typed_and_looked_for(person: Visitor) -> None:
    made = clock.today() - timedelta(days=9)
    lines = [f"Account number: {ACCOUNTS[0]}", f"Name: {farm.FARM}", "9 Mill Road, Example", f"{made} $98.11"]
    page = farm.drop(person, [paper.pdf([lines])], want=EVERY).text
    assert "Something of it could not be read." in page
    said = {"service_address-1": "9 Mill Road, Example", "billed_on-1": made.isoformat(), "amount-1": "98.12"}
    assert "Its amount is not on the bill." in farm.drop(person, want=EVERY, **said).text
    assert proven(person) == 0
    farm.drop(person, want=EVERY, **{**said, "amount-1": "$98.11"})
    assert proven(person) == 1


def test_with_nothing_ticked_there_is_no_letter(person: Visitor) -> None:
    farm.drop(person, [farm.bill(ACCOUNTS[0])], want=EVERY)
    page = farm.drop(person, want=(), do="go", expect=422).text
    assert "Tick at least one account that a bill has proven" in page
    assert "checked" not in page


def test_what_is_not_proven_or_not_wanted_is_left_out_by_name(desk: Desk, person: Visitor) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS[:2]], want=EVERY)
    assert goes_on(person, (1, 3))
    farm.rest(desk, person)
    letter = desk.read(person)
    check = person.get("/share/check/").text
    assert "Not in this letter" in check
    assert "You took its tick away." in check
    assert "A recent bill of this account is missing." in check
    desk.sign(person, opens=False)
    consent = Consent.objects.get()
    assert [row.last_four for row in consent.accounts.all()] == [ACCOUNTS[0][-4:]]
    assert ACCOUNTS[1].encode() not in letter
    done = person.get("/share/done/").text
    assert f"{ACCOUNTS[1][-4:]}, {ACCOUNTS[2][-4:]}" in done


def test_a_list_that_changed_after_the_letter_is_not_signed(desk: Desk, person: Visitor) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS[:2]], want=EVERY)
    farm.drop(person, want=EVERY, do="go")
    farm.rest(desk, person)
    desk.read(person)
    page = person.get("/share/check/")
    shown = person.field(page, "letter_sha256")
    farm.drop(person, [farm.bill(ACCOUNTS[2])], want=(1, 3))  # in another window
    answer = person.http.post(
        "/share/check/",
        data={
            "letter_sha256": shown,
            "typed_name": farm.FARM,
            "csrfmiddlewaretoken": person.field(page, "csrfmiddlewaretoken"),
        },
        headers={"Referer": str(page.url)},
    )
    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_an_ask_that_was_taken_back_is_said_and_what_she_signs_stands(desk: Desk, person: Visitor) -> None:
    ask = desk.organisation.asks.get()
    application = desk.organisation.applications.get()
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    acts.cancel(Asker.app(application), ask, now=timezone.now())
    assert "has taken its request back" in person.get(farm.LIST).text
    assert goes_on(person)
    farm.rest(desk, person)
    desk.sign(person)
    assert Consent.objects.get().accounts.count() == 3
    ask.refresh_from_db()
    assert ask.state == "cancelled"


def test_sixty_accounts_are_asked_for_and_no_more(desk: Desk) -> None:
    assert len(farm.ask(desk, farm.numbers(60)).accounts or ()) == 60
    asker = Asker.app(desk.organisation.applications.get())
    for odd in (farm.numbers(61), ["4.09E+07"], [51000042], ["51000042", "x"]):
        said = body(email=..., account=..., accounts=odd)
        assert code(acts.ask(asker, said, idempotency_key="odd", now=timezone.now())) == "ask.invalid"
    both = body(email=..., accounts=ACCOUNTS)
    assert code(acts.ask(asker, both, idempotency_key="odd", now=timezone.now())) == "ask.invalid"
    one = farm.ask(desk, [ACCOUNTS[0], ACCOUNTS[0]])
    assert (one.accounts, one.account_ending) == (None, ACCOUNTS[0][-4:])


def test_no_number_of_the_list_is_kept(desk: Desk) -> None:
    row = farm.ask(desk, ACCOUNTS)
    assert [each["ending"] for each in row.accounts or ()] == [each[-4:] for each in ACCOUNTS]
    assert not any(each in str(row.accounts) for each in ACCOUNTS)


def test_an_account_in_another_permission_of_hers_is_said(desk: Desk, person: Visitor) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    farm.drop(person, want=(1,), do="go")
    farm.rest(desk, person)
    desk.sign(person)
    first = Consent.objects.get()
    again = desk.visitor()
    farm.enter(desk, again, farm.ask(desk, ACCOUNTS, purpose="billing_review"))
    farm.holder(again)
    page = again.get(farm.LIST).text
    assert page.count(f"It is in your permission {first.number} already") == 1
    farm.drop(again, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    assert goes_on(again)


def both(number: str) -> None:
    """Another customer, who proved the account, asked that both must agree over it."""
    now, other = timezone.now(), uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", other), subject=other, body={})
        customer = ensure_customer(other, "hal@member.example", language="en", ref=ref, now=now)
        account = ensure_account(customer, "obec", AccountFacts(number, "Hal Grant", "1 Road"), ref=ref, now=now)
        prove([account], level="L3", how=How.CLERK_BUTTON, actor=Actor("c", other), now=now)
        CoApproval.objects.create(
            account=account,
            utility="obec",
            number_index=bytes(account.number_index),
            since=now,
            audit_event_id=ref.id,
        )


def test_an_account_over_which_both_must_agree_has_its_own_way(desk: Desk, person: Visitor) -> None:
    both(ACCOUNTS[0])
    page = farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY).text
    assert "Another holder has a say in it." in page
    assert proven(person) == 2


def test_both_must_agree_since_she_looked_and_nothing_is_signed(desk: Desk, person: Visitor) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    farm.drop(person, want=EVERY, do="go")
    farm.rest(desk, person)
    desk.read(person)
    both(ACCOUNTS[1])
    shown = person.get("/share/check/")
    answer = person.submit(
        "/share/check/",
        {"letter_sha256": person.field(shown, "letter_sha256"), "typed_name": farm.FARM},
    )
    assert answer.url.path == farm.LIST
    assert "Another holder has a say in it." in answer.text
    assert proven(person) == 2
    assert not Consent.objects.exists()
    assert Proof.objects.count() == 1
    # The others can be signed for, and no bill of them is asked for again.
    assert farm.drop(person, want=EVERY, do="go").url.path == "/share/read/"
    desk.sign(person)
    assert Consent.objects.get().accounts.count() == 2


def test_another_name_later_voids_what_bills_had_proven(person: Visitor) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    assert proven(person) == 3
    farm.holder(person, name="Otto Other")
    assert proven(person) == 0


def test_each_account_takes_five_bills_a_day(person: Visitor) -> None:
    bad = [farm.bill(ACCOUNTS[0], name="Otto Other", kwh=n) for n in range(1, 7)]
    page = farm.drop(person, [*bad, farm.bill(ACCOUNTS[0])], want=EVERY).text
    assert page.count("Those were too many tries for one day.") == 2
    assert proven(person) == 0


def test_each_drop_is_one_entry_with_counts_and_codes_alone(person: Visitor) -> None:
    before = len(events("draft.saved"))
    farm.drop(person, [farm.bill(ACCOUNTS[0]), farm.bill(ACCOUNTS[1], name="Otto Other")], want=EVERY)
    assert len(events("draft.saved")) == before + 1


UNLABELLED = f"Name: {farm.FARM}", "9 Mill Road, Example"


def unlabelled(account: str, *, made: int = 9) -> bytes:
    """A bill whose address and sum stand beside no label."""
    day = clock.today() - timedelta(days=made)
    return paper.pdf([[f"Account number: {account}", *UNLABELLED, f"Bill date: {day}", "$98.11"]])


def test_a_bill_that_was_given_up_for_another_name_can_be_brought_again(person: Visitor) -> None:
    good = unlabelled(ACCOUNTS[0])
    farm.drop(person, [good, farm.bill(ACCOUNTS[0], made=4), good], want=EVERY)
    page = farm.drop(person, [farm.bill(ACCOUNTS[0], made=4)], want=EVERY).text
    assert "You brought this very file before." in page
    farm.holder(person, name="Otto Other")
    farm.holder(person)
    assert proven(person) == 0
    page = farm.drop(person, [good], want=EVERY).text
    assert "You brought this very file before." not in page
    farm.drop(person, want=EVERY, **{"service_address-1": "9 Mill Road, Example", "amount-1": "98.11"})
    assert proven(person) == 1


def test_a_bill_that_fails_or_is_older_takes_the_place_of_none(person: Visitor) -> None:
    farm.drop(person, [unlabelled(ACCOUNTS[0])], want=EVERY)
    page = farm.drop(person, [farm.bill(ACCOUNTS[0], name="Otto Other")], want=EVERY).text
    assert NOT_HERS in page
    page = farm.drop(person, [unlabelled(ACCOUNTS[0], made=30)], want=EVERY).text
    assert "The list has a newer bill of this account already." in page
    farm.drop(person, want=EVERY, **{"service_address-1": "9 Mill Road, Example", "amount-1": "98.11"})
    assert proven(person) == 1
    assert len(vault.files_of(Draft.objects.get().id)) == 1


def test_a_newer_bill_takes_the_place_of_one_of_which_something_lacks(person: Visitor) -> None:
    farm.drop(person, [unlabelled(ACCOUNTS[0], made=30)], want=EVERY)
    farm.drop(person, [farm.bill(ACCOUNTS[0])], want=EVERY)
    assert proven(person) == 1
    files = vault.files_of(Draft.objects.get().id)
    assert [as_it_lies(each)[1] is None for each in files] == [True, False]


def test_a_row_that_is_typed_in_part_is_asked_for_as_a_whole(person: Visitor) -> None:
    farm.drop(person, [unlabelled(ACCOUNTS[0])], want=EVERY)
    page = farm.drop(person, want=EVERY, **{"service_address-1": "8 Wrong Road"}).text
    assert 'name="service_address-1"' in page
    assert 'name="amount-1"' in page
    assert "8 Wrong Road" not in page
    farm.drop(person, want=EVERY, **{"service_address-1": "9 Mill Road, Example", "amount-1": "98.11"})
    assert proven(person) == 1


def test_what_was_read_and_does_not_fit_can_be_typed(person: Visitor) -> None:
    later, made = clock.today() + timedelta(days=9), clock.today() - timedelta(days=9)
    lines = [f"Account number: {ACCOUNTS[0]}", *UNLABELLED, f"Statement date: {later}", f"Read {made}", "$98.11"]
    farm.drop(person, [paper.pdf([lines])], want=EVERY)
    said = {"service_address-1": "9 Mill Road, Example", "amount-1": "98.11"}
    assert 'name="billed_on-1"' in farm.drop(person, want=EVERY, **said).text
    farm.drop(person, want=EVERY, **said, **{"billed_on-1": made.isoformat()})
    assert proven(person) == 1


def test_an_address_that_no_letter_can_show_is_typed(person: Visitor) -> None:
    bill = farm.bill(ACCOUNTS[0], address="9 Mill Road, Example ~")
    letter = b"<< /Differences [126 /afii57664] >>"  # the sign is one of another script
    page = farm.drop(person, [bill.replace(b"/WinAnsiEncoding", letter)], want=EVERY).text
    assert 'name="service_address-1"' in page
    farm.drop(person, want=EVERY, **{"service_address-1": "9 Mill Road, Example"})
    assert proven(person) == 1


def test_the_kept_bills_of_a_list_have_a_size(person: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = farm.bill(ACCOUNTS[0]), farm.bill(ACCOUNTS[1])
    monkeypatch.setattr(bills, "MOST_BYTES", len(one) + len(two) - 1)
    page = farm.drop(person, [one, two], want=EVERY).text
    assert "Your bills are larger than 100 MB in all." in page
    assert proven(person) == 1
    assert len(vault.files_of(Draft.objects.get().id)) == 1


def test_what_there_was_no_time_for_is_sent_again_and_the_rest_is_kept(
    person: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = Draft.objects.get()
    rows, seconds = listed.read(drafts.read(draft).several), iter([0.0, 1.0, BUDGET + 1])
    looking = begin(draft, farm.FARM, rows, now=timezone.now(), clock=lambda: next(seconds))
    bills.drop(looking, [Given(each, farm.bill(each)) for each in ACCOUNTS[:2]])
    assert [(each.name, each.code) for each in looking.files] == [(ACCOUNTS[0], ""), (ACCOUNTS[1], "later")]
    with monkeypatch.context() as hurried:
        hurried.setattr("consents.several.looking.BUDGET", -1.0)
        page = farm.drop(person, [farm.bill(ACCOUNTS[0])], want=EVERY).text
    assert "There was no time to read this one. Send it again." in page
    assert proven(person) == 0
    farm.drop(person, [farm.bill(ACCOUNTS[0])], want=EVERY)
    assert proven(person) == 1


def test_another_way_to_write_a_mailbox_gives_no_further_tries(desk: Desk) -> None:
    told = []
    for email in ("gwen@gmail.com", "g.wen+farm@gmail.com"):
        found = desk.visitor()
        asked = farm.ask(desk, ACCOUNTS, purpose="billing_review" if told else "rate_comparison")
        farm.enter(desk, found, asked, email)
        farm.holder(found)
        bad = [farm.bill(ACCOUNTS[0], name="Otto Other", kwh=n) for n in range(4)]
        told.append(farm.drop(found, bad, want=EVERY).text.count("too many tries for one day"))
    assert told == [0, 3]


def test_no_bill_is_opened_before_name_and_letter_are_right(
    desk: Desk, person: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.drop(person, [farm.bill(each) for each in ACCOUNTS], want=EVERY)
    farm.drop(person, want=EVERY, do="go")
    farm.rest(desk, person)
    desk.read(person)
    opened: list[int] = []
    monkeypatch.setattr("consents.several.bills.opened", lambda _draft, rows: opened.append(len(rows)) or {})
    shown = person.field(person.get("/share/check/"), "letter_sha256")
    wrong = [{"letter_sha256": shown, "typed_name": "Otto Other"}, {"letter_sha256": "0" * 64, "typed_name": farm.FARM}]
    for said in wrong:
        person.submit("/share/check/", said, expect=422)
    assert opened == []
    person.submit("/share/check/", {"letter_sha256": shown, "typed_name": farm.FARM}, expect=422)
    assert opened == [3]
    assert not Consent.objects.exists()
