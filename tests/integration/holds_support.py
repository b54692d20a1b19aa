"""What the tests of holds and destruction share: an officer, an approver, a customer's data, and the keeper."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log, signer, store
from broker.audit.keys import subject_token
from broker.console.holds import keeping, placing
from broker.console.holds.models import LegalHold
from broker.console.holds.placing import Wanted
from broker.parties.models import Role, User
from broker.terms import Actor, EventRef
from broker.vault.models import SealedFile, VaultKey
from tests import clock
from tests.factories import enrol
from tests.integration.audit_support import STAFF, SUBJECT, log_world, logged_in_as, write
from tests.requests_world import World, world

OFFICER = Actor("s", uuid.UUID(int=101), role="officer")
APPROVER = Actor("s", uuid.UUID(int=102), role="approver")
NOW = datetime.now(UTC)
YEAR = NOW.year
OTHER = uuid.UUID(int=43)
PLACE = vault.Place("notices_notice", "content", uuid.UUID(int=9))


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """The log with its signer, for a module that takes this in."""
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


@pytest.fixture
def her() -> World:
    """A customer with a permission."""
    return world()


def person(role: Role) -> User:
    """Somebody of this role."""
    return User.objects.create_user(f"{role}-{uuid.uuid4().hex[:6]}", full_name=f"Sam Test, {role}", role=role)


@pytest.fixture
def officer() -> Client:
    """An officer's browser."""
    browser = Client()
    browser.force_login(person(Role.OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    return browser


class Records:
    """A customer's sealed data: a field and a file of each class, and entries of each class."""

    def __init__(self, subject: uuid.UUID = SUBJECT) -> None:
        self.subject = subject
        enrol(OFFICER, APPROVER)
        write("consent.granted", subject=subject)
        write("parties.read", subject=subject)
        log.alias(subject, "email", f"{subject.int}@member.example", actor=STAFF)
        self.case = vault.seal("a notice", subject=subject, place=PLACE)
        self.evidence = vault.seal("a name", subject=subject, place=vault.Place("x", "y", PLACE.row))
        self.mail = vault.seal_file(b"a mail", subject=subject, name="mail.eml")
        self.letter = vault.seal_file(b"a letter", subject=subject, name="x.pdf", retention=vault.EVIDENCE)

    def event(self) -> EventRef:
        """A fresh event that may open fields and files of this customer."""
        return log.append_read(
            "parties.read", actor=STAFF, subject=self.subject, purpose="support", obj="consent", body={}
        )


def keep(now: datetime = NOW) -> int:
    """Be the keeper for a pass, on PostgreSQL with its own role."""
    log.close_lanes()
    with logged_in_as("broker_keeper"):
        state = log._state
        log.reset()
        try:
            done = keeping.work(now)
            log.close_lanes()
        finally:
            log._state = state
    return done


def hold(subject: uuid.UUID = SUBJECT, **more: Any) -> LegalHold:
    """Place a hold."""
    enrol(OFFICER, APPROVER)
    more.setdefault("review_on", date(YEAR + 1, 1, 1))
    return placing.place(subject, "A court asked for it", officer=OFFICER, now=NOW, **more)


def ask(subject: uuid.UUID = SUBJECT, **more: Any) -> Approval:
    """Ask for the destruction of this year's case."""
    enrol(OFFICER, APPROVER)
    facts = {"retention": "case", "period": YEAR, "scope": "everything", "rule": "erasure_request", **more}
    return placing.ask_destruction(Wanted(subject, **facts), "She asked us to", officer=OFFICER, now=NOW)


def approve(approval: Approval) -> Approval:
    """Say yes as the second person."""
    return decide.approve(approval.id, approver=APPROVER, now=NOW + timedelta(minutes=1))


def log_keys(subject: uuid.UUID = SUBJECT) -> list[tuple[bytes, str, int, bool]]:
    """The subject's keys of the log that are found by its token: kid, class, hold, lives."""
    rows = store.rows(
        """SELECT k.kid, k.class, k.hold, k.shredded_event FROM audit_key k JOIN audit_alias a ON a.kid = k.kid
        WHERE a.field = 0 AND a.token = %s ORDER BY k.class""",
        [subject_token(subject)],
    )
    return [(kid, name, count, end is None) for kid, name, count, end in rows]


def vault_keys(subject: uuid.UUID = SUBJECT) -> list[VaultKey]:
    """The subject's keys of fields and files."""
    return list(VaultKey.objects.filter(subject=subject).order_by("retention", "part"))


def kept(subject: uuid.UUID, ago: timedelta, *, alone: bool = False) -> uuid.UUID:
    """A mail that came some time ago."""
    with clock.travel(timezone.now() - ago):
        return vault.seal_file(b"a mail", subject=subject, name="mail.eml", alone=alone)


def year_of(file: uuid.UUID) -> int:
    """The year of a file's key."""
    return VaultKey.objects.get(id=SealedFile.objects.get(id=file).vault_key).period


def bytes_of(file_id: uuid.UUID) -> bool:
    """Whether a file's sealed bytes are in the storage."""
    from django.core.files.storage import storages

    from broker.vault.files import _path

    return storages["sealed"].exists(_path(SealedFile.objects.get(id=file_id).id))


def run(statement: str, *values: Any) -> int:
    """Run a statement as it stands; give the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)
