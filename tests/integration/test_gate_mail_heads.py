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
JOINED = "my-SmartHub-password-is-bluebird7"
HEADS |= {
    "one word": f"X-Note: {JOINED}",
    "one word in brackets": f"X-Note: ({JOINED})",
    "one word with signs": "X-Note: SmartHub-login:rob77/password=bluebird7",
    "for a hash of a program's": f"Received: {JOINED}",
    "for what it answers": f"In-Reply-To: {JOINED}",
    "with an id for the secret": "Content-ID: SmartHub password: <bluebird7>",
    "with a field for the secret": "Received: my SmartHub password is s=bluebird7",
    "a field of a signature": f"DKIM-Signature: v=1; n={JOINED}; b=abc",
    "who signs": f"DKIM-Signature: v=1; i={JOINED}; b=abc",
    "the signature": "DKIM-Signature: v=1; b=mySmartHubpasswordisbluebird7",
    "a seal": "ARC-Seal: i=1; password d=bluebird7; SmartHub",
    "a name without words": f"{JOINED}:",
    "the end of a long name": f"X-{'a-' * 110}{JOINED}: yes",
}
# Headers of filters and carriers: what they write is left out, what somebody says in them is not.
HEADS |= {
    "prose of a filter": "X-Spam-Report: use rob77 and Xk9vQ2pL to get in",
    "a login in a filter's": "X-Spam-Status: my-SmartHub-password-is-bluebird7",
    "who signs in": "X-Proofpoint-Note: rob77@mill.example / Gravel9!Road",
    "under a name like a filter's": "X-MS-Password: bluebird7",
    "under two of them": "X-MC-User: rob77\r\nX-MC-PW: Gravel9Road",
    "behind a word in a carrier's": "X-Egress: pass bluebird7",
    "two parameters of a list": "List-Help: <https://coop.us8.list-manage.com/leave?u=rob77&p=Gravel9!Road>",
    "behind a label": "Comments: my SmartHub password\r\nX-Egress: bluebird7",
    "where a list is left": "List-Unsubscribe: <https://coop.example/in?user=rob77@mill.example&pw=bluebird7&u="
    + "9" * 40
    + ">",
    "a sentence of a list": "List-Help: <mailto:a@coop.example?body=My%20user%20is%20rob77"
    "%20and%20my%20password%20bluebird7>",
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
    "a boundary": f'Content-Type: text/csv; name="u.csv"; boundary="{WORDS}"',
    "a charset": f'Content-Type: text/csv; name="u.csv"; charset="{WORDS}"',
    "a protocol": f'Content-Type: text/csv; name="u.csv"; protocol="{WORDS}"',
    "the name of a parameter": f'Content-Type: text/csv; name="u.csv"; {JOINED}=1',
    "a kind": f"Content-Type: text/{JOINED}\r\nContent-Disposition: attachment; filename=u.csv",
    "a second kind": f'Content-Type: text/csv; name="u.csv"\r\nContent-Type: {WORDS}',
    "a second name": 'Content-Type: text/csv; name="u.csv"\r\nContent-Disposition: inline\r\n'
    f'Content-Disposition: inline; filename="{NAMED}.csv"',
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


@pytest.mark.parametrize(
    "line",
    [
        "Received: from SN6PR12MB1.prod.outlook.com ([fe80::9a4c:12ab:9f01%4]) by SN6PR12MB2.prod.outlook.com"
        " ([fe80::c41:ab12:9f01%4]) with mapi id 15.20.1234.020; Mon, 5 Oct 2026 17:00:00 +0000",
        "Thread-Index: Adsdx0DXFmXMj0lgDoDq9T9wNXdyXT",
        "DKIM-Signature: v=1; a=rsa-sha256; d=smarthub.coop; s=s1; h=from:to; bh=5yf06pFuoOC7rdrR1jjYmqEoZZgu87j6=;"
        " b=LVoqon/QMDqq9QgMtrdG78r5DZVYRZjaIjkHEIULMauUlBLyWEX7YPtaSK8pHuvN",
        "Message-ID: <3a9c76c7-dc5c-3ba0-55d5-d30e6a0ec0bb@smarthub.coop>",
        "X-MS-Exchange-AntiSpam-MessageData-0: xx0Kz4CGZQc0kCJzUTsarJWWGi8wu0M9AaNXM9OdgTSIA1VNuJNgsl507r6MyjzP7H8Fi",
        "List-Unsubscribe: <https://coop.us8.list-manage.com/unsubscribe?u=dfd40baae3305ee41ccd16797&id=a1e85fe2a1&t=b"
        "&e=a46359bb5e&c=d05fd4a4ba>, <mailto:unsubscribe-mc.us8_dfd40baae3305ee41ccd16797.a1e85fe2a1-a46359bb5e"
        "@unsubscribe.mailchimpapp.net?subject=unsubscribe>",
        "X-CMAE-Analysis: v=2.4 cv=EyLFXODg c=1 sm=1 tr=0 ts=664f286d a=UQPlQ8UyCF3NjyKbV1SADU==:117 a=p8O3tHcZovgK:10",
        "X-ME-Received: <xmr:YvdRs52mwbic0vBxShfAg4N8WtqHvlnlbZYHUlpeUH8QtreHZNEvaiIZLvcX>"
        "\r\nFeedback-ID: i867d1312:Fastmail",
        "X-Egress: u833WuYfrU55",
        "X-FortiMail-Session-Id: acfXRlhSqxS2oZ0dsYhh",
        "X-Original-Authentication-Results: gmr-mx.google.com; dkim=pass header.i=@coop.example header.s=google"
        " header.b=C5ROb4S4; spf=pass (google.com: domain of desk@coop.example designates 198.51.100.7"
        " as permitted sender)",
    ],
)
def test_ids_and_signatures_of_programs_pass(line: str) -> None:
    assert gate(read_mail(raw(line)))[0] is None


def test_a_short_mark_of_a_carrier_is_read_where_the_mail_speaks_of_a_password() -> None:
    lines = raw("X-Egress: Xk9vQ2pL")
    assert gate(read_mail(lines))[0] is None
    assert gate(read_mail(lines.replace(b"Attached.", b"My portal password is in another place.")))[0] is not None


def test_more_headers_than_are_read_one_by_one_are_read_all_the_same() -> None:
    many = "\r\n".join(f"X-Part-{number}: a word" for number in range(1000))
    assert gate(read_mail(raw(many)))[0] is None
    assert gate(read_mail(raw(f"{many}\r\nComments: {WORDS}")))[0] is not None
