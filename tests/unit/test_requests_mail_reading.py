"""Strange mail read part by part, without a framework or a database."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from broker.sandbox.wire import pack, unpack
from requests_app.mail_reading import MAX_PARTS, read
from requests_app.matching import comes_from, kind_of, reports_on

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "real-inputs" / "email"


def reading(raw: bytes) -> dict[str, Any]:
    return read({"raw": pack(raw)})


def sample(name: str) -> dict[str, Any]:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip("the shared samples are not beside this repository")
    return reading(path.read_bytes())


def test_texts_files_ids_and_senders_are_found() -> None:
    mail = EmailMessage()
    mail["From"] = "Billing <Billing@Coop.example>"
    mail["Subject"] = "Antwort: Daten für R-101"
    mail["Message-ID"] = "<a@coop.example>"
    mail["In-Reply-To"] = "<r.x@localhost>"
    mail["References"] = "<one@x> <two@x>"
    mail.set_content("plain words")
    mail.add_alternative("<p>html <b>words</b></p>", subtype="html")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="usage ü.csv")
    found = reading(mail.as_bytes())
    assert found["senders"] == ["billing@coop.example"]
    assert found["message_id"] == "<a@coop.example>"
    assert found["refers_to"] == ["<r.x@localhost>", "<one@x>", "<two@x>"]
    assert found["subject"] == "Antwort: Daten für R-101"
    assert "plain words" in found["texts"][0]
    assert "<b>" not in found["texts"][1]
    assert [(each["name"], unpack(each["data"])) for each in found["files"]] == [("usage ü.csv", b"a,b\n")]
    assert kind_of(found) == "answer"


def test_more_parts_than_we_read_are_said_to_be_too_many() -> None:
    part = b"--b\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n"
    found = reading(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 500 + b"--b--\r\n")
    assert len(found["files"]) <= MAX_PARTS
    assert "too many parts" in found["why"]


def test_one_bad_part_costs_nothing_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from requests_app import mail_reading

    real = mail_reading._name

    def fragile(part: Any) -> str:
        if part.get_content_type() == "image/png":
            raise KeyError("content")
        return real(part)

    monkeypatch.setattr(mail_reading, "_name", fragile)
    mail = EmailMessage()
    mail.set_content("words")
    mail.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="y.pdf")
    found = reading(mail.as_bytes())
    assert [each["name"] for each in found["files"]] == ["y.pdf"]
    assert found["why"] == ["part 1: KeyError"]


@pytest.mark.parametrize(
    ("header", "trusted"),
    [
        ("a@coop.example", True),
        ("A <a@COOP.example>", True),
        ("a@coop.example.evil.example", False),
        ("a@evil.example, b@coop.example", False),
        ("coop.example", False),
        ("", False),
    ],
)
def test_one_sender_of_the_right_domain_is_a_hint(header: str, trusted: bool) -> None:
    found = reading(f"From: {header}\r\n\r\nx".encode())
    assert comes_from(found, "billing@coop.example") is trusted


def test_a_second_from_header_makes_no_sender() -> None:
    found = reading(b"From: a@evil.example\r\nFrom: billing@coop.example\r\n\r\nx")
    assert not comes_from(found, "billing@coop.example")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("auto_rfc3834_standard.eml", "auto_reply"),
        ("auto_exchange_no_auto_submitted.eml", "auto_reply"),
        ("auto_apple_vacation.eml", "auto_reply"),
        ("bounce_postfix_hard.eml", "bounce"),
        ("bounce_failed_but_4xx.eml", "bounce"),
        ("delay_outlook.eml", "delay"),
    ],
)
def test_real_mails_are_what_they_are(name: str, kind: str) -> None:
    assert kind_of(sample(name)) == kind


@pytest.mark.parametrize("name", ["boundary_missing.eml", "false_multipart.eml", "raw_8bit_headers.eml"])
def test_real_broken_mails_are_read_as_far_as_they_go(name: str) -> None:
    assert isinstance(sample(name)["texts"], list)


def test_the_inner_sender_of_a_forwarded_mail_counts_for_nothing() -> None:
    inner = EmailMessage()
    inner["From"] = "billing@coop.example"
    inner.set_content("inner")
    outer = EmailMessage()
    outer["From"] = "eve@evil.example"
    outer.set_content("outer")
    outer.add_attachment(inner)
    found = reading(outer.as_bytes())
    assert found["senders"] == ["eve@evil.example"]
    assert not reports_on(found, "<x@localhost>", "billing@coop.example")
