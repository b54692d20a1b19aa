"""Proofs of an account: they raise every consent over it, and the database takes no level without one."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import SERVICE
from consents.identity import levels
from consents.identity.models import Attempt, How, PostedCode, Proof
from consents.lifecycle import State
from consents.models import Consent, ConsentAccount
from tests.requests_world import ACTOR, AccountFacts, World, ensure_account, events, grant, organisation, world

CLERK = SERVICE("clerk")


@pytest.fixture
def low(committing) -> World:
    """A world whose consent rests on a mailbox alone."""
    return world(assurance="L1")


def second(one: World, *, accounts=None, **changes) -> Consent:
    """A further consent of the same customer, to somebody else."""
    now = timezone.now()
    recipient, _, _ = organisation(f"org-{uuid.uuid4().hex[:6]}", now)
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=one.customer.id, body={})
        return grant(
            one.customer, recipient, accounts or [one.account], ref=ref, now=now, **{"assurance": "L1", **changes}
        )


def further_account(one: World):
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=one.customer.id, body={})
        facts = AccountFacts("40900018", "Pat Member", "4 Example Road")
        return ensure_account(one.customer, "obec", facts, ref=ref, now=now)


def level(consent: Consent) -> str:
    return Consent.objects.get(id=consent.id).assurance


def test_the_clerks_button_raises_every_consent_over_the_account_once(low):
    other, ended = second(low), second(low, state=State.REVOKED)
    assert levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    assert low.consent.assurance == "L3"
    assert (level(low.consent), level(other), level(ended)) == ("L3", "L3", "L1")
    assert not levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    (event,) = events("identity.proven")
    (proof,) = Proof.objects.all()
    assert (proof.level, proof.how, proof.consent_id) == ("L3", "clerk_button", low.consent.id)
    assert proof.audit_event_id == event.id == Consent.objects.get(id=other.id).audit_event_id


def test_an_ended_consent_and_an_unknown_way_confirm_nothing(low):
    gone = second(low, state=State.REVOKED)
    assert not levels.confirm_by_utility(gone, how="clerk_button", actor=CLERK, now=timezone.now())
    with pytest.raises(ValueError, match="does not confirm"):
        levels.confirm_by_utility(low.consent, how="own_bill", actor=CLERK, now=timezone.now())
    assert not Proof.objects.exists()


def test_a_consent_over_two_accounts_stands_at_the_lower_of_the_two(low):
    other = further_account(low)
    both = second(low, accounts=[low.account, other])
    assert levels.confirm_by_utility(low.consent, how="call_back", actor=CLERK, now=timezone.now())
    assert (level(low.consent), level(both)) == ("L3", "L1")
    with transaction.atomic():
        levels.prove([other], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())
    assert level(both) == "L2"


def test_a_later_consent_over_a_proven_account_begins_at_its_level(low):
    levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    assert level(second(low)) == "L3"


def refused(work) -> None:
    """The database itself says no."""
    with pytest.raises(DatabaseError, match=r"evidence: |permission denied for table identity_"), transaction.atomic():
        work()


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_database_takes_no_level_without_a_proof(low):
    consent = low.consent.id if connection.vendor == "postgresql" else low.consent.id.hex
    raise_it = "UPDATE consents_consent SET assurance = %s WHERE id = %s"
    refused(lambda: sql(raise_it, "L2", consent))
    refused(lambda: sql(raise_it, "L3", consent))
    with transaction.atomic():
        levels.prove([low.account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())
    refused(lambda: sql(raise_it, "L3", consent))


def test_no_consent_is_born_above_the_lowest_level(low):
    row = Consent.objects.get(id=low.consent.id)
    copy = {f.attname: getattr(row, f.attname) for f in Consent._meta.concrete_fields}
    copy |= {"id": uuid.uuid4(), "number": "OB-2026-900000", "stop_token_hash": bytes(31) + b"1", "assurance": "L2"}

    def born() -> None:
        ref = log.append("consent.granted", actor=ACTOR, subject=low.customer.id, body={})
        Consent.objects.create(**{**copy, "audit_event_id": ref.id})

    refused(born)


def test_an_unproven_account_does_not_join_a_proven_consent(low):
    levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    other = further_account(low)

    def join() -> None:
        ref = log.append("consent.changed", actor=ACTOR, subject=low.customer.id, body={})
        ConsentAccount.objects.create(consent=low.consent, account=other, audit_event_id=ref.id)

    refused(join)


def test_a_proof_of_somebody_elses_account_row_raises_nothing(low):
    """The same account number, held by another customer, is another row."""
    levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    now = timezone.now()
    from broker.parties.directory import ensure_customer

    with transaction.atomic():
        stranger = uuid.uuid4()
        ref = log.append("consent.granted", actor=ACTOR, subject=stranger, body={})
        customer = ensure_customer(stranger, "eve@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts("40900017", "Pat Member", "2 Example Road")
        account = ensure_account(customer, "obec", facts, ref=ref, now=now)
        hers = grant(customer, low.organisation, [account], ref=ref, now=now, assurance="L1")
    assert level(hers) == "L1"


@pytest.mark.parametrize("table", ["identity_proof", "identity_attempt"])
def test_proofs_and_tries_are_only_ever_added(low, table):
    levels.confirm_by_utility(low.consent, how="clerk_button", actor=CLERK, now=timezone.now())
    with transaction.atomic():
        ref = log.append("identity.failed", actor=ACTOR, subject=low.customer.id, body={})
        Attempt.objects.create(
            account=low.account, how=How.OWN_BILL, failed=["name"], at=timezone.now(), audit_event_id=ref.id
        )
    refused(lambda: sql(f"DELETE FROM {table}"))
    refused(lambda: sql(f"UPDATE {table} SET how = 'call_back'"))


def test_a_code_by_post_that_was_used_never_comes_back(low):
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("identity.code_asked", actor=ACTOR, subject=low.customer.id, body={})
        code = PostedCode.objects.create(
            account=low.account,
            state=PostedCode.State.OVER,
            asked_at=now,
            audit_event_id=ref.id,
        )
    row = code.id if connection.vendor == "postgresql" else code.id.hex
    refused(lambda: sql("UPDATE identity_postedcode SET state = 'waiting' WHERE id = %s", row))
    refused(lambda: sql("DELETE FROM identity_postedcode WHERE id = %s", row))


def test_a_notice_that_nobody_sent_lets_no_time_pass(low):
    consent = low.consent.id if connection.vendor == "postgresql" else low.consent.id.hex
    refused(lambda: sql("UPDATE consents_consent SET notice_at = %s WHERE id = %s", timezone.now(), consent))
