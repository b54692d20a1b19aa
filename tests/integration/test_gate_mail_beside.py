"""What a mail holds beside its headers and its words is read, or is nowhere but in its sealed bytes."""

import json
from pathlib import Path

import pytest

from broker.looking import look
from requests_app.receive import gate, read_mail
from tests.integration.mail_support import take
from tests.integration.test_gate_files import SECRET, WORDS

REAL = Path(__file__).resolve().parents[3] / "shared/real-inputs/email"


def parts(*, before: str = "", html: str = "<p>Attached.</p>", behind: str = "") -> bytes:
    """A mail of one part, with words before the first part and behind the last one."""
    lines = [
        "From: Billing <billing@coop.example>",
        "Subject: Re: a request",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="cut"',
        "",
        before,
        "--cut",
        "Content-Type: text/html",
        "",
        html,
        "--cut--",
        behind,
    ]
    return "\r\n".join(lines).encode()


def report(diagnostic: str = "smtp; 550 5.1.1 user unknown", *, returned: str = "Hello") -> bytes:
    """A report of a mail that was not delivered."""
    lines = [
        "From: MAILER-DAEMON@coop.example",
        "Subject: Undelivered Mail Returned to Sender",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"',
        "",
        "--cut",
        "Content-Type: text/plain",
        "",
        "It could not be delivered.",
        "--cut",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.coop.example",
        "Arrival-Date: Mon, 19 Oct 2026 10:00:00 -0500",
        "",
        "Final-Recipient: rfc822; billing@coop.example",
        "Action: failed",
        "Status: 5.1.1",
        f"Diagnostic-Code: {diagnostic}",
        "",
        "--cut",
        "Content-Type: message/rfc822",
        "",
        "From: desk@localhost",
        "Message-ID: <one@broker.example>",
        "Subject: A request",
        "",
        returned,
        "--cut--",
    ]
    return "\r\n".join(lines).encode()


PLACES = {
    "comment": parts(html=f"<p>Attached.</p><!-- {WORDS} -->"),
    "comment with tags": parts(
        html=f"<p>Attached.</p><!--[if mso]><b>my SmartHub password</b> is {SECRET}<![endif]-->"
    ),
    "comment without an end": parts(html=f"<p>Attached.</p><!-- {WORDS}"),
    "many comments": parts(html="<!-- a -->" * 1200 + f"<!-- {WORDS} -->"),
    "text of a picture": parts(html=f'<p>Attached.</p><img src="cid:1" alt="{WORDS}">'),
    "letters in bold within a word": parts(html=f"<p>password: {SECRET[:2]}<b>{SECRET[2:6]}</b>{SECRET[6:]}</p>"),
    "a label cut by empty tags": parts(html=f"<p>p<i></i>a<i></i>s<i></i>s<!-- x -->w<i></i>ord: {SECRET}</p>"),
    "a link": parts(html=f'<p>Here: <a href="https://portal.example/?u=marla77&amp;p={SECRET}">it</a></p>'),
    "before the parts": parts(before=WORDS),
    "behind the parts": parts(behind=WORDS),
    "id that it refers to": parts().replace(b"MIME", f"References: <my.password.is.{SECRET[8:]}@x>\r\nMIME".encode()),
    "id that it answers": parts().replace(b"MIME", f"In-Reply-To: <password-{SECRET[8:]}@x>\r\nMIME".encode()),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_login_beside_the_words_of_a_mail_is_found(place: str) -> None:
    assert gate(read_mail(PLACES[place]))[0] is not None


def test_it_is_sealed_and_held(sqlite_db: str) -> None:
    assert take(PLACES["comment"]).kind == "credentials"


def test_ordinary_mails_pass() -> None:
    plain = "This is a multi-part message in MIME format."
    for made in (
        parts(before=plain, behind="-- \r\nThe desk"),
        report(),
        report("smtp; 250 2.0.0 <billing@coop.example> PVgfHxgUCmtPJAAAg+zDdQ Saved"),  # an id of the server's queue
        parts(html="<!--[if mso]><b>A</b><![endif]-->"),
        parts(
            html='<p>Your <b>O</b>ctober bill is <a href="https://coop.example/bills/2026-10?utm_source=mail">here</a>.</p>'
        ),
    ):
        assert gate(read_mail(made))[0] is None
    styled = (
        "<style><!-- p.a {size:8.5in 11.0in; margin:1.0in} div.WordSection1 {page:WordSection1;} --></style><p>A</p>"
    )
    assert gate(read_mail(parts(html=styled)))[0] is None


def test_what_a_report_gives_back_is_read_by_the_gate_and_shown_to_nobody() -> None:
    read = read_mail(report(returned=f"Your code. {WORDS}"))
    assert read["report"]["original"] == "<one@broker.example>"
    assert SECRET not in json.dumps([read["texts"], read["files"], read["subject"]])
    assert gate(read)[0] is not None


def test_what_real_programs_write_beside_their_words_passes() -> None:
    found = {
        (path.name, finding.rule)
        for path in sorted(REAL.glob("*.eml"))
        for text in read_mail(path.read_bytes())["heads"]
        if (finding := look(text, "email_reply")) is not None
    }
    assert found == set()
