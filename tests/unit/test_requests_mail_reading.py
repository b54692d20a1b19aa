"""Strange mail read part by part, without a framework or a database."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from broker.sandbox.wire import pack, unpack
from requests_app.inbound import holding, senders
from requests_app.inbound.quotes import new_words
from requests_app.mail_reading import MAX_PARTS, read
from requests_app.matching import kind_for, reports_on

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
    assert found["kind"] == "answer"


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


NO_CHECK = "mail.unauthenticated"
PROVEN = "Authentication-Results: mx.own.example; dmarc=pass header.from=coop.example\r\n"


def why_not(head: str) -> list[str]:
    found = reading(f"{head}\r\n\r\nx".encode())
    return senders.why_not(found, "billing@coop.example", "mx.own.example")


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        (PROVEN + "From: a@coop.example", []),
        (PROVEN + "From: A <a@COOP.example>", []),
        (PROVEN + "From: a@coop.example\r\nReply-To: eve@evil.example", []),
        (PROVEN + "From: a@coop.example.evil.example", ["mail.from_other", "mail.unauthenticated"]),
        (PROVEN + "From: a@evil.example, b@coop.example", ["mail.from_many"]),
        (PROVEN + "From: a@evil.example\r\nFrom: billing@coop.example", ["mail.from_many"]),
        (PROVEN + "From: coop.example", ["mail.from_domain"]),
        (PROVEN + "From: Joe <joe]@coop.example>", ["mail.from_domain"]),
        (PROVEN + "From: a@", ["mail.from_domain"]),
        (PROVEN + "From:", ["mail.from_domain"]),
        (PROVEN + "To: a@coop.example", ["mail.from_none"]),
        ("From: a@coop.example", ["mail.unauthenticated"]),
        (PROVEN.replace("own.example", "other.example") + "From: a@coop.example", ["mail.unauthenticated"]),
        ("Authentication-Results: dmarc=pass\r\nFrom: a@coop.example", ["mail.unauthenticated"]),
        # Written by whoever sent the mail: it stands below other headers, or below our server's own word.
        ("From: a@coop.example\r\n" + PROVEN + "To: x@own.example", ["mail.unauthenticated"]),
        (
            "Authentication-Results: mx.own.example; dmarc=none; spf=softfail\r\n" + PROVEN + "From: a@coop.example",
            ["mail.unauthenticated"],
        ),
        (
            "Authentication-Results: mx.own.example; dmarc=fail header.from=coop.example\r\n"
            + PROVEN
            + "From: a@coop.example",
            ["mail.auth_failed"],
        ),
        (
            "Authentication-Results: mx.own.example; dkim=pass (2048-bit key) header.d=unrelated.example\r\n"
            "From: a@coop.example",
            ["mail.dkim_unaligned"],
        ),
        ("Authentication-Results: mx.own.example; dkim=pass header.d=coop.example\r\nFrom: a@coop.example", []),
        (
            "Authentication-Results: mx.own.example; dkim=pass header.d=example\r\nFrom: a@coop.example",
            ["mail.dkim_unaligned"],
        ),
        ("Authentication-Results: mx.own.example; spf=pass smtp.mailfrom=b@coop.example\r\nFrom: a@coop.example", []),
        ("ARC-Authentication-Results: i=1; mx.own.example; dmarc=pass\r\nFrom: a@coop.example", [NO_CHECK]),
        # Our server writes its word above its own Received line; below one it may have come with the mail.
        ("Received: from a by mx.own.example\r\n" + PROVEN + "From: a@coop.example", ["mail.results_below"]),
        ("Return-Path: <a@coop.example>\r\n" + PROVEN + "Received: from a by b\r\nFrom: a@coop.example", []),
        ("Authentication-Results: mx.own.example; dmarc=pass\r\nFrom: a@coop.example", [NO_CHECK]),
        (PROVEN * 21 + "From: a@coop.example", ["mail.results_odd"]),
    ],
)  # fmt: skip
def test_only_what_our_own_mail_server_found_about_the_shown_domain_proves_a_sender(
    head: str, codes: list[str]
) -> None:
    assert why_not(head) == codes


def test_without_a_named_mail_server_of_ours_nothing_is_proven() -> None:
    found = reading(f"{PROVEN}From: a@coop.example\r\n\r\nx".encode())
    assert senders.why_not(found, "billing@coop.example", "") == ["mail.receiver_unset"]


# What the description of each file says that it is.
KINDS = {
    "answer": [
        "ar_dkim_pass_other_domain", "ar_from_not_aligned", "ar_same_and_foreign_authserv", "arc_fail_ams_invalid",
        "arc_pass_i1", "dkim_rfc6376_valid", "dkim_unsigned_reply_to_attacker", "forwarded_message_rfc822",
        "missing_final_boundary", "pdf_attachment_emoji_subject", "raw_8bit_headers", "reply_below_quote_thunderbird",
        "reply_gmail_quote", "reply_html_in_text_plain_latin9", "reply_iphone_wrapped_on_wrote",
    ],
    "acknowledgement": ["auto_ack_html_in_text_plain"],
    "auto_reply": [
        "auto_apple_vacation", "auto_cr_only_newlines", "auto_exchange_no_auto_submitted", "auto_header_only_signal",
        "auto_rfc3834_standard",
    ],
    "bounce": [
        "bounce_exchange_no_mime", "bounce_failed_but_4xx", "bounce_gmail_text_only", "bounce_mixed_not_report",
        "bounce_postfix_hard", "bounce_ses_suppression", "delay_and_failed_in_one_dsn",
        "delay_subject_says_5_days_failed",
    ],
    "delay": ["delay_dsn_capitalised_via_list", "delay_gmail_text_only", "delay_outlook", "delay_still_retried"],
    "complaint": ["arf_complaint"],
    "read_receipt": ["read_receipt_mdn"],
    "unknown": [
        "b64_message_rfc822", "boundary_missing", "boundary_prefix_of_other", "dkim_added_second_from",
        "false_multipart", "from_ill_formed", "header_garbage_line", "message_partial_1of2",
        "smime_signed_empty_digest_set",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), [(each, kind) for kind, names in KINDS.items() for each in names])
def test_real_mails_are_what_they_are(name: str, kind: str) -> None:
    assert sample(f"{name}.eml")["kind"] == kind


def test_every_real_mail_is_judged() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the shared samples are not beside this repository")
    assert {path.stem for path in SAMPLES.glob("*.eml")} == {each for names in KINDS.values() for each in names}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ar_dkim_pass_other_domain", "mail.dkim_unaligned"),
        ("ar_from_not_aligned", "mail.dkim_unaligned"),
        ("ar_same_and_foreign_authserv", "mail.unauthenticated"),
        ("dkim_added_second_from", "mail.from_many"),
        ("from_ill_formed", "mail.from_domain"),
        ("header_garbage_line", "mail.from_none"),
        ("arc_pass_i1", "mail.unauthenticated"),
        ("arc_fail_ams_invalid", "mail.unauthenticated"),
        ("dkim_rfc6376_valid", "mail.unauthenticated"),
    ],
)
def test_real_mails_of_unproven_senders_say_what_is_wrong(name: str, code: str) -> None:
    found = sample(f"{name}.eml")
    own = next(iter(found["senders"]), "x@example.org")
    assert code in senders.why_not(found, own, "example.net")


def test_of_several_recipients_in_a_report_only_ours_counts() -> None:
    found = sample("delay_and_failed_in_one_dsn.eml")
    assert kind_for(found, "sabatora@cat.example.net") == "delay"
    assert kind_for(found, "kijitora@nyaan.example.com") == "bounce"


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        ("Subject: Re: Data", "Here it is.", "answer"),
        ("Subject: Re: Data\r\nX-Auto-Response-Suppress: DR", "Here it is.", "answer"),
        ("Subject: Re: Data\r\nPrecedence: bulk", "Here it is.", "answer"),
        ("Subject: Re: Data\r\nPrecedence: bulk\r\nX-Auto-Response-Suppress: All", "Here it is.", "auto_reply"),
        ("Subject: Re: Data\r\nAuto-Submitted: auto-replied (vacation)", "Here it is.", "auto_reply"),
        ("Subject: Re: Data\r\nAuto-Submitted: no", "Here it is.", "answer"),
        ("Subject: Undeliverable: Data\r\nReturn-Path: <>", "Quota.", "unknown"),
        ("Subject: Data", "We have received your request and will answer in 5 days.", "acknowledgement"),
        ("Subject: Data", "> We have received your request\r\n\r\nHere it is.", "answer"),
        ("Subject: Data", "Your request was received.\r\nI am out of the office.\r\n", "answer"),
        ("Subject: Data", "", "unknown"),
    ],
)
def test_several_signals_decide_and_weak_ones_not_alone(head: str, body: str, kind: str) -> None:
    assert reading(f"From: a@coop.example\r\n{head}\r\n\r\n{body}".encode())["kind"] == kind


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"From: a@coop.example\r\nContent-Type: message/partial; id=x\r\n\r\nSubject: x\r\n\r\nx", "mail.piece"),
        (b"Content-Type: multipart/report; report-type=feedback-report\r\n\r\nx", "mail.complaint"),
        (b"From: a@coop.example\r\n\r\n", "mail.kind_unknown"),
    ],
)
def test_what_no_request_can_take_says_why(raw: bytes, code: str) -> None:
    assert holding.by_content(reading(raw)) == [code]
    assert code in holding.HOLDING


def test_our_own_mail_and_what_programs_send_alarm_nobody() -> None:
    own = reading(b"From: Desk <desk@own.example>\r\nAuto-Submitted: auto-generated\r\n\r\nAn alert.")
    away = reading(b"From: op@own.example\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.")
    person = reading(b"From: clerk@coop.example\r\n\r\nWhich request?")
    assert holding.is_echo(own, "desk@own.example")
    assert [holding.may_tell(each, "desk@own.example") for each in (own, away, person)] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "kept", "gone"),
    [
        ("reply_inline_answers.txt", ["option A is great", "some drawbacks", "not suitable"], ["What about", "wrote"]),
        ("reply_not_a_quote_on.txt", ["On the surface", "On average", "On a separate note"], []),
        ("reply_from_in_body.txt", ["come from: john", "From: our database", "actual message"], []),
        ("reply_german_outlook.txt", ["Fusce bibendum", "Nam vel"], ["original message content", "Betreff"]),
    ],
)
def test_quotes_go_for_showing_and_nothing_else_does(name: str, kept: list[str], gone: list[str]) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip("the shared samples are not beside this repository")
    shown = new_words(path.read_text(encoding="utf-8"))
    assert all(each in shown for each in kept)
    assert not any(each in shown for each in gone)


@pytest.mark.parametrize(
    "name", ["reply_below_quote_thunderbird", "reply_gmail_quote", "reply_iphone_wrapped_on_wrote"]
)
def test_an_answer_below_or_above_its_quote_is_kept(name: str) -> None:
    shown = new_words(sample(f"{name}.eml")["texts"][0])
    assert "Hello" in shown
    assert "wrote" not in shown
    assert "> Hi" not in shown


def test_words_in_a_page_of_an_old_mail_program_are_found() -> None:
    path = SAMPLES / "reply_outlook2010.html"
    if not path.is_file():
        pytest.skip("the shared samples are not beside this repository")
    mail = b"From: a@coop.example\r\nContent-Type: text/html\r\n\r\n" + path.read_bytes()
    text = reading(mail)["texts"][0]
    assert "<" not in text
    assert text.split()


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 3000,
        b"Content-Type: text/html\r\n\r\n" + b"<style" * 60_000,
        b"Content-Type: text/html\r\n\r\n" + b"<" * 300_000,
        b"From: " + b"(" * 100_000 + b"\r\n\r\nx",
        b"From: " + b"a@b.example," * 20_000 + b"\r\n\r\nx",
        b"Authentication-Results: " + b"(" * 50_000 + b"\r\n\r\nx",
        b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\n\r\n" + b"On " + b"x " * 100_000,
        b"From: a@b.example\r\n\r\n" + b"> \r\n" * 100_000,
        b"X: y\r\n" * 50_000 + b"\r\nx",
    ],
    ids=range(11),
)
def test_mail_made_to_be_slow_or_deep_is_read_in_the_sandbox_or_given_up(raw: bytes) -> None:
    from broker import sandbox

    found = sandbox.call("requests_app.mail_reading:read", {"raw": pack(raw)}, wall=20.0, cpu=10)
    assert found["kind"] in ("answer", "unknown")


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


def test_a_mail_handed_on_is_evidence_only_where_the_utilitys_own_server_took_it() -> None:
    report = (
        b"From: MAILER-DAEMON@mx.broker.example\r\nContent-Type: multipart/report; report-type=delivery-status;"
        b' boundary="b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n'
        b"Reporting-MTA: dns; mx.broker.example\r\n\r\nFinal-Recipient: rfc822; billing@coop.example\r\n"
        b"Action: relayed\r\nStatus: 2.0.0\r\nRemote-MTA: dns; Mail.Coop.example\r\n\r\n--b--\r\n"
    )
    found = reading(report)
    assert found["kind"] == "relayed"
    assert kind_for(found, "billing@coop.example") == "relayed"
    assert kind_for(found, "billing@coop.example", ["mail.elsewhere.example"]) == "relayed"
    assert kind_for(found, "billing@coop.example", ["mail.coop.example"]) == "delivered"
    assert kind_for(found, "somebody@coop.example", ["mail.coop.example"]) == "relayed"  # not said of that address
