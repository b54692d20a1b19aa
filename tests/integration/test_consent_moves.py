"""The database refuses every move that the table does not have, and every edit of what was signed; on both engines."""

import itertools
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account
from broker.terms import Actor
from consents.actions import move
from consents.lifecycle import ENDED, STORED, State, can_move
from consents.models import Consent, ConsentAccount, ConsentEvent
from tests import requests_world
from tests.requests_world import ACTOR, World


def edit(consent: Consent, **facts: Any) -> None:
    """Change a consent past the product, with an event of the transaction."""
    with transaction.atomic():
        ref = log.append("consent.changed", actor=ACTOR, subject=consent.customer_id, body={})
        Consent.objects.filter(id=consent.id).update(**facts, audit_event_id=ref.id)


def refused(consent: Consent, **facts: Any) -> bool:
    """Say whether the database itself refuses an edit."""
    try:
        edit(consent, **facts)
    except DatabaseError as error:
        return "evidence" in str(error)
    return False


def test_the_database_makes_exactly_the_moves_of_the_table(committing: str) -> None:
    """Every pair of stored states, each on a consent of its own."""
    w = requests_world.world()
    for old, new in itertools.product(STORED, STORED):
        with transaction.atomic():
            ref = log.append("consent.granted", actor=ACTOR, subject=w.customer.id, body={})
            row = requests_world.grant(w.customer, w.organisation, [w.account], ref=ref, now=timezone.now(), state=old)
        ended_at = row.ended_at or (timezone.now() if new in ENDED else None)
        if old == new:
            continue
        assert refused(row, state=new, ended_at=ended_at) is not can_move(old, new), (old, new)


@pytest.mark.parametrize("state", ["revoked", "expired", "superseded"])
def test_an_ended_consent_is_brought_back_by_nobody(committing: str, state: str) -> None:
    """Not by our own action, not by an ORM update, not by SQL."""
    w = requests_world.world(state=state)
    with transaction.atomic():
        ref = log.append("consent.changed", actor=ACTOR, subject=w.customer.id, body={})
        assert move(w.consent, State.ACTIVE, ref=ref, now=timezone.now()) is False
    assert refused(w.consent, state="active", ended_at=None)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consents_consent SET state = 'active', ended_at = NULL")
    assert Consent.objects.get().state == state
    assert ConsentEvent.objects.count() == 0


SCOPE: dict[str, Any] = {
    "number": "OB-2026-999999",
    "utility": "other",
    "data_types": ["bill", "usage_daily", "usage_hourly"],
    "purpose": "research",
    "onward_recipients": [],
    "history_from": date(2020, 1, 1),
    "history_to": date(2027, 1, 1),
    "forward": date(2026, 12, 1),
    "starts": date(2020, 1, 1),
    "ends": date(2026, 12, 1),
    "text_version": "other",
    "text_sha256": b"1" * 32,
    "signed_at": timezone.now(),
    "stop_token_hash": b"2" * 32,
    "granted_event": 1,
    "id": uuid.uuid4(),
}


def test_nothing_that_was_signed_is_edited(committing: str) -> None:
    """Each field of the scope, before the seal and after it."""
    w = requests_world.world(state="signed")
    for field, value in SCOPE.items():
        assert refused(w.consent, **{field: value}), field
    edit(w.consent, state="active")
    for field, value in {**SCOPE, "supersedes_id": w.consent.id}.items():
        assert refused(w.consent, **{field: value}), field


def test_a_consent_is_born_signed_and_never_deleted(committing: str) -> None:
    """No row comes into force without the moves that the table has."""
    w = requests_world.world()
    row = Consent.objects.get()
    facts = {field.attname: getattr(row, field.attname) for field in Consent._meta.concrete_fields}
    facts |= {"id": uuid.uuid4(), "number": "OB-2026-900000", "stop_token_hash": b"3" * 32, "assurance": "L1"}
    with pytest.raises(DatabaseError, match="evidence"):
        _insert(w, facts)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM consents_consent")


def _insert(w: World, facts: dict[str, Any]) -> None:
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        Consent.objects.create(**{**facts, "granted_event": ref.id, "audit_event_id": ref.id})


def test_the_accounts_of_a_consent_stay(committing: str) -> None:
    """None joins after the signature, and none goes."""
    w = requests_world.world(assurance="L1")
    with pytest.raises(DatabaseError, match="accounts of a consent"):
        _join(w)
    for statement in (
        "DELETE FROM consents_consentaccount",
        "UPDATE consents_consentaccount SET account_id = account_id",
    ):
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ConsentAccount.objects.count() == 1


def _join(w: World) -> None:
    with transaction.atomic():
        ref = log.append("consent.changed", actor=ACTOR, subject=w.customer.id, body={})
        facts = AccountFacts("40900018", "Pat Member", "3 Example Road")
        other = ensure_account(w.customer, "obec", facts, ref=ref, now=timezone.now())
        ConsentAccount.objects.create(consent=w.consent, account=other, audit_event_id=ref.id)


def test_an_end_has_a_time_and_nothing_else_has(committing: str) -> None:
    """The check of the table, beside the trigger."""
    w = requests_world.world()
    with pytest.raises(DatabaseError, match="consent_ended_at_a_time"):
        edit(w.consent, state="revoked")
    with pytest.raises(DatabaseError, match="consent_ended_at_a_time"):
        edit(w.consent, ended_at=timezone.now() - timedelta(days=1))
