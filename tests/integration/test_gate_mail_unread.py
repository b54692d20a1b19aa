"""What of a mail is not read is not clean: a login behind any limit and in any part is found, or the mail is sealed."""

import base64
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker import sandbox, vault
from broker.console.holds import retention
from broker.console.holds.times import login_ends
from broker.inlets.models import Incident, Refused
from broker.jobs.models import Job
from broker.notices import compose
from broker.vault.models import SealedFile
from requests_app import choosing, receive, worklist, worklist_marks
from requests_app.inbound import wrapping
from requests_app.inbound.holding import LOGINS
from requests_app.mail_reading import MAX_DEPTH, MAX_PARTS, MAX_TEXT, MOST_WORDS
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests import clock
from tests.integration.mail_support import signed_in, take
from tests.integration.test_gate_files import SECRET, WORDS, thread
from tests.integration.test_gate_outbound import MAILS
from tests.integration.test_gate_outbound import mail as made_of
from tests.integration.test_receive import waiting
from tests.requests_world import ACTOR, RECEIVER, events
from tests.unit.test_language_mails import MAIL

__all__ = ["thread", "waiting"]
CLEAN = "We work on it, and answer next week.\r\n"
FILLER = "We work on it, and answer some other week. "
TOP = (
    f"Authentication-Results: {RECEIVER}; dmarc=pass header.from=coop.example\r\n"
    "From: Billing <billing@coop.example>\r\nSubject: Re: your data\r\nMIME-Version: 1.0\r\n"
)
SOUND = b"Reporting-UA: desk; Mail 1\r\nFinal-Recipient: rfc822; billing@coop.example\r\nDisposition: manual; displayed"
FAILED = b"Reporting-MTA: dns; mx.coop.example\r\n\r\nFinal-Recipient: rfc822; billing@coop.example\r\nAction: failed"


def part(kind: str, body: bytes | str, *lines: str) -> bytes:
    """One part of a mail: its kind, its further headers, its body."""
    data = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join([f"Content-Type: {kind}", *lines, "", ""]).encode() + data


def mixed(*parts: bytes, kind: str = "multipart/mixed", cut: str = "cut") -> bytes:
    """A part with parts, without a mail around it."""
    inner = b"".join(b"\r\n--" + cut.encode() + b"\r\n" + each for each in parts)
    return f'Content-Type: {kind}; boundary="{cut}"\r\n\r\n'.encode() + inner + f"\r\n--{cut}--\r\n".encode()


def whole(inner: bytes) -> bytes:
    """A mail of the co-op, its sender proven, with this in it."""
    return TOP.encode() + inner


def beside(*parts: bytes) -> bytes:
    """Such a mail of plain words and these parts."""
    return whole(mixed(part("text/plain", CLEAN), *parts))


def report(*parts: bytes) -> bytes:
    """Such a mail that calls itself a report."""
    return whole(mixed(part("text/plain", CLEAN), *parts, kind="multipart/report"))


def deep(levels: int, words: str) -> bytes:
    """Words so many parts deep."""
    inner = part("text/plain", words)
    for level in range(levels):
        inner = mixed(part("text/plain", CLEAN), inner, cut=f"cut{level}")
    return whole(inner)


def returned_deep(levels: int) -> bytes:
    """A mail that is given back in a report, that is given back in a report, and so on."""
    inner = part("text/plain", WORDS)
    for level in range(levels):
        inner = mixed(part("message/rfc822", inner), kind="multipart/report", cut=f"cut{level}")
    return whole(inner)


def coded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


FAR = FILLER * (MAX_TEXT // len(FILLER) + 10)
PLACES: dict[str, Callable[[], bytes]] = {
    "far behind in a text": lambda: whole(part("text/plain", f"{FAR}\r\n{WORDS}")),
    "far behind in HTML": lambda: whole(part("text/html", f"<p>{FAR}</p><p>{WORDS}</p>")),
    "far behind in a comment": lambda: whole(part("text/html", f"<p>{FAR}</p><!-- {FAR} {WORDS} -->")),
    "in a style": lambda: whole(part("text/html", f"<style>p {{}} {WORDS}</style><p>{CLEAN}</p>")),
    "in a script": lambda: whole(part("text/html", f"<p>{CLEAN}</p><script>// {WORDS}")),
    "in a text with NULs": lambda: whole(part("text/plain", WORDS.encode("utf-16-le"))),
    "in a text of other letters": lambda: whole(part("text/plain; charset=cp037", f"{CLEAN}{WORDS}")),
    "in one of them and another": lambda: whole(part("text/plain; charset=cp037", f"{CLEAN}{WORDS} é")),
    "in seven bits": lambda: whole(
        part("text/plain", b"Hello. " + WORDS.encode("utf-7").replace(b"pass", b"+AHA-ass"))
    ),
    "in seven bits as a whole": lambda: whole(
        part("text/plain", b"+" + base64.b64encode(WORDS.encode("utf-16-be")).rstrip(b"=") + b"-")
    ),
    "in a second piece of base64": lambda: whole(
        part("text/plain", f"{coded('Hello there.')}{coded(WORDS)}", "Content-Transfer-Encoding: base64")
    ),
    "in one on the same line": lambda: whole(
        part(
            "text/html", f"{coded('Hello there.')}{coded(WORDS)}".replace("\n", ""), "Content-Transfer-Encoding: base64"
        )
    ),
    "in one of a file": lambda: beside(
        part('text/csv; name="a.csv"', f"{coded('date,kwh')}{coded(WORDS)}", "Content-Transfer-Encoding: base64")
    ),
    "among base64": lambda: beside(
        part("text/plain", f"{coded(CLEAN)}\r\n{WORDS}\r\n", "Content-Transfer-Encoding: base64")
    ),
    "among the base64 of a file": lambda: beside(
        part('image/png; name="a.png"', f"{coded(CLEAN)}\r\n{WORDS}\r\n", "Content-Transfer-Encoding: base64")
    ),
    "before the headers": lambda: f"From {WORDS}\r\n".encode() + whole(part("text/plain", CLEAN)),
    "in a line before the headers": lambda: f" {WORDS}\r\n".encode() + whole(part("text/plain", CLEAN)),
    "behind many parts": lambda: beside(*[part("text/plain", "A.")] * (MAX_PARTS + 1), part("text/plain", WORDS)),
    "deep": lambda: deep(MAX_DEPTH + 8, WORDS),
    "in a signature of PGP": lambda: beside(part("application/pgp-signature", WORDS)),
    "in one in Spanish": lambda: beside(
        part("application/pgp-signature", f"mi contraseña de SmartHub es {SECRET}, pruébela")
    ),
    "in what PGP signs with": lambda: beside(part("application/pgp-signature", pgp(data=WORDS.encode() * 9))),
    "in what looks like that": lambda: beside(
        part("application/pgp-signature", pgp(data=bytes([0x88, len(WORDS)]) + WORDS.encode()))
    ),
    "in armour of PGP": lambda: beside(part("application/pgp-signature", pgp(f"Comment: {WORDS}\n"))),
    "in a signature of S/MIME": lambda: beside(part("application/pkcs7-signature", WORDS)),
    "in an older one": lambda: beside(part("application/x-pkcs7-signature", coded(WORDS))),
    "among the bytes of one": lambda: beside(
        part("application/pkcs7-signature", bytes(range(128, 200)) + WORDS.encode() + bytes(range(200, 255)))
    ),
    "among them in wide letters": lambda: beside(
        part("application/pkcs7-signature", bytes(range(128, 200)) + WORDS.encode("utf-16-be"))
    ),
    "in a mail given back without a report": lambda: report(part("message/rfc822", part("text/plain", WORDS))),
    "in a mail given back": lambda: report(
        part("message/delivery-status", FAILED), part("message/rfc822", part("text/plain", WORDS))
    ),
    "in a file of a mail given back": lambda: report(
        part("message/delivery-status", FAILED),
        part("message/rfc822", mixed(part('text/csv; name="a.csv"', f"date,kwh\r\n{WORDS}\r\n"), cut="in")),
    ),
    "in the subject of a mail given back": lambda: report(
        part("message/rfc822", f"Subject: {WORDS}\r\n".encode() + part("text/plain", CLEAN))
    ),
    "in the second mail given back": lambda: report(
        part("message/rfc822", part("text/plain", CLEAN)), part("message/rfc822", part("text/plain", WORDS))
    ),
    "given back in base64": lambda: report(
        part("message/rfc822", coded(part("text/html", WORDS).decode()), "Content-Transfer-Encoding: base64")
    ),
    "in a mail in base64": lambda: beside(
        part("message/rfc822", coded(part("text/html", WORDS).decode()), "Content-Transfer-Encoding: base64")
    ),
    "given back again and again": lambda: returned_deep(5),
    "given back too often": lambda: returned_deep(MAX_DEPTH + 8),
    "in headers given back": lambda: report(part("text/rfc822-headers", f"Subject: {WORDS}\r\n")),
    "behind headers given back": lambda: beside(part("text/rfc822-headers", f"Subject: A\r\n\r\n{WORDS}")),
    "in a receipt of reading": lambda: report(
        part("message/disposition-notification", SOUND + f"\r\nNote: {WORDS}".encode())
    ),
    "in such a part alone": lambda: beside(
        part("message/disposition-notification", SOUND + f"\r\nNote: {WORDS}".encode())
    ),
    "behind the fields of one": lambda: beside(
        part("message/disposition-notification", SOUND + f"\r\n\r\n{WORDS}".encode())
    ),
    "in a report of delivery": lambda: report(
        part("message/delivery-status", FAILED + f"\r\nDiagnostic-Code: smtp; {WORDS}".encode())
    ),
    "in a block of one": lambda: beside(part("message/delivery-status", FAILED + f"\r\n\r\nX-Note: {WORDS}".encode())),
    "in the many blocks of one": lambda: beside(
        part("message/delivery-status", FAILED + b"\r\n\r\nX-Note: a" * 100 + f"\r\n\r\n{WORDS}".encode())
    ),
    "in a complaint": lambda: beside(
        part("message/feedback-report", f"Feedback-Type: abuse\r\nVersion: 1\r\nNote: {WORDS}")
    ),
    "in parts of a complaint": lambda: beside(
        part("message/feedback-report", mixed(part("text/plain", WORDS), cut="in"))
    ),
    "in a piece of a mail": lambda: whole(
        part('message/partial; id="x@y"; number=1; total=2', f"Subject: A\r\n\r\n{WORDS}")
    ),
    "in a mail that breaks its reader": lambda: whole(part("text/plain", WORDS)),
}
LIMITS: dict[str, Callable[[], bytes]] = {
    "too many parts": lambda: beside(*[part("text/plain", "A.")] * (MAX_PARTS + 1)),
    "too deep": lambda: deep(MAX_DEPTH + 8, CLEAN),
    "too many words": lambda: whole(part("text/plain", words_of(MOST_WORDS + 1))),
    "too many words in headers": lambda: (
        f"X-A: {words_of(MOST_WORDS + 1)}\r\n".encode() + whole(part("text/plain", "A"))
    ),
    "letters that nobody knows": lambda: whole(
        part(
            "text/plain; charset=ebcdic-us",
            base64.b64encode(WORDS.encode("cp037")).decode(),
            "Content-Transfer-Encoding: base64",
        )
    ),
    "a piece of a mail": lambda: whole(part('message/partial; id="x@y"; number=1; total=2', "Subject: A\r\n\r\nA")),
}


def words_of(length: int) -> str:
    return (FILLER * (length // len(FILLER) + 1))[:length]


def pgp(comment: str = "", data: bytes | None = None) -> str:
    """A signature as programs write one, made by chance."""
    made = b"\x89\x01\xb3\x04" + os.urandom(434)
    body = base64.b64encode(made if data is None else data).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN PGP SIGNATURE-----\n{comment}\n{lines}\n=njUN\n-----END PGP SIGNATURE-----\n"


def sealed(taken: receive.Received) -> Message:
    """The mail as it lies: under a key of its own, for two people, gone after ten working days."""
    row = Message.objects.get(id=taken.message)
    facts = vault.file_facts(row.raw)
    assert (row.kind, facts.subject) == ("credentials", LOGINS)
    key = SealedFile.objects.get(id=row.raw).vault_key
    due = retention.logins_due(login_ends(clock.today()))
    assert [each.key for each in due] == [key]
    assert not retention.logins_due(login_ends(clock.today()) - timedelta(days=1))
    assert choosing.open_held(row, actor=ACTOR, now=timezone.now()) is None
    assert not ReceivedFile.objects.exists()
    return row


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", PLACES)
def test_a_login_in_any_part_and_behind_any_limit_is_sealed(
    thread: ManualRequest, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "breaks" in place:
        monkeypatch.setattr(sandbox, "call", broken)
    sealed(take(PLACES[place](), thread))


def broken(*_facts: Any, **_limits: Any) -> Any:
    raise sandbox.SandboxError("died")


@pytest.mark.parametrize("why", LIMITS)
def test_a_mail_that_is_not_read_to_its_end_is_sealed_like_one_with_a_login(thread: ManualRequest, why: str) -> None:
    row = sealed(take(LIMITS[why](), thread))
    assert row.judged.codes[0] == "mail.unread"
    # Nothing was found: it is no incident, and she is told of no password.
    assert not Incident.objects.exists()
    assert not Refused.objects.exists()
    assert not Job.objects.filter(kind="gate.told").exists()
    assert len(events("gate.held")) == 1


def test_the_pen_and_the_thread_say_why_it_is_sealed(thread: ManualRequest) -> None:
    row = sealed(take(LIMITS["too deep"](), thread))
    staff = signed_in()
    page = staff.get("/admin/?tab=pen").content.decode()
    assert "Not all of it could be read: it may hold a portal login." in page
    assert "A portal login was found in it" not in page
    assert "two people open it together" in page
    assert "cannot be opened by one person" in staff.post(f"/admin/held/{row.id}/", follow=True).content.decode()
    marks = [each.what for each in worklist_marks.thread(thread) if each.message == row]
    assert marks == ["Holds a portal login, or could not be read; two people open it"]
    assert worklist.held()[0] == row


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("place", ["far behind in a text", "in a signature of PGP", "in a receipt of reading", "deep"])
def test_so_is_one_of_nobody_known(thread: ManualRequest, place: str, proven: bool) -> None:
    raw = PLACES[place]()
    sealed(take(raw if proven else raw.split(b"\r\n", 1)[1]))


def test_so_is_one_about_a_request_that_has_ended(thread: ManualRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive.threads.Thread, "is_answerable", lambda *_: False)
    assert take(whole(part("text/plain", CLEAN)), thread).kind == "ended"
    sealed(take(PLACES["in such a part alone"](), thread))


def test_a_held_mail_from_before_is_attached_by_nobody_where_it_was_not_read(thread: ManualRequest) -> None:
    held = take(whole(part("text/plain", CLEAN)).split(b"\r\n", 1)[1], thread)
    row = Message.objects.get(id=held.message)
    assert row.kind == "held"
    found = choosing.open_held(row, actor=ACTOR, now=timezone.now())
    assert found is not None
    assert receive.gate({**found.read, "whole": False})[0] is not None


PICTURE = base64.b64encode(b"\x89PNG" + os.urandom(300_000)).decode()
HONEST: dict[str, tuple[str, Callable[[], bytes]]] = {
    "words": ("message", lambda: whole(part("text/plain", CLEAN))),
    "a long text": ("message", lambda: whole(part("text/plain", words_of(1_000_000)))),
    "long HTML": ("message", lambda: whole(part("text/html", f"<p>{words_of(1_000_000)}</p>"))),
    "a picture in HTML": (
        "message", lambda: whole(part("text/html", f'<p>{CLEAN}</p><img src="data:image/png;base64,{PICTURE}">'))
    ),
    "styled": ("message", lambda: whole(part("text/html", f"<style>td{{font-size:12px!important}}</style>{CLEAN}"))),
    "many parts": ("message", lambda: beside(*[part("text/plain", "A.")] * (MAX_PARTS - 2))),
    "signed with PGP": (
        "message",
        lambda: whole(
            mixed(part("text/plain", CLEAN), part("application/pgp-signature", pgp()), kind="multipart/signed")
        ),
    ),
    "a receipt of reading": (
        "read_receipt", lambda: report(part("message/disposition-notification", SOUND + b"\r\n"))
    ),
    "a mail in a mail": ("message", lambda: beside(part("message/rfc822", part("text/plain", CLEAN)))),
    "a footer behind base64": (
        "message",
        lambda: whole(part("text/plain", f"{coded(CLEAN)}\r\n-- \r\nThe desk", "Content-Transfer-Encoding: base64")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_honest_mails_stay_what_they_are(thread: ManualRequest, what: str) -> None:
    kind, made = HONEST[what]
    assert take(made(), thread).kind == kind


def bounced(original: bytes, message_id: str) -> bytes:
    """What a mail server writes about a mail that it could not deliver, with all of it."""
    fields = FAILED + b"\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <billing@coop.example>: user unknown"
    head = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@coop.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"In-Reply-To: {message_id}\r\nMIME-Version: 1.0\r\n"
    )
    inner = mixed(
        part("text/plain", "It could not be delivered.\r\n"),
        part("message/delivery-status", fields),
        part("message/rfc822", original),
        kind="multipart/report; report-type=delivery-status",
        cut="outermost",
    )
    return head.encode() + inner


def test_a_bounce_with_our_whole_letter_is_a_bounce(waiting: Any) -> None:
    _w, manual, mailbox = waiting
    ours = mailbox.mails.message(mailbox.mails.numbers()[-1]).as_bytes()
    assert b"application/pdf" in ours
    assert take(bounced(ours, manual.message_id), manual).kind == "bounce"


@pytest.mark.parametrize(("language", "name"), MAILS)
def test_every_mail_of_ours_comes_back_as_itself(sqlite_db: str, language: str, name: str) -> None:
    facts = {**MAIL, "code": "448812", "user": "rob.mill", "login": "/login/"}
    ours = made_of(compose.render(name, language=language, context=facts)).as_bytes(policy=SMTP)
    assert receive.gate(receive.read_mail(bounced(ours, "<1@localhost>")))[0] is None


def test_signatures_of_real_programs_hold_nothing(tmp_path: Path) -> None:
    """By chance, in letters that chance wrote, too."""
    key, text = tmp_path / "key.pem", tmp_path / "text"
    text.write_text(CLEAN)
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(key) + ".crt"]
    subprocess.run([*made, "-subj", "/CN=Billing/O=A Cooperative"], check=True, capture_output=True)
    signs = ["openssl", "cms", "-sign", "-in", str(text), "-signer", str(key) + ".crt", "-inkey", str(key)]
    mail = subprocess.run(signs, check=True, capture_output=True).stdout
    assert receive.gate(receive.read_mail(whole(mail)))[0] is None
    for _ in range(20):
        words = wrapping.of_signature(pgp("Version: GnuPG v2").encode())
        assert "GnuPG" in words
        assert receive.check_message([words, wrapping.of_signature(os.urandom(3000))], []) is None
