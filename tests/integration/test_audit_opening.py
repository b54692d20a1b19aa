"""One event opened to a court, its neighbours closed; and receipts that convict a log which forgets. Both engines."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from broker.audit import checkpoint, encoding, entry, log, opening, receipts, store
from broker.terms import EventRef
from tests.integration.audit_support import ORIGIN, STAFF, SUBJECT, write

OTHER = uuid.UUID(int=43)


@pytest.fixture(autouse=True)
def database(committing: str, settings: Any, tmp_path: Path) -> None:
    """A database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    log.reset()


def permit(act: str = "log.exported", *, subject: uuid.UUID | None = SUBJECT, **more: Any) -> EventRef:
    body, purpose = {"why": "subpoena"}, "legal_obligation"
    return log.append_read(act, actor=STAFF, subject=subject, purpose=purpose, body=body, obj="event", **more)


def row(event: EventRef) -> tuple[bytes, bytes]:
    found: tuple[bytes, bytes] = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event.id])[0]
    return found


def test_a_released_key_opens_its_event_alone() -> None:
    before, event, after = (write(body={"why": f"number {n}"}) for n in range(3))
    released = opening.event_keys(SUBJECT, [event.id], under=permit())
    assert list(released) == [event.id]
    assert opening.open_with(event.id, released[event.id]) == {"why": "number 1"}
    for neighbour in (before, after):
        with pytest.raises(entry.Invalid) as refused:
            opening.open_with(neighbour.id, released[event.id])
        assert refused.value.kind == "key"


def test_the_header_proves_the_key_without_us() -> None:
    """What a court computes: SHA-256 over the prefix and the key is the commitment in the logged header."""
    event = write()
    key = opening.event_keys(SUBJECT, [event.id], under=permit())[event.id]
    header, ct = row(event)
    said = entry.parse_header(header).kc
    assert hashlib.sha256(b"audit/key-commit/v1\x00" + key).digest() == said
    forged = bytes(32)
    assert hashlib.sha256(b"audit/key-commit/v1\x00" + forged).digest() != said
    with pytest.raises(entry.Invalid):
        entry.decrypt(forged, header, ct)
    # The key neither is the data key nor leads to it.
    assert key not in {bytes(wrapped) for (wrapped,) in store.rows("SELECT wrapped FROM audit_key")}


def test_keys_come_for_one_subject_all_or_none() -> None:
    ours, theirs = write(), write(subject=OTHER)
    with pytest.raises(opening.NotOfSubject):
        opening.event_keys(SUBJECT, [ours.id, theirs.id], under=permit())
    with pytest.raises(opening.NotOfSubject):
        opening.event_keys(SUBJECT, [ours.id, ours.id + 1_000_000], under=permit())
    many = [write().id for _ in range(3)]
    assert set(opening.event_keys(SUBJECT, many + many, under=permit("log.read"))) == set(many)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: permit(subject=OTHER),
        lambda: permit(subject=None),
        lambda: permit("log.listed"),
        lambda: permit("data.read"),
        lambda: permit(res="denied"),
        lambda: EventRef(12345 << 32),
    ],
    ids=["another subject", "operations", "a list", "a read of data", "refused", "no event"],
)
def test_only_a_read_or_export_of_this_subject_permits(wrong: Any) -> None:
    event = write()
    with pytest.raises(opening.NotPermitted):
        opening.event_keys(SUBJECT, [event.id], under=wrong())


def test_the_permit_must_be_committed_and_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    event = write()
    with transaction.atomic():
        under = log.append("log.exported", actor=STAFF, subject=SUBJECT, body={}, obj="event")
        with pytest.raises(opening.NotPermitted):
            opening.event_keys(SUBJECT, [event.id], under=under)
    assert opening.event_keys(SUBJECT, [event.id], under=under)
    from broker.audit import permit as rules

    later = rules.time.time_ns() + 61_000_000_000
    monkeypatch.setattr(rules.time, "time_ns", lambda: later)
    with pytest.raises(opening.NotPermitted):
        opening.event_keys(SUBJECT, [event.id], under=under)


def test_acts_of_staff_open_under_an_event_of_operations() -> None:
    act = write("admin.setting", subject=None, body={"setting": "x"}, obj="setting")
    with pytest.raises(opening.NotPermitted):
        opening.event_keys(None, [act.id], under=permit())
    key = opening.event_keys(None, [act.id], under=permit(subject=None))[act.id]
    assert opening.open_with(act.id, key) == {"setting": "x"}
    with pytest.raises(opening.NotOfSubject):
        opening.event_keys(None, [write().id], under=permit(subject=None))


# --- receipts


def test_a_receipt_says_what_the_log_holds() -> None:
    event = write()
    note = receipts.receipt(event)
    header, ct = row(event)
    head = entry.parse_header(header)
    leaf = encoding.b64(hashlib.sha256(b"\x00" + entry.entry_bytes(header, ct)).digest())
    assert note.startswith(f"audit-receipt/v1\n{ORIGIN}\n{event.id}\n{leaf}\n{head.ts}\n\n— {ORIGIN}/receipt ")
    assert receipts.open_receipt(note) == receipts.Receipt(ORIGIN, event.id, encoding.unb64(leaf), head.ts)
    # Anybody opens it with the published key alone.
    known = checkpoint.parse_vkey(receipts.verifier().encode())
    assert checkpoint.open_note(note, [known]).verified[0].name == f"{ORIGIN}/receipt"


def test_nothing_is_promised_before_it_is_committed() -> None:
    with transaction.atomic():
        event = write()
        with pytest.raises(receipts.NoSuchEvent):
            receipts.receipt(event)
    assert receipts.receipt(event)
    with pytest.raises(receipts.NoSuchEvent):
        receipts.receipt(EventRef(event.id + 5))


def test_a_changed_receipt_opens_nowhere() -> None:
    note = receipts.receipt(write())
    for at in range(0, len(note), 7):
        changed = note[:at] + ("B" if note[at] != "B" else "C") + note[at + 1 :]
        with pytest.raises(checkpoint.BadNote):
            receipts.open_receipt(changed)


def test_only_receipts_are_receipts() -> None:
    event = write()
    text = receipts.open_receipt(receipts.receipt(event)).text()
    with pytest.raises(checkpoint.BadNote):
        receipts.sign_note(text)
    note = receipts.sign_note(f"evidence-pack/v1\n{ORIGIN}\n{'0' * 64}\n")
    assert checkpoint.open_note(note, [receipts.verifier()])
    with pytest.raises(checkpoint.BadNote):
        receipts.open_receipt(note)
    stranger = checkpoint.Signer.new(f"{ORIGIN}/receipt", bytes(range(32)))
    with pytest.raises(checkpoint.BadNote):
        receipts.open_receipt(checkpoint.sign(text, [stranger]))
