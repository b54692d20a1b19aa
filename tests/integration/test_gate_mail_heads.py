"""Every header of a mail and of its parts is read before anything of it is kept; what programs write there passes."""

from email import message_from_bytes
from email.header import Header
from email.policy import compat32
from pathlib import Path

import pytest
from django.utils import timezone

from broker.inlets.models import Refused
from broker.looking import look
from requests_app.inbound import heads
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import gate, read_mail, receive
from tests.integration.test_gate_files import SECRET, WORDS, thread
from tests.requests_world import usage

__all__ = ["thread"]
REAL = Path(__file__).resolve().parents[3] / "shared/real-inputs/email"
CODED = Header(WORDS, "utf-8").encode()
NAMED = "portal password Thimble!Gravel8"
# A header as it stands in the mail, and which one it is.
HEADS = {
    "comments": f"Comments: {WORDS}",
    "comments, coded": f"Comments: {CODED}",
    "keywords": f"Keywords: portal password, {SECRET}",
    "an x header": f"X-Note: {WORDS}",
    "a name that says it": f"X-SmartHub-Password: {SECRET}",
    "organization": f"Organization: {WORDS}",
    "reply-to": f'Reply-To: "{WORDS}" <billing@coop.example>',
    "sender": f'Sender: "{WORDS}" <billing@coop.example>',
    "cc": f'Cc: "{WORDS}" <someone@coop.example>',
    "a list's id": f'List-Id: "{WORDS}" <list.coop.example>',
    "a list's help": f"List-Help: <mailto:help@coop.example> ({WORDS})",
    "in a comment of a program's": f"Received: from a.example (my portal password is {SECRET}) by b.example",
    "beside an id": f"References: <one@coop.example> {WORDS}",
    "a signature": f"DKIM-Signature: v=1; d=coop.example; note=my portal password is {SECRET}; b=abc",
    "folded": f"Comments: my portal\r\n  password is\r\n {SECRET}",
    "of two": f"X-One: SmartHub user rob77@mill.example\r\nX-Two: {SECRET}",
}
# The header of a part, with the name of a file or about it.
PARTS = {
    "name": f'Content-Type: text/csv; name="{NAMED}.csv"\r\nContent-Disposition: attachment; filename="usage.csv"',
    "filename": f'Content-Type: text/csv; name="usage.csv"\r\nContent-Disposition: attachment; filename="{NAMED}.csv"',
    "filename*": "Content-Type: text/csv\r\nContent-Disposition: attachment;"
    " filename*=UTF-8''portal%20password%20Thimble%21Gravel8.csv",
    "name*": "Content-Type: text/csv; name*=UTF-8''portal%20password%20Thimble%21Gravel8.csv\r\n"
    'Content-Disposition: attachment; filename="usage.csv"',
    "in pieces": 'Content-Type: text/csv\r\nContent-Disposition: attachment; filename*0="portal passw";'
    ' filename*1="ord Thimble!Gr"; filename*2="avel8.csv"',
    "coded": f'Content-Type: text/csv; name="{Header(NAMED, "utf-8").encode()}"\r\nContent-Disposition: attachment',
    "description": f'Content-Type: text/csv; name="u.csv"\r\nContent-Description: {WORDS}',
    "another parameter": f'Content-Type: text/csv; x-note="{WORDS}"\r\nContent-Disposition: attachment; filename="u"',
}


def raw(head: str = "X-A: b", part: str = 'Content-Type: text/csv; name="usage.csv"') -> bytes:
    """A mail with these lines among its headers, and one attached file under these headers."""
    lines = [
        "From: Billing <billing@coop.example>",
        "Subject: Re: a request",
        "Message-ID: <heads.1@coop.example>",
        head,
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="cut"',
        "",
        "--cut",
        "Content-Type: text/plain",
        "",
        "Attached.",
        "--cut",
        part,
        "",
        usage("40900017"),
        "--cut--",
    ]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("where", HEADS)
def test_a_login_in_a_header_of_a_mail_is_sealed_and_held(thread: ManualRequest, where: str) -> None:
    assert taken(thread, raw(HEADS[where])) == "credentials"
    assert not ReceivedFile.objects.exists()
    assert [(each.inlet, each.part) for each in Refused.objects.all()] == [("email_reply", "mail")]


@pytest.mark.parametrize("where", PARTS)
def test_a_login_in_a_header_of_a_part_is_sealed_and_held(thread: ManualRequest, where: str) -> None:
    assert taken(thread, raw(part=PARTS[where])) == "credentials"
    assert not ReceivedFile.objects.exists()


def test_a_plain_mail_is_an_answer(thread: ManualRequest) -> None:
    assert taken(thread, raw()) != "credentials"
    assert Message.objects.filter(direction="in", kind="credentials").count() == 0


def taken(thread: ManualRequest, mail: bytes) -> str:
    to = [f"r.{thread.thread_token}@localhost"]
    return receive(mail, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now()).kind


def test_what_real_programs_write_into_headers_passes() -> None:
    found: set[tuple[str, str]] = set()
    seen = 0
    for path in sorted(REAL.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=compat32)
        texts = heads.together([head for part in mail.walk() for head in heads.of(part)])
        seen += len(texts) > 3
        found |= {(path.name, rule.rule) for text in texts if (rule := look(text, "email_reply")) is not None}
    assert seen > 30
    assert found == set()


def test_more_headers_than_are_read_one_by_one_are_read_all_the_same() -> None:
    many = "\r\n".join(f"X-Part-{number}: a word" for number in range(1000))
    assert gate(read_mail(raw(many)))[0] is None
    assert gate(read_mail(raw(f"{many}\r\nComments: {WORDS}")))[0] is not None
