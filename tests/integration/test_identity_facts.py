"""A proof is of a name and an address, too: neither a second letter nor a letter box of one's own takes it over."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.identity import bill, levels, posted, tries
from consents.identity.models import How, PostedCode, Proof
from consents.joint import account_facts
from consents.joint.models import AccountFact
from consents.models import Consent
from requests_app import grants
from requests_app.models import DataRequest
from tests import clock
from tests.integration.test_identity_bill import MADE, browser, compare, paper_bill
from tests.integration.test_identity_staff import staff
from tests.requests_world import ACCOUNT, ACTOR, AccountFacts, World, ensure_account, events, grant, world

PLACE = "666 Attacker Lane"


def named(w: World, name: str, address: str, *, number: str = ACCOUNT) -> UtilityAccount:
    """The account as a further letter of the same customer names it."""
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        return ensure_account(w.customer, "obec", AccountFacts(number, name, address), ref=ref, now=now)


def signed_over(w: World, account: UtilityAccount) -> Consent:
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
        return grant(w.customer, w.organisation, [account], ref=ref, now=now, assurance="L1")


def level(consent: Consent) -> str:
    return Consent.objects.get(id=consent.id).assurance


def confirmed(w: World) -> None:
    assert levels.confirm_by_utility(w.consent, how="clerk_button", actor=ACTOR, now=timezone.now())


def refused(work: Any) -> None:
    with pytest.raises(DatabaseError, match=r"evidence: |permission denied"), transaction.atomic():
        work()


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def event(w: World) -> int:
    return log.append("identity.failed", actor=ACTOR, subject=w.customer.id, body={}).id


def rewrite(w: World, column: str, value: bytes) -> None:
    with transaction.atomic():
        sql(f"UPDATE parties_utilityaccount SET {column} = %s, audit_event_id = %s", value, event(w))


def key(row: Any) -> object:
    return row.id if connection.vendor == "postgresql" else row.id.hex


# --- a code by post ------------------------------------------------------------------


def test_no_code_goes_to_an_address_that_nobody_has_proven(committing: str) -> None:
    w = world(assurance="L1")
    account = named(w, "VICTIM VERA", PLACE, number="40900927")
    signed_over(w, account)
    her, path = browser(w.customer.id), f"/my/account/{account.id}/code/"
    page = her.get(path).content.decode()
    assert "Send me the letter" not in page
    assert f"/my/account/{account.id}/prove/" in page
    answer = her.post(f"{path}ask/", follow=True).content.decode()
    assert "Show us a recent bill first" in answer
    assert not PostedCode.objects.exists()
    assert posted.ask(account, actor=Actor("c", w.customer.id), now=timezone.now()) is None

    def by_hand() -> None:
        ref = log.append("identity.code_asked", actor=ACTOR, subject=w.customer.id, body={})
        PostedCode.objects.create(account=account, asked_at=timezone.now(), audit_event_id=ref.id)

    refused(by_hand)


def test_staff_see_the_address_and_who_else_was_named_before_they_print(committing: str) -> None:
    w = world(assurance="L2")
    named(w, "Pat Member", PLACE)
    code = posted.ask(w.account, actor=Actor("c", w.customer.id), now=timezone.now())
    assert code is not None
    desk, path = staff(), f"/admin/identity/codes/{code.id}/"
    worklist = desk.get("/admin/identity/").content.decode()
    assert path in worklist
    assert "Print the letter" not in worklist
    page = desk.get(path).content.decode()
    assert "2 Example Road" in page
    assert "her own recent bill" in page
    assert "1 other name or address" in page
    assert PLACE not in page
    (read,) = events("account.read")
    assert PostedCode.objects.get().state == "waiting"
    assert desk.post(path).headers["Content-Type"] == "application/pdf"
    assert len(events("account.read")) == 2
    assert desk.get(path).status_code == 302
    assert read.id


# --- another name, another address ---------------------------------------------------


@pytest.mark.parametrize(("name", "address"), [("Eve Other", "2 Example Road"), ("Pat Member", PLACE)])
def test_a_second_letter_with_other_facts_begins_at_the_lowest_level(committing: str, name: str, address: str) -> None:
    w = world(assurance="L1")
    confirmed(w)
    account = named(w, name, address)
    assert account.id != w.account.id
    second = signed_over(w, account)
    assert (level(w.consent), level(second)) == ("L3", "L1")
    confirm = "UPDATE consents_consent SET assurance = 'L3' WHERE id = %s"
    refused(lambda: sql(confirm, key(second)))
    # A further proof of the first facts does not reach the second either.
    with transaction.atomic():
        levels.prove([w.account], level="L3", how=How.CALL_BACK, actor=ACTOR, now=timezone.now())
    assert level(second) == "L1"
    assert not PostedCode.objects.exists()
    assert posted.ask(account, actor=ACTOR, now=timezone.now()) is None


def test_the_same_facts_in_another_spelling_are_the_same(committing: str) -> None:
    w = world(assurance="L1")
    confirmed(w)
    account = named(w, " PAT  member", "2 example  ROAD ")
    assert account.id == w.account.id
    assert level(signed_over(w, account)) == "L3"
    # Where the name ends and the address begins belongs to the facts.
    assert named(w, "Pat Member 2", "Example Road").id != w.account.id


def test_a_typing_error_is_corrected_by_a_new_letter(committing: str) -> None:
    w = world(assurance="L1")
    wrong = named(w, "Pta Member", "2 Example Road", number="40900018")
    old = signed_over(w, wrong)
    right = named(w, "Pat Member", "2 Example Road", number="40900018")
    new, data = signed_over(w, right), paper_bill(account="40900018")
    by = World(w.organisation, w.application, w.key, w.customer, wrong, old)
    assert compare(by, data).failed == ("name",)
    by.account = right
    assert compare(by, data).ok
    assert (level(old), level(new)) == ("L1", "L2")
    assert Proof.objects.get().account_id == right.id


def test_what_an_account_row_names_is_never_changed(committing: str) -> None:
    w, other = world(assurance="L1"), b"x" * 32
    for column in ("facts_index", "number_index", "service_address", "name_as_billed", "number"):
        with pytest.raises(DatabaseError, match="what an account row names"):
            rewrite(w, column, other)
    with transaction.atomic():  # what does not say whose and which account it is, may change
        UtilityAccount.objects.filter(id=w.account.id).update(last_four="0018", audit_event_id=event(w))


def test_another_name_gives_no_further_tries_and_no_further_letters(committing: str) -> None:
    w, now = world(assurance="L2"), timezone.now()
    for _ in range(tries.COMPARED):
        assert compare(w, paper_bill(name="PAT OTHER")).failed == ("name",)
    account = named(w, "Pat M Member", "2 Example Road")
    assert not tries.may_try(account, How.OWN_BILL, now=now)
    for n in range(posted.LETTERS):
        row = posted.ask(w.account, actor=ACTOR, now=now + timedelta(days=n))
        assert row is not None
        with transaction.atomic():
            PostedCode.objects.filter(id=row.id).update(state=PostedCode.State.OVER, audit_event_id=event(w))
    with transaction.atomic():
        levels.prove([account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=now, file=uuid.uuid4())
    assert posted.ask(account, actor=ACTOR, now=now + timedelta(days=5)) is None
    assert bill.TOO_MANY in compare(w, paper_bill(), made=MADE).failed


# --- asks by account number ----------------------------------------------------------


def test_an_ask_by_number_finds_the_consent_that_is_proven(committing: str) -> None:
    w = world(assurance="L2")
    signed_over(w, named(w, "Eve Other", PLACE))
    answer = w.post(w.ask())
    assert answer.status_code in (201, 202), answer.content
    asked = DataRequest.objects.get(id=answer.json()["id"])
    assert (asked.consent_id, asked.accounts) == (w.consent.id, [str(w.account.id)])


def test_an_ask_by_number_leads_to_the_corrected_letter_once_it_is_proven(committing: str) -> None:
    w = world(assurance="L1")
    account = named(w, "Patricia Member", "2 Example Road")
    new = signed_over(w, account)
    with transaction.atomic():
        levels.prove([account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())
    today = clock.today()
    found = grants.by_accounts(w.organisation, "obec", [ACCOUNT], purpose="rate_comparison", today=today)
    assert found is not None
    assert (found.consent.id, found.accounts[ACCOUNT].id) == (new.id, account.id)


def test_a_fact_of_the_account_counts_under_each_name(committing: str) -> None:
    w, now = world(assurance="L1"), timezone.now()
    kind, value = AccountFact.Kind.PREPAID, AccountFact.Value.YES
    account_facts.record(w.account, kind, value, day=None, source="co_op", actor=ACTOR, now=now)
    account = named(w, "Pat M Member", "2 Example Road")
    assert account_facts.newest(account)[kind].value == value
