"""What we send is read to its end: a file of a mail of ours that carries a login leaves as little as its words."""

import base64
import io
import itertools
import uuid
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import transaction
from django.utils import timezone

from broker import jobs, looking, notices
from broker.audit import anchoring
from broker.inlets import outbound, written
from broker.inlets.models import Incident, Refused
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal import paper
from broker.transport import Proof, ProvenAddress
from broker.vault.models import SealedFile
from consents.ceremony import stated
from consents.loa.render import render_letter
from consents.models import LetterFile
from tests.integration.anchor_support import anchored_world
from tests.integration.audit_support import integrate, log_world, write
from tests.integration.canary_files import PLACES, said
from tests.loa_desk import open_desk
from tests.loa_samples import facts, log_proof
from tests.pictures import png
from tests.requests_world import coop, events, run_job, world

SECRET = "Thimble!Gravel8"
TO = ProvenAddress("inbox@acme.example", Proof("party", "acme"))
FACTS = {"what": "A request waits.", "detail": "A person reads it.", "path": "/admin/"}
CLEAN = paper.pdf([["A letter of ours, as far as a test needs one."]])


def inside(data: bytes) -> bytes:
    """Put a file into a PDF, as our letters carry their record."""
    with pikepdf.open(io.BytesIO(CLEAN)) as document:
        document.attachments["consent-record.json"] = pikepdf.AttachedFileSpec(document, data)
        document.save(out := io.BytesIO())
    return out.getvalue()


def locked() -> bytes:
    with pikepdf.open(io.BytesIO(CLEAN)) as document:
        document.save(out := io.BytesIO(), encryption=pikepdf.Encryption(owner="a", user="a"))
    return out.getvalue()


def blank() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out := io.BytesIO())
    return out.getvalue()


def zipped() -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        archive.writestr("a.csv", "date,kwh\n")
    return out.getvalue()


CARRYING: dict[str, Callable[[str], tuple[str, bytes]]] = {
    **{place: PLACES[place] for place in PLACES if "archive" not in place and "sheet" not in place},
    "record in a letter": lambda word: ("letter.pdf", inside(f'{{"note":"{said(word)}"}}'.encode())),
    "a PDF that is called text": lambda word: ("proof.txt", paper.pdf([[said(word)]])),
}
UNREADABLE: dict[str, tuple[str, bytes]] = {
    "broken": ("letter.pdf", b"%PDF-1.7 a letter"),
    "locked": ("letter.pdf", locked()),
    "without a word": ("letter.pdf", blank()),
    "a program in a PDF": ("letter.pdf", inside(bytes(range(256)))),
    "a PDF in a PDF": ("letter.pdf", inside(CLEAN + bytes(range(256)))),
    "a picture": ("scan.png", png()),
    "an archive": ("bills.zip", zipped()),
    "bytes of chance": ("proof.txt", bytes(range(256))),
    "no letters": ("usage.csv", b"d\xedas,kwh\n"),
}


def send(name: str, data: bytes, key: str = "file:1") -> uuid.UUID:
    kind = "application/pdf" if name.endswith(".pdf") else "text/plain"
    with transaction.atomic():
        return notices.send_later(
            "staff_alert", to=TO, subject=uuid.uuid4(), context=FACTS, key=key, attachments=[(name, kind, data)]
        )


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", CARRYING)
def test_a_notice_with_a_login_in_a_file_ends_as_with_one_in_its_words(sqlite_db: str, place: str) -> None:
    row = Notice.objects.get(id=send(*CARRYING[place](SECRET)))
    refused = Refused.objects.get()
    assert (row.state, row.answer) == ("refused", f"gate: {refused.rule}")
    assert (refused.inlet, refused.part) == ("outbound_email", "mail staff_alert")
    assert len(events("gate.refused")) == len(events("gate.incident")) == 1
    assert not Job.objects.filter(subject_id=row.id).exists()
    assert not SealedFile.objects.exists()


@pytest.mark.parametrize("why", UNREADABLE)
def test_a_notice_with_a_file_that_nobody_can_read_is_not_written(sqlite_db: str, why: str) -> None:
    with pytest.raises(looking.Unchecked):
        send(*UNREADABLE[why])
    assert not Notice.objects.exists()
    assert not SealedFile.objects.exists()
    assert not Refused.objects.exists()


def test_a_notice_with_a_clean_file_reaches_the_server_and_none_with_a_login(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        send("letter.pdf", inside(f'{{"note":"{said(SECRET)}"}}'.encode()), key="bad")
        send("letter.pdf", CLEAN, key="good")
        jobs.run_due()
        (number,) = mailbox.mails.numbers()
        assert [each.get_content() for each in mailbox.mails.attachments(number)] == [CLEAN]
    assert sorted(Notice.objects.values_list("key", "state")) == [("bad", "refused"), ("good", "sent")]


@pytest.mark.promise("no-passwords")
def test_a_letter_with_a_login_never_reaches_the_billing_desk(committing: str, tmp_path: Path, settings: Any) -> None:
    w = world(letter=inside(f'{{"note":"{said(SECRET)}"}}'.encode()))
    with coop(tmp_path, settings) as mailbox:
        assert run_job("manual.send", w.manual().id) != "done"
        assert mailbox.attempts == 0
    assert {(each.inlet, each.part) for each in Refused.objects.all()} == {("outbound_email", "mail of a request")}
    assert Incident.objects.get().inlet == "outbound_email"


METHODS = [
    *itertools.product(([stated.LINK], [stated.CODE], [stated.LINK, stated.CODE]), ("word", "declared")),
    *(([stated.LINK, stated.CODE, known], "word") for known in (stated.KNOWLEDGE, stated.BILLS, stated.NUMBER)),
]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_signed_letter_passes_whatever_its_record_says_of_the_signing(
    tmp_path: Path, settings: Any, language: str
) -> None:
    """It speaks of passwords, of codes that were sent and of one that is to be given on the telephone."""
    with open_desk(tmp_path) as desk:
        settings.ALLOWED_EGRESS = [desk.place]
        presented = render_letter(facts(language=language), rehearsal=False).pdf
        for methods, opened in METHODS:
            said_of_it = {
                "letter": facts().number,
                "method": stated.method_words(methods, opened),
                "methods": [*methods, f"pdf_{opened}"],
                "email_masked": "j***@member.example",
                "evidence_sha256": "ab" * 32,
                "evidence_sha256_of": stated.COMMITMENT_OF,
            }
            mail = EmailMessage()
            mail.set_content("Enclosed.")
            letter = desk.seal(presented, evidence=said_of_it)
            mail.add_attachment(letter, maintype="application", subtype="pdf", filename="LOA-2026-00000042.pdf")
            mail.add_attachment(log_proof().encode(), maintype="text", subtype="plain", filename="receipt.tlog-proof")
            assert outbound.found_in(mail) is None, methods
            more = EmailMessage()
            more.set_content("Enclosed.")
            spoilt = desk.seal(presented, evidence=said_of_it | {"note": said(SECRET)})
            more.add_attachment(spoilt, maintype="application", subtype="pdf", filename="LOA-2026-00000042.pdf")
            assert outbound.found_in(more) is not None


@pytest.mark.parametrize("why", ["broken", "without a word", "a program in a PDF"])
def test_a_letter_that_nobody_can_read_waits_and_the_log_says_so(
    committing: str, tmp_path: Path, settings: Any, why: str
) -> None:
    w = world(letter=UNREADABLE[why][1])
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "queued"
        assert mailbox.attempts == 0
    assert Job.objects.get(kind="manual.send", subject_id=manual.id).last_error_code == "gate.unchecked"
    assert events("gate.unchecked")
    assert not Refused.objects.exists()


def receipt(folder: Path, settings: Any, letter: bytes) -> str:
    """Run the job that mails a consent's receipt with this letter, and give what became of it."""
    with log_world(settings, folder) as desk:
        consent = world(letter=letter).consent
        integrate(desk.answer)
        with transaction.atomic():
            jobs.enqueue("consent.receipt", consent.id)
        return run_job("consent.receipt", consent.id)


def test_a_receipt_whose_letter_nobody_can_read_waits_and_the_log_says_so(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    assert receipt(tmp_path, settings, UNREADABLE["broken"][1]) == "queued"
    assert Job.objects.get(kind="consent.receipt").last_error_code == "gate.unchecked"
    assert len(events("gate.unchecked")) == 1
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("letter", "state"), [(CLEAN, "queued"), (paper.pdf([[said(SECRET)]]), "refused")], ids=["clean", "with a login"]
)
def test_a_receipt_with_a_login_in_its_letter_does_not_leave(
    committing: str, tmp_path: Path, settings: Any, letter: bytes, state: str
) -> None:
    assert receipt(tmp_path, settings, letter) == "done"
    assert Notice.objects.get().state == state
    assert [each.part for each in Refused.objects.all()] == (["mail receipt"] if state == "refused" else [])
    assert LetterFile.objects.count() == 1  # what she signed is hers, whatever stands in it


def test_a_checkpoint_that_carries_a_login_is_not_mailed_and_the_log_raises_an_alarm(
    committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with anchored_world(settings, tmp_path) as others:
        settings.LOG_WITNESSES, settings.TIMESTAMP_URLS = "", []
        write()
        integrate(others.desk.answer)
        served = anchoring.store.served_note
        monkeypatch.setattr(anchoring.store, "served_note", lambda *which: f"{served(*which)}{said(SECRET)}\n")
        rounds = anchoring.Rounds()
        (outcome,) = rounds.go(now=timezone.now())
        assert (outcome.what, outcome.ok) == ("mail", False)
        assert SECRET not in outcome.text
        assert not others.mailbox.mails.search(to=settings.LOG_MAIL_TO)
        monkeypatch.setattr(looking, "scan", lambda text, inlet: 1 / 0)
        with pytest.raises(looking.Unchecked):
            anchoring.mail_now(now=timezone.now())
        monkeypatch.undo()
        settings.LOG_MAIL_SERVER = f"127.0.0.1:{others.mailbox.port}"
        anchoring.mail_now(now=timezone.now())
        assert len(others.mailbox.mails.search(to="auditor@third.example")) == 1
    assert len(events("alarm.log")) == 1


@pytest.mark.parametrize("data", [b"", b"date,kwh\n", b"\xef\xbb\xbfdate,kwh\n", "día\n".encode("utf-16"), CLEAN])
def test_what_is_read_to_its_end_is_said_to_be(data: bytes) -> None:
    assert list(written.every(data)) == list(written.texts(data))


def test_what_is_not_is_said_at_the_end_of_what_was() -> None:
    got = written.every(inside(bytes(range(256))))
    assert "as far as a test needs one" in next(got)
    with pytest.raises(written.Unread):
        list(got)
    long = written.every(b"word and word " * 600_000)
    with pytest.raises(written.Unread):
        list(long)


def receipt_of(*hashes: str) -> bytes:
    """A receipt of the log, with these in place of its hashes."""
    lines = PROOF.split("\n")
    return "\n".join([*lines[:2], *hashes, *lines[3:]]).encode()


PROOF = """c2sp.org/tlog-proof@v1
index 4
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

broker.example/log
6
TpqHtx4iekPxUAVCAEHr/w/jSksbI274ETP/jPtvmCc=

\u2014 broker.example/log +qkXKjyDyah6WzF5bo+ewRxVPRyiSNUUuMgOOz/Pw/OhRFIudsb6gWCTpjADxu4Z81neSIaCCcphinN6pUGAV4w3hjY=
"""
BY_CHANCE = ["gEson/yz3tVXMPC9fS0xfYvsCvm+JoQtmTvCvlH6aMg=", "jcBU2JC8GUC0SB0GRppRV4dOS73/PW/wrvTiIe1/YCA="]


def test_a_receipt_of_the_log_leaves_whatever_chance_wrote_and_no_login_in_its_place(sqlite_db: str) -> None:
    mail = EmailMessage()
    mail.set_content("Enclosed.")
    mail.add_attachment(receipt_of(*BY_CHANCE), maintype="text", subtype="plain", filename="receipt.tlog-proof")
    assert outbound.found_in(mail) is None
    words = base64.b64encode(b"SmartHub password Thimble!Gravel").decode()
    assert len(words) == len(BY_CHANCE[0])
    for line in (words, said(SECRET)):
        mail = EmailMessage()
        mail.set_content("Enclosed.")
        mail.add_attachment(receipt_of(line), maintype="text", subtype="plain", filename="receipt.tlog-proof")
        assert outbound.found_in(mail) is not None, line


def test_what_lies_in_a_pdf_is_read_on_its_way_out_alone() -> None:
    """What comes in so waits for a person, whatever it says, and nothing of it is unpacked: it may grow."""
    held = inside(said(SECRET).encode())
    assert not [text for text in written.texts(held) if SECRET in text]
    assert [text for text in written.every(held) if SECRET in text]
