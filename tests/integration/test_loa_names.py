"""Names that mean harm, names that cannot be printed, and a letter that would load something."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest

from broker import sandbox
from consents.loa import pdf as loa_pdf
from consents.loa.letter import LetterFacts
from consents.loa.render import letter_html, render_letter
from tests.loa_samples import facts

ROOT = Path(__file__).resolve().parents[2]
MARK = "REHEARSAL — not a real authorization"


@pytest.fixture(scope="module", autouse=True)
def _ended() -> Iterator[None]:
    yield
    sandbox.close()


def pages(pdf: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [" ".join(page.extract_text().split()) for page in document.pages]


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ facts.operator.name }} {% include 'home.html' %}",
    'O\'Brien "Quote" & Sons',
    "</p><img src=file:///etc/passwd>",
    "A" * 80,
    "Ñandú Łukasiewicz-O’Connor",
    "url(file:///etc/passwd)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strange_name_is_printed_as_it_is(name: str) -> None:
    text = "".join(pages(render_letter(facts(customer_name=name), rehearsal=False).pdf)[0].split())
    assert "".join(name.split()) in text


@pytest.mark.parametrize("name", ["李小龍", "Ann 🔌 Lee", "שלום", "A\u200bB"])
def test_a_name_that_cannot_be_printed_is_refused_before_there_is_a_letter(name: str) -> None:
    with pytest.raises((sandbox.Refused, ValueError)) as refused:
        render_letter(facts(customer_name=name), rehearsal=False)
    assert name not in str(refused.value)


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="file:///usr/share/common-licenses/MIT" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<link rel="stylesheet" href="file:///usr/share/x.css">',
        "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        '<style>@font-face { font-family: x; src: url("file:///usr/share/x.ttf") } p { font-family: x }</style><p>x',
    ],
)
def test_a_letter_that_would_load_anything_is_not_made(tag: str) -> None:
    with pytest.raises(sandbox.Died, match=r"FatalURLFetchingError|tripwire"):
        _render_html(letter_html(facts(), rehearsal=False).replace("</body>", f"{tag}</body>"))
    assert render_letter(facts(), rehearsal=True)


def test_nothing_but_the_record_is_attached() -> None:
    html = letter_html(facts(), rehearsal=False).replace(
        "</head>", '<link rel="attachment" href="file:///usr/bin/true"></head>'
    )
    with pikepdf.open(io.BytesIO(sandbox.unpack(_render_html(html)["pdf"]))) as document:
        assert list(document.attachments) == ["consent-record.json"]


def _render_html(html: str) -> dict[str, Any]:
    payload = {"html": html, "texts": [], "record": sandbox.pack(b"{}"), "made_at": "2026-11-24T18:00:05Z"}
    return sandbox.call(f"{loa_pdf.__name__}:letter", payload, wall=30, cpu=20)


def test_the_record_of_one_letter_is_not_that_of_another() -> None:
    other: LetterFacts = replace(facts(), number="LOA-2026-00000043")
    with pikepdf.open(io.BytesIO(render_letter(other, rehearsal=True).pdf)) as document:
        attached = json.loads(document.Root.AF[0].EF.F.read_bytes())
    assert attached["header"]["record_id"] == "LOA-2026-00000043"
