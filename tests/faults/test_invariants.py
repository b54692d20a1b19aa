"""The checker of the invariants finds each violation, and nothing where all is well."""

import ast
import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection, transaction
from django.utils import timezone

from broker import vault
from broker.audit import log, signer
from broker.jobs.models import Job
from broker.vault import files
from broker.vault.models import SealedFile
from consents.models import LetterFile
from tests.faults import invariants
from tests.integration.audit_support import integrate, log_world, tamper
from tests.integration.test_release import delivered
from tests.requests_world import ACTOR, LETTER, World, coop, world

WORDS = ("Pat Member", "pat@member.example")


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    with coop(tmp_path / "coop", settings), log_world(settings, tmp_path / "log") as made:
        yield made


def a_read() -> World:
    """Let a recipient have read."""
    w = world()
    manual = delivered(w)
    assert w.get(f"data-requests/{manual.request_id}/readings").status_code == 200
    return w


def _bytes_gone() -> None:
    storages["sealed"].delete(files._path(SealedFile.objects.latest("created_at").id))


def _half_of_it() -> None:
    path = files._path(SealedFile.objects.latest("created_at").id)
    with storages["sealed"].open(path) as stream:
        data = stream.read()
    storages["sealed"].delete(path)
    Path(storages["sealed"].path(path)).write_bytes(data[: len(data) // 3])


def _sql(*statements: str) -> Callable[[], None]:
    def run() -> None:
        for each in statements:
            tamper(each)

    return run


def _running() -> None:
    until = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(state="done").update(state="running", lease=uuid.uuid4(), lease_until=until, finished_at=None)


def _bare(table: str) -> tuple[str, ...]:
    """Take a table's own constraints away, which would refuse what is to be written."""
    return f"CREATE TABLE bare AS SELECT * FROM {table}", f"DROP TABLE {table}", f"ALTER TABLE bare RENAME TO {table}"


def _last_byte(of: SealedFile) -> None:
    path = Path(storages["sealed"].path(files._path(of.id)))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def _letter_changed() -> None:
    _last_byte(SealedFile.objects.get(id=LetterFile.objects.get().file))


def _letter_begins_otherwise() -> None:
    """Another first byte, and longer."""
    _archived(b"#" + LETTER[1:] + b" and more")


def _archived(data: bytes) -> None:
    """Give the letter one more file, which is whole and described by its row."""
    row = LetterFile.objects.select_related("letter").get()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=ACTOR, subject=uuid.uuid4(), body={})
        LetterFile.objects.create(
            letter=row.letter, kind=LetterFile.Kind.ARCHIVED, bytes=len(data), sha256=hashlib.sha256(data).digest(),
            file=vault.seal_file(data, subject=uuid.uuid4(), name="letter.pdf", retention=vault.EVIDENCE),
            made_at=timezone.now(), audit_event_id=ref.id,
        )  # fmt: skip


def _name_in_a_file() -> None:
    path = Path(storages["sealed"].path(files._path(SealedFile.objects.latest("created_at").id)))
    path.write_bytes(path.read_bytes() + b"Pat Member")


_ANOTHER = "ffffffffffffffffffffffffffffffff"
_ACT = "INSERT INTO approvals_approval SELECT '{id}', 'x', NULL, NULL, '{{}}', x'00', {people}, {state}, \
'2026-01-01', '2026-01-02', '2026-01-01', '2026-01-01', min(id) FROM audit_event"


def _act(people: str, state: str = "'requested'") -> Callable[[], None]:
    return _sql(*_bare("approvals_approval"), _ACT.format(id=_ANOTHER, people=people, state=state))


# What is done to a world in which all is well, and what the checker has to say of it.
BROKEN: dict[str, tuple[Callable[[], None], str]] = {
    "an event gone": (
        _sql("DELETE FROM audit_event WHERE id = (SELECT min(id) + 1 FROM audit_event)"), "a lane of the log has a gap",
    ),
    "a row of no event": (
        _sql("UPDATE requests_app_release SET audit_event_id = 99999999"), " without their event",
    ),
    "a release of no read": (
        _sql("UPDATE requests_app_release SET audit_event_id = (SELECT min(id) FROM audit_event)"),
        "releases whose event is no read",
    ),
    "a letter without a decision": (_sql("DELETE FROM requests_app_decision"), "left without a decision that permits"),
    "a consent of another customer": (
        _sql(f"UPDATE requests_app_datarequest SET customer_id = '{_ANOTHER}'"), "under somebody else's consent",
    ),
    "a read after the end": (
        _sql("UPDATE consents_consent SET state = 'revoked', ended_at = '2020-01-01 00:00:00'"),
        "releases that began after the consent had ended",
    ),
    "bytes gone": (_bytes_gone, "are gone"),
    "half of the bytes": (_half_of_it, "is not whole"),
    "another letter": (
        _sql("UPDATE consents_letterfile SET bytes = bytes + 1"), "is not the one that its row describes",
    ),
    "a letter changed": (_letter_changed, "does not open as the bytes that were signed"),
    "a letter that begins otherwise": (_letter_begins_otherwise, "does not begin with the bytes of the one before"),
    "triggers gone": (_sql("DELETE FROM django_session"), "the database is not as we made it"),
    "a job that nobody ended": (_running, "jobs that nobody took over"),
    "a job twice": (_sql(*_bare("jobs_job"), "UPDATE jobs_job SET key = 'twice'"), " was written "),
    "the requester approves": (_act("'a', 'a', NULL"), "acts in which two people are one"),
    "the requester gains": (_act("'a', 'b', 'a'"), "acts in which two people are one"),
    "the approver gains": (_act("'a', 'b', 'b'"), "acts in which two people are one"),
    "nobody approved": (_act("'a', NULL, NULL", "'executed'"), "acts that nobody approved"),
    "a name in the clear": (
        _sql("UPDATE parties_organisation SET legal_name = 'Pat Member'"), "lies in the database in the clear",
    ),
    "a name in a file": (_name_in_a_file, " lies in file "),
    "somebody else's data": (
        _sql(f"UPDATE requests_app_datarequest SET organisation_id = '{_ANOTHER}'"),
        "to an organisation that the consent does not name",
    ),
    "a document at Nectar": (
        _sql(
            "UPDATE consents_consent SET onward_recipients = '[]'",
            "INSERT INTO requests_app_nectarpull SELECT id, '', 'job', 'waiting', '', '[]', '2026-01-01', "
            "audit_event_id, id FROM requests_app_receivedfile",
        ),
        "went to Nectar, which the consent does not name",
    ),
    "another kind of database": (_sql("UPDATE installation SET mode = 'live'"), "this database calls itself "),
    "a live key": (_sql("UPDATE parties_application SET mode = 'live'"), "live keys in a rehearsal"),
}  # fmt: skip

# The same of a log that was signed before; here a signer is there who verifies.
BROKEN_AFTER_SIGNING: dict[str, tuple[str, str]] = {
    "an event gone": (
        "DELETE FROM audit_event WHERE id = (SELECT min(id) + 1 FROM audit_event)", " in the tree",
    ),
    "an event changed": (
        "UPDATE audit_event SET ct = zeroblob(length(ct)) WHERE id = (SELECT min(id) + 1 FROM audit_event)",
        "the log does not verify",
    ),
}  # fmt: skip

MAILS = {
    "twice": ([("a@coop.example", "{known}")] * 2, " to one address"),
    "to two": ([("a@x.example", "{known}"), ("b@x.example", "{known}")], " addresses"),
    "of another": ([("a@coop.example", "<else@coop.example>")], "whose id was not reserved before"),
}


def test_where_all_is_well_nothing_is_found(desk: signer.Desk) -> None:
    a_read()
    assert invariants.violations(desk, WORDS) == []


@pytest.mark.parametrize("what", BROKEN)
def test_each_violation_is_found(desk: signer.Desk, what: str) -> None:
    a_read()
    breaking, said = BROKEN[what]
    breaking()
    connection.close()
    assert any(said in each for each in invariants.violations(words=WORDS))


@pytest.mark.parametrize("what", BROKEN_AFTER_SIGNING)
def test_a_log_that_was_broken_after_it_was_signed_is_found(desk: signer.Desk, what: str) -> None:
    a_read()
    integrate(desk.answer)
    statement, said = BROKEN_AFTER_SIGNING[what]
    tamper(statement)
    found = invariants.violations(desk)
    assert any(said in each for each in found), found


@pytest.mark.parametrize("what", MAILS)
def test_a_mail_twice_to_two_or_under_an_id_that_nobody_reserved_is_found(desk: signer.Desk, what: str) -> None:
    a_read()
    (known,) = invariants.ManualRequest.objects.values_list("message_id", flat=True)
    assert not invariants.violations(mails=[("a@coop.example", known)])
    mails, said = MAILS[what]
    found = invariants.violations(mails=[(to, id_.format(known=known)) for to, id_ in mails])
    assert any(said in each for each in found)


def test_a_longer_file_that_begins_with_the_one_before_is_no_violation(desk: signer.Desk) -> None:
    a_read()
    _archived(LETTER + b" and more")
    assert invariants.violations() == []


def test_whatever_the_checker_can_say_it_says_of_something_here() -> None:
    """A branch that comes later has to be broken here too."""
    said = [words for _how, words in (*BROKEN.values(), *BROKEN_AFTER_SIGNING.values(), *MAILS.values())]
    branches = []
    for node in ast.walk(ast.parse(Path(str(invariants.__file__)).read_text())):
        if isinstance(node, ast.Yield | ast.GeneratorExp):
            text = node.value if isinstance(node, ast.Yield) else node.elt
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            branches.append([str(part.value) for part in parts if isinstance(part, ast.Constant)])
    branches = [each for each in branches if each and re.match(r"\d+: ", each[0])]
    assert len(branches) > 20
    assert [each for each in branches if not any(words in text for words in said for text in each)] == []
