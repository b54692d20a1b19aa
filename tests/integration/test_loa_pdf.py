"""The letter as a PDF: the same bytes everywhere, two conformance claims, nothing fetched, nothing hidden."""

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from broker import sandbox
from broker.terms import DATA_TYPES
from consents.loa import words
from consents.loa.letter import TEMPLATE_VERSION, AccountLine, LetterIncomplete
from consents.loa.record import consent_record
from consents.loa.render import Presented, render_letter
from tests.loa_samples import facts

ROOT = Path(__file__).resolve().parents[2]
MARK = "REHEARSAL — not a real authorization"


@pytest.fixture(scope="module", autouse=True)
def _ended() -> Iterator[None]:
    yield
    sandbox.close()


@pytest.fixture(scope="module")
def letter() -> Presented:
    return render_letter(facts(), rehearsal=True)


def pages(pdf: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [" ".join(page.extract_text().split()) for page in document.pages]


def in_reading_order(pdf: bytes, folder: Path) -> str:
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True)
    return "".join(done.stdout.split())


def program(*command: str, pdf: bytes, folder: Path) -> str:
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    done = subprocess.run([*command, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- what it says --------------------------------------------------------------------------------


def test_every_field_that_a_letter_must_have_is_on_its_face(letter: Presented, tmp_path: Path) -> None:
    text = in_reading_order(letter.pdf, tmp_path)
    about = facts()
    for wanted in (
        about.number,
        about.verification_code,
        about.template_version,
        about.customer_name,
        *(part for account in about.accounts for part in (account.number, account.service_address)),
        *(part for party in (about.operator, about.recipient) for part in (party.name, party.address)),
        *(way for party in (about.utility, about.operator, about.recipient) for way in (party.phone, party.email)),
        about.utility.name,
        about.onward[0].name,
        about.purpose,
        "from November 1, 2024 through November 23, 2026",
        "from November 24, 2026 through November 23, 2027",
        "Yes, through November 23, 2027",
        "Acts on my behalf None.",
        "free of charge",
        "What was released before stays released",
        "not a condition of service",
        "You may rely on this letter",
        "charge your usual fee",
        "or refuse",
        "Please send the data to desk@operator.example",
        "I am JOLENE E SAMPLE, the customer of record of account 1234567890",
        "with this meaning: I authorize this release.",
        "language: English",
        "15 U.S.C. § 7001(a)",
        "RSMo 432.230",
        "https://broker.example/my/",
    ):
        assert "".join(wanted.split()) in text, wanted  # lines break where they like


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_each_data_type_is_answered_yes_or_no(letter: Presented, kind: str) -> None:
    answer = "☑ Yes" if kind in facts().data_types else "☐ No"
    assert f"{answer} {words.DATA_TYPES[kind][0]}" in pages(letter.pdf)[0]


def test_no_onward_recipient_and_no_new_data_are_said_in_words() -> None:
    text = " ".join(pages(render_letter(facts(onward=(), forward_until=None), rehearsal=False).pdf))
    assert "Onward recipients None" in text
    assert "New data as it comes No" in text


def test_a_business_says_who_signs_and_why_they_may() -> None:
    signed_for = facts(signer_title="Treasurer", authority="an officer of the company")
    text = " ".join(pages(render_letter(signed_for, rehearsal=False).pdf))
    assert "I sign for JOLENE E SAMPLE, account 1234567890, as Treasurer" in text
    assert "an officer of the company" in text


def test_name_and_account_stand_at_the_top_of_the_first_page_in_11_points_or_more(letter: Presented) -> None:
    with pdfplumber.open(io.BytesIO(letter.pdf)) as document:
        words = document.pages[0].extract_words(extra_attrs=["size"])
        half = document.pages[0].height / 2
    for wanted in ("JOLENE", "SAMPLE", "1234567890"):
        first = next(word for word in words if word["text"] == wanted)
        assert first["size"] >= 11
        assert first["top"] < half


@pytest.mark.parametrize(("language", "page"), [("en", "Page {} of {}"), ("es", "Página {} de {}")])
def test_each_page_says_which_letter_it_belongs_to_and_where_to_check_it(language: str, page: str) -> None:
    texts = pages(render_letter(facts(language=language), rehearsal=True).pdf)
    assert len(texts) == 2
    for number, text in enumerate(texts, start=1):
        assert page.format(number, len(texts)) in text
        for wanted in (
            facts().number,
            f"verification code {facts().verification_code}",
            facts().template_version,
            f"check this letter: {facts().check_url}",
            facts().seal_fingerprint,
        ):
            assert wanted.casefold() in text.casefold(), (number, wanted)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("check_url", [facts().check_url, f"https://{'long-name.' * 6}example/v/1234-567Y"])
def test_the_qr_code_of_each_page_is_read_from_a_print_of_150_dpi(
    language: str, check_url: str, tmp_path: Path
) -> None:
    (tmp_path / "letter.pdf").write_bytes(
        render_letter(facts(language=language, check_url=check_url), rehearsal=True).pdf
    )
    command = ["pdftoppm", "-r", "150", "-gray", "-png", "letter.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    prints = sorted(tmp_path.glob("page-*.png"))
    assert len(prints) == 2
    for each in prints:
        with Image.open(each) as shown:
            assert [code.text for code in zxingcpp.read_barcodes(shown)] == [check_url]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "QR code that opens"), ("es", "Código QR que abre")], ids=["en", "es"]
)
def test_the_qr_code_is_a_figure_with_words_for_those_who_do_not_see_it(language: str, words: str) -> None:
    with pikepdf.open(io.BytesIO(render_letter(facts(language=language), rehearsal=True).pdf)) as document:
        figures = [each for each in _elements(document.Root.StructTreeRoot) if each.get("/S") == "/Figure"]
        assert [str(each.Alt) for each in figures] == [f"{words} {facts().check_url}"]


def test_it_is_called_what_the_co_op_calls_it(letter: Presented) -> None:
    assert "Data Access Authorization" in pages(letter.pdf)[0]
    with pikepdf.open(io.BytesIO(letter.pdf)) as document:
        assert str(document.docinfo.Title).startswith(f"Data Access Authorization {facts().number}")


def test_a_letter_that_replaces_another_says_which() -> None:
    assert (
        "replaces LOA-2025-00000007"
        in pages(render_letter(facts(supersedes="LOA-2025-00000007"), rehearsal=True).pdf)[0]
    )


def test_a_rehearsal_says_so_on_each_page_for_eyes_and_screen_readers(letter: Presented) -> None:
    assert all(MARK in text for text in pages(letter.pdf))
    with pikepdf.open(io.BytesIO(letter.pdf)) as document:
        on_pages = {page.objgen for page in _tagged_paragraphs(document, letter.pdf, MARK)}
        assert on_pages == {page.objgen for page in document.pages}


def test_a_live_letter_says_nothing_of_a_rehearsal() -> None:
    assert "REHEARSAL" not in " ".join(pages(render_letter(facts(), rehearsal=False).pdf))


def test_many_accounts_flow_onto_more_pages_and_keep_the_mark() -> None:
    many = tuple(AccountLine(f"{number:010}", f"{number} Long Road, Example, MO 00000") for number in range(60))
    texts = pages(render_letter(facts(accounts=many), rehearsal=True).pdf)
    assert len(texts) > 2
    assert all(MARK in text for text in texts)
    assert all(account.number in " ".join(texts) for account in many)


def test_a_spanish_letter_is_spanish_for_the_customer_and_readable_for_the_clerk(tmp_path: Path) -> None:
    pdf = render_letter(facts(language="es", forward_until=None), rehearsal=True).pdf
    text = in_reading_order(pdf, tmp_path)
    for wanted in (
        "Autorización de acceso a datos",
        "Data Access Authorization",
        "Autorizo a Example Electric Cooperative a entregar los datos marcados «Sí» a The Data Desk",
        "☑ Sí / Yes Copias de facturas · Bill copies",
        "☐ No Historial de pagos · Payment history",
        "desde el 1 de noviembre de 2024 hasta el 23 de noviembre de 2026",
        "Comparar tarifas eléctricas y encontrar la más conveniente",
        "Soy JOLENE E SAMPLE, titular de la cuenta 1234567890",
        "En cualquier momento y sin costo",
        "The Spanish text was signed and governs",
        "You may rely on this letter",
        "puede pedir más pruebas",
        "Página 1 de 2",
        "Página 2 de 2",
        f"{MARK} · ENSAYO — no es una autorización real",
    ):
        assert "".join(wanted.split()) in text, wanted
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == "es"


# --- what it is ----------------------------------------------------------------------------------


def test_it_claims_pdf_a_3a_and_pdf_ua_1_once_each_in_one_rdf(letter: Presented) -> None:
    with pikepdf.open(io.BytesIO(letter.pdf)) as document:
        xmp = document.Root.Metadata.read_bytes().decode()
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "en"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"
    assert xmp.count("<rdf:RDF") == 1
    assert xmp.count('pdfaid:part="3"') == xmp.count('pdfaid:conformance="A"') == xmp.count('pdfuaid:part="1"') == 1
    assert xmp.count("<pdfaSchema:prefix>pdfuaid<") == 1


def test_the_record_is_attached_as_data_with_fixed_dates(letter: Presented) -> None:
    with pikepdf.open(io.BytesIO(letter.pdf)) as document:
        assert list(document.attachments) == ["consent-record.json"]
        (spec,) = document.Root.AF
        file = spec.EF.F
        assert spec.AFRelationship == "/Data"
        assert file.read_bytes() == consent_record(facts())
        assert file.Subtype == "/application/json"
        assert str(file.Params.ModDate) == str(file.Params.CreationDate) == "D:20261124180005Z"


def test_it_may_be_printed_kept_and_read_by_other_programs(letter: Presented, tmp_path: Path) -> None:
    assert "No syntax or stream encoding errors" in program("qpdf", "--check", pdf=letter.pdf, folder=tmp_path)
    with pikepdf.open(io.BytesIO(letter.pdf)) as document:
        assert not document.is_encrypted  # RSMo 432.235: a record that cannot be kept binds nobody
    fonts = program("pdffonts", pdf=letter.pdf, folder=tmp_path).splitlines()[2:]
    assert fonts
    assert all("DejaVu" in line and re.search(r" yes yes yes ", line) for line in fonts)


def test_the_hash_is_that_of_the_bytes(letter: Presented) -> None:
    assert letter.sha256 == hashlib.sha256(letter.pdf).digest()
    assert letter.template_version == facts().template_version


RENDER = """
import json, django
django.setup()
from consents.loa.render import render_letter
from consents.loa.template import programs
from tests.loa_samples import facts
hashes = {each: render_letter(facts(language=each), rehearsal=True).sha256.hex() for each in ("en", "es")}
print(json.dumps({"programs": list(programs()), "letters": hashes}))
"""
MANY = tuple(
    AccountLine(str(51_000_042 + 10_001 * n), f"{100 + n} County Road {n}, Example, MO 00000") for n in range(60)
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_schedule_has_its_heads_on_every_page_and_no_row_is_cut(language: str) -> None:
    shown = pages(render_letter(facts(language=language, accounts=MANY), rehearsal=True).pdf)
    head = "Account number Service address" if language == "en" else "Account number Dirección del servicio"
    for place, each in enumerate(MANY, 1):
        row = f"{place} {each.number} {each.service_address}"
        (page,) = [text for text in shown if row in text]  # the whole row, on one page
        assert head in page
    assert f"60 {'accounts' if language == 'en' else 'cuentas'}" in shown[0]
    assert MANY[0].number not in shown[0]


def test_a_schedule_conforms_like_any_letter(tmp_path: Path) -> None:
    pdf = render_letter(facts(accounts=MANY), rehearsal=True).pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        rows = [each for each in _elements(document.Root.StructTreeRoot) if each.get("/S") == "/TR"]
    assert len(rows) > len(MANY)
    assert len(json.loads(consent_record(facts(accounts=MANY)))["letter"]["accounts"]) == 60


@pytest.mark.parametrize("accounts", [(), (*MANY, AccountLine("99999999", "1 Road")), (MANY[0], MANY[0])])
def test_a_letter_of_none_of_too_many_or_of_one_twice_does_not_exist(accounts: tuple[AccountLine, ...]) -> None:
    with pytest.raises(LetterIncomplete, match="accounts"):
        facts(accounts=accounts)


GOLDEN = json.loads((ROOT / "tests" / "fixtures" / "golden_letters.json").read_text())


@pytest.fixture(scope="module")
def elsewhere() -> list[dict[str, Any]]:
    """The same letters, made in two processes whose hash seed, time zone and locale differ."""
    surroundings = (
        {"TZ": "America/Chicago", "LANG": "en_US.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "4242"},
    )
    env = {"SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "broker.settings", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", RENDER]
    return [
        json.loads(subprocess.run(command, cwd=ROOT, env={**env, **each}, capture_output=True, check=True).stdout)
        for each in surroundings
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_another_process_time_zone_locale_and_hash_seed_give_the_bytes_of_the_golden_letter(
    elsewhere: list[dict[str, Any]], language: str
) -> None:
    here = render_letter(facts(language=language), rehearsal=True).sha256.hex()
    assert {here, *(each["letters"][language] for each in elsewhere)} == {GOLDEN[TEMPLATE_VERSION]["letters"][language]}


def test_the_golden_letters_were_set_by_the_programs_that_are_here(elsewhere: list[dict[str, Any]]) -> None:
    """Where this fails first, another Pango or WeasyPrint is why the bytes differ: a new template version."""
    assert [each["programs"] for each in elsewhere] == [GOLDEN[TEMPLATE_VERSION]["programs"]] * 2


def test_no_golden_letter_of_an_older_version_is_taken_away_or_shared() -> None:
    """What was signed under a version can be told by it for as long as letters are kept."""
    hashes = [each for version in GOLDEN.values() for each in version["letters"].values()]
    assert len(set(hashes)) == len(hashes)
    assert list(GOLDEN)[-1] == TEMPLATE_VERSION


def _tagged_paragraphs(document: pikepdf.Pdf, pdf: bytes, wanted: str) -> Iterator[Any]:
    """Give the page of each tagged paragraph whose marked content shows this text."""
    with pdfplumber.open(io.BytesIO(pdf)) as shown:
        words = {
            (number, char.get("mcid")): "".join(c["text"] for c in page.chars if c.get("mcid") == char.get("mcid"))
            for number, page in enumerate(shown.pages)
            for char in page.chars
        }
    for element in _elements(document.Root.StructTreeRoot):
        if element.get("/S") != "/P":
            continue
        for kid in _elements(element):
            for mcid in kid.get("/K", []) if isinstance(kid.get("/K"), pikepdf.Array) else []:
                number = next(i for i, page in enumerate(document.pages) if page.objgen == kid.Pg.objgen)
                if isinstance(mcid, int) and words.get((number, mcid), "").strip() == wanted:
                    yield kid.Pg


def _elements(element: Any) -> Iterator[Any]:
    yield element
    kids = element.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else []:
        if isinstance(kid, pikepdf.Dictionary):
            yield from _elements(kid)
