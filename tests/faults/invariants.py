"""The invariants of the design (its section 3), held against a database, its log and its files as they lie there.

For every test that broke something: whatever was cut off where, after the restart none of these is violated. Those that
say how code is written, not what data is (no GET changes state, each promise has a test), are held elsewhere; decision
0105 says which by what.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.apps import apps
from django.core.files.storage import storages
from django.db import connection
from django.db.models import F, Q

from broker.approvals.models import Approval
from broker.audit import auditing, entry, signer, store
from broker.audit.models import Audited, AuditEvent
from broker.audit.words import ACTS
from broker.db import evidence
from broker.db.models import Installation
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.notices.models import Notice
from broker.parties.models import Application
from broker.terms import SERVICE
from broker.vault import BrokenValue, MovedValue, WrongKey, files, keyring
from broker.vault.models import SealedFile, VaultKey
from broker.vault.sealing import Sealed, unlock
from broker.vault.writing import key_aad, slot_of
from consents.models import LetterFile
from requests_app.fees.models import ThreadMail
from requests_app.models import DataRequest, ManualRequest, Message, NectarPull, Release
from tests.integration.audit_support import integrate, lanes_have_no_gap, logged_in_as
from tests.integration.canary_stores import dump

CHECKER = SERVICE("invariants")


def violations(
    desk: signer.Desk | None = None,
    words: Iterable[str] = (),
    mails: Iterable[tuple[str, str]] = (),
    *,
    with_keys: bool = False,
) -> list[str]:
    """Say what is violated, each with the number of its invariant; with a signer the log is signed and verified too.

    `words` is personal data that must lie nowhere in the clear; `mails` what the mail servers took: to whom, and under
    which Message-ID. `with_keys`: every body is opened and held against the rows that it tells of, which a world that
    a test wrote by hand does not stand.
    """
    found = [
        *_no_entry_no_access(),
        *_no_consent_no_pull(),
        *_an_end_is_an_end(),
        *_mail_went_once_to_whom_it_was_for(list(mails)),
        *_signed_bytes_are_there(),
        *_evidence_is_append_only(),
        *_jobs_rest(),
        *_three_are_three(),
        *_sealed_at_rest(words),
        *_who_gets_it_is_named(),
        *_rehearsal_stays_rehearsal(),
    ]
    return found if desk is None else [*found, *_the_log_verifies(desk, with_keys=with_keys)]


def _no_entry_no_access() -> Iterator[str]:
    for model in apps.get_models():
        if issubclass(model, Audited):
            rows = model._default_manager.exclude(audit_event_id__in=AuditEvent.objects.values("id"))
            if lost := rows.count():
                yield f"1: {lost} rows of {model._meta.label} without their event"
    if not lanes_have_no_gap():
        yield "1: a lane of the log has a gap"
    reads = AuditEvent.objects.filter(act=ACTS["data.read"].number).values("id")
    if silent := Release.objects.exclude(audit_event_id__in=reads).count():
        yield f"1: {silent} releases whose event is no read"


def _no_consent_no_pull() -> Iterator[str]:
    for row in ManualRequest.objects.filter(sent_at__isnull=False).select_related("request"):
        if not DataRequest.objects.filter(id=row.request_id, decisions__outcome="route").exists():
            yield f"2: {row.number} left without a decision that permits it"
    for release in Release.objects.select_related("request", "consent"):
        if release.request.customer_id not in (None, release.consent.customer_id):
            yield f"2: release {release.id} under somebody else's consent"


def _an_end_is_an_end() -> Iterator[str]:
    late = Release.objects.filter(consent__ended_at__isnull=False, at__gt=F("consent__ended_at"))
    if count := late.count():
        yield f"3: {count} releases that began after the consent had ended"


def _mail_went_once_to_whom_it_was_for(mails: list[tuple[str, str]]) -> Iterator[str]:
    known = set(Notice.objects.values_list("message_id", flat=True))
    known |= set(Message.objects.filter(direction="out").values_list("message_id", flat=True))
    known |= set(ManualRequest.objects.values_list("message_id", flat=True))
    known |= set(ManualRequest.objects.values_list("withdrawal_id", flat=True))
    known |= set(ThreadMail.objects.values_list("message_id", flat=True))
    for (to, message_id), count in Counter(mails).items():
        if count > 1:
            yield f"9: {count} mails {message_id} to one address"
        if message_id not in known:
            yield f"9: mail {message_id} to {to.rpartition('@')[2]} whose id was not reserved before"
    for message_id, times in Counter(id_ for _to, id_ in set(mails)).items():
        if times > 1:
            yield f"5: mail {message_id} went to {times} addresses"


def _signed_bytes_are_there() -> Iterator[str]:
    destroyed = VaultKey.objects.filter(shredded_event__isnull=False).values("id")
    whole: dict[uuid.UUID, bytes] = {}
    for row in SealedFile.objects.exclude(vault_key__in=destroyed):
        path = files._path(row.id)
        if not storages["sealed"].exists(path):
            yield f"7: the bytes of file {row.id} are gone"
            continue
        with storages["sealed"].open(path) as stream:
            data = stream.read()
        if len(data) < row.size or Sealed(data).key_id != row.vault_key:
            yield f"7: file {row.id} is not whole"
        else:
            whole[row.id] = data
    letters = list(LetterFile.objects.all())
    plain = dict(_opened({each.file: whole[each.file] for each in letters if each.file in whole}))
    for letter in letters:
        facts = SealedFile.objects.filter(id=letter.file).first()
        if facts is None or (facts.size, bytes(facts.sha256)) != (letter.bytes, bytes(letter.sha256)):
            yield f"7: letter file {letter.id} is not the one that its row describes"
        elif letter.file in whole and hashlib.sha256(plain.get(letter.file, b"")).digest() != bytes(letter.sha256):
            yield f"7: letter file {letter.id} does not open as the bytes that were signed"
    for files_of_one in _by_letter(letters):
        read = [plain[each.file] for each in files_of_one if each.file in plain]
        for before, after in pairwise(read):
            if not after.startswith(before):
                yield "7: a later file of a letter does not begin with the bytes of the one before"


def _by_letter(letters: list[LetterFile]) -> Iterable[list[LetterFile]]:
    order = {kind: number for number, kind in enumerate(LetterFile.Kind.values)}
    found: dict[object, list[LetterFile]] = {}
    for each in sorted(letters, key=lambda row: (order[row.kind], row.made_at)):
        found.setdefault(each.letter_id, []).append(each)
    return found.values()


def _opened(sealed: dict[uuid.UUID, bytes]) -> Iterator[tuple[uuid.UUID, bytes]]:
    """Open files without an event, as nobody in the product can: whoever looks must not change what it looks at."""
    keys = {row.id: row for row in VaultKey.objects.filter(id__in={Sealed(data).key_id for data in sealed.values()})}
    with logged_in_as("broker_keeper"), connection.cursor() as cursor:  # the one role that may read a wrapped key
        cursor.execute("SELECT id, wrapped FROM vault_key WHERE wrapped IS NOT NULL")
        wrapped = {each if isinstance(each, uuid.UUID) else uuid.UUID(each): bytes(key) for each, key in cursor}
    for file_id, data in sealed.items():
        try:
            row = keys[Sealed(data).key_id]
            key = keyring.unwrap(wrapped[row.id], key_aad(row.id, slot_of(row)), row.kek)
            yield file_id, unlock(data, key, files._context(file_id))
        except (KeyError, WrongKey, MovedValue, BrokenValue):
            continue


def _evidence_is_append_only() -> Iterator[str]:
    with logged_in_as("broker_app"):
        yield from (f"8: the database is not as we made it: {each}" for each in evidence.differences(connection))


def _jobs_rest() -> Iterator[str]:
    if stuck := Job.objects.filter(state=JobState.RUNNING).count():
        yield f"9: {stuck} jobs that nobody took over"
    twice = Counter(Job.objects.exclude(key=None).values_list("key", flat=True))
    yield from (f"9: job {key} was written {count} times" for key, count in twice.items() if count > 1)


def _three_are_three() -> Iterator[str]:
    same = Q(approver=F("requester")) | Q(beneficiary=F("requester")) | Q(beneficiary=F("approver"))
    if count := Approval.objects.filter(same).count():
        yield f"10: {count} acts in which two people are one"
    if count := Approval.objects.filter(state="executed", approver=None).count():
        yield f"10: {count} acts that nobody approved"


def _sealed_at_rest(words: Iterable[str]) -> Iterator[str]:
    wanted = [word.encode() for word in words]
    if not wanted:
        return
    data = dump()
    yield from (f"11: “{word.decode()}” lies in the database in the clear" for word in wanted if word in data)
    for row in SealedFile.objects.all():
        path = files._path(row.id)
        if storages["sealed"].exists(path):
            with storages["sealed"].open(path) as stream:
                sealed = stream.read()
            yield from (f"11: “{word.decode()}” lies in file {row.id}" for word in wanted if word in sealed)


def _who_gets_it_is_named() -> Iterator[str]:
    for release in Release.objects.select_related("consent", "request"):
        if release.consent.recipient_id != release.request.organisation_id:
            yield f"13: release {release.id} to an organisation that the consent does not name"
    for pull in NectarPull.objects.exclude(job="").select_related("file__consent"):
        if "nectar" not in pull.file.consent.onward_recipients:
            yield f"13: document {pull.id} went to Nectar, which the consent does not name"


def _rehearsal_stays_rehearsal() -> Iterator[str]:
    if (mode := Installation.objects.get().mode) != "rehearsal":  # as it lies there, not as this process remembers it
        yield f"14: this database calls itself {mode}"
    if live := Application.objects.filter(mode=Application.Mode.LIVE).count():
        yield f"14: {live} live keys in a rehearsal"


def _the_log_verifies(desk: signer.Desk, *, with_keys: bool) -> Iterator[str]:
    integrate(desk.answer)
    current = store.origins()[-1].id  # what had no place in a log that was lost, the next one names
    first = entry.event_id(store.first_lane(current), 0)
    (events,) = store.rows("SELECT count(*) FROM audit_event WHERE id >= %s", [first])[0]
    if (size := store.tree_size(current)) != events:
        yield f"8: {events} events, and {size} in the tree"
    result = auditing.verify_database(opener=CHECKER if with_keys else None)
    if not result.ok:
        yield f"8: the log does not verify: {result.kind} at {result.first_bad}, {result.notes}"
