"""What somebody with the application's own login can not do to asks, and to the kind of an installation's keys."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broker.audit import log
from broker.db import installation
from broker.parties.models import Application
from consents.asking import ending
from consents.asking.acts import Asker
from consents.asking.models import AskBlock, ConsentAsk
from tests import factories
from tests.integration.asking_support import application, make

pytestmark = pytest.mark.usefixtures("committing")
FORBIDDEN = r"evidence:|permission denied"


@pytest.fixture
def ask(committing: str) -> ConsentAsk:
    """An ask that waits."""
    return make(Asker.app(application(factories.organisation())[0]))


def change(statement: str) -> None:
    """Run a statement under an event of its own."""
    with transaction.atomic():
        ref = factories.event()
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("EVENT", str(ref.id)))


def refused(statement: str) -> None:
    """Demand that the evidence rules, or the grants of the application's login, refuse a statement."""
    with pytest.raises(DatabaseError, match=FORBIDDEN):
        change(statement)


@pytest.mark.parametrize(
    "column",
    [
        "data_types = '[\"usage_hourly\"]'",
        "purpose = 'research'",
        "ends = '2099-01-01'",
        "history_from = '1999-01-01'",
        "account_ending = '9999'",
        "email_index = NULL",
        "mails = mails + 2",
        "mails = 0",
        "expires_at = '2099-01-01 00:00:00+00'",
        "email = token_hash",
    ],
)
def test_what_was_asked_cannot_be_changed_afterwards(ask, column):
    refused(f"UPDATE asking_consentask SET {column}, audit_event_id = EVENT")


def test_what_ended_is_not_taken_up_again_and_nothing_is_deleted(ask):
    ending.decline(ask, now=timezone.now())
    refused("UPDATE asking_consentask SET state = 'pending', ended_at = NULL, audit_event_id = EVENT")
    refused("UPDATE asking_consentask SET state = 'expired', audit_event_id = EVENT")
    refused("DELETE FROM asking_consentask")


def test_a_wish_not_to_be_asked_stays(ask):
    ending.block(ask, now=timezone.now())
    assert AskBlock.objects.count() == 1
    refused("DELETE FROM asking_askblock")
    refused("UPDATE asking_askblock SET at = at, audit_event_id = EVENT")


INSERT = (
    "INSERT INTO parties_application (id, organisation_id, name, mode, key_prefix, key_hash, operations, data_types, "
    "created_at, expires_at, audit_event_id) VALUES (%s, %s, 'x', '{mode}', 'obk_{mode}_0123456', %s, '[]', '[]', "
    "'2026-01-01 00:00:00+00', '2027-01-01 00:00:00+00', EVENT)"
)


def values() -> list[object]:
    """A row of an application, but for its mode and event."""
    ids = [uuid.uuid4(), factories.organisation().id]
    return [*(each.hex if connection.vendor == "sqlite" else each for each in ids), b"\x01" * 32]


def add(mode: str) -> None:
    """Write an application by hand, under an event of its own."""
    row = values()
    with transaction.atomic():
        ref = log.append(
            "parties.created", actor=factories.TESTER, subject=None, body={"mode": mode}, obj="application"
        )
        with connection.cursor() as cursor:
            cursor.execute(INSERT.format(mode=mode).replace("EVENT", str(ref.id)), row)


def test_a_live_key_cannot_be_written_into_a_rehearsal():
    with pytest.raises(DatabaseError, match=FORBIDDEN):
        add("live")
    add("test")
    assert Application.objects.get().mode == "test"


@pytest.mark.undeclared
def test_a_test_key_cannot_be_written_into_a_live_installation():
    installation.declare("live")
    with pytest.raises(DatabaseError, match=FORBIDDEN):
        add("test")
    add("live")
    assert Application.objects.get().mode == "live"


@pytest.mark.undeclared
@pytest.mark.parametrize("mode", ["live", "test"])
def test_where_nobody_said_what_this_is_no_key_is_taken(mode):
    with pytest.raises(DatabaseError, match=FORBIDDEN):
        add(mode)


def test_the_kind_of_a_key_does_not_change(ask):
    refused("UPDATE parties_application SET mode = 'live', audit_event_id = EVENT")
    with transaction.atomic():
        ref = factories.event(obj="application")
        assert Application.objects.update(revoked_at=timezone.now(), audit_event_id=ref.id)
