"""Seeded mutations of bytes, and what they begin from: our own mails and PDFs, and real ones where they are."""

import io
import random
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from broker.rehearsal import paper
from tests.integration.mail_support import SAMPLES, mail, packed

MAIL_WORDS = [
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
    b"Authentication-Results: x; dmarc=pass\r\n",
    b"From: a@b, c@d\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Auto-Submitted: x\r\n",
    b"charset=idna\r\n",
    b"On x wrote:\n> ",
    b"=?utf-8?q?=FF=00?=",
    b"filename*=utf-8''%ff",
    b"\r\n\r\n",
    b"--b--\r\n",
    b"(((((",
    b"<<<<",
    b'"',
    b"\\",
    b"\xff\xfe",
    b"\x00",
]
PDF_WORDS = [
    b"/JS (x)",
    b"/S /JavaScript",
    b"/Launch",
    b"/EF <<",
    b"/Encrypt 1 0 R",
    b"/Prev 0",
    b"/Length 999999999",
    b"/Kids [1 0 R]",
    b"/Filter /FlateDecode",
    b"/Type /ObjStm /N 99999 /First 1",
    b"1 0 obj\n",
    b"stream\n",
    b"endobj\n",
    b"startxref\n0\n",
    b"%PDF-1.7\n",
    b"%%EOF",
    b"<<" * 200,
    b"[" * 200,
    b"\x00" * 50,
]
_BOUNDARY = re.compile(rb"={15}\d+==")  # drawn anew each time, where the same seed must give the same bytes
_REPORT = (
    b"From: m@relay.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 4.0.0\r\n\r\n--r\r\n"
    b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <a@b>\r\n--r--"
)


def mails() -> list[bytes]:
    """Give the mails to begin from."""
    own = [
        mail(),
        mail(files={"usage.csv": b"a,b\n1,2\n", "bill.pdf": pdfs_of_ours()[0], "x.zip": packed({"a": b"b" * 1000})}),
        mail("> quoted\n\nOn Monday, x <x@y.example> wrote:\n> more\n\nthe answer", Auto_Submitted="auto-replied"),
        _REPORT,
    ]
    return [_BOUNDARY.sub(b"=1=", each) for each in own] + [
        path.read_bytes() for path in sorted((SAMPLES / "email").glob("*.*"))
    ]


def pdfs() -> list[bytes]:
    """Give the PDFs to begin from."""
    return pdfs_of_ours() + [path.read_bytes() for path in sorted((SAMPLES / "pdf").glob("*.pdf"))]


def pdfs_of_ours() -> list[bytes]:
    """Give a bill as the rehearsal's co-op writes it, and one whose parts lie in compressed object streams."""
    report = paper.usage_report(account="1234567", rows=[("2025-10-19", "49.600")])
    with pikepdf.open(io.BytesIO(report)) as document:
        plain = _saved(document)
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        return [plain, _saved(document, object_stream_mode=pikepdf.ObjectStreamMode.generate)]


def _saved(document: pikepdf.Pdf, **how: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, deterministic_id=True, **how)
    return out.getvalue()


def mutated(bases: list[bytes], words: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Give so many mutations; the same seed always gives the same ones."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(bases))
        for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 20))):
            _one(data, bases, words, chance)
        yield bytes(data[: 4 * 1024 * 1024])


def _one(data: bytearray, bases: list[bytes], words: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 4, 30, 300, 3000)))
    what = chance.randrange(8)
    if what == 0 and data:
        data[min(at, len(data) - 1)] = chance.randrange(256)
    elif what == 1:
        del data[at:end]
    elif what == 2:
        data[at:at] = data[at:end] * chance.choice((1, 2, 10))
    elif what == 3:
        data[at:at] = chance.choice(words)
    elif what == 4:
        data[at:end] = chance.randbytes(min(end - at, 300))
    elif what == 5:
        other = chance.choice(bases)
        start = chance.randrange(len(other) + 1)
        data[at:end] = other[start : start + 2000]
    elif what == 6:
        del data[at:]
    else:
        data[at:at] = chance.choice(words) * chance.choice((1, 50, 500))
