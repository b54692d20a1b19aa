"""The report of a year: made for a person who never read a log, and sealed by a checkpoint over its own entry."""

import io
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pdfplumber
import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import sandbox
from broker.audit import query, receipts, signer
from broker.terms import EventRef
from consents import access, report_views, year_report
from tests.integration.access_support import Case, case, sign_in
from tests.integration.audit_support import integrate, make_signer
from tests.requests_world import events

ZONE = ZoneInfo("America/Chicago")
YEAR = timezone.now().astimezone(ZONE).year
PAGE, PDF = f"/my/access/report/{YEAR}/", f"/my/access/report/{YEAR}/report.pdf"


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    monkeypatch.setattr(report_views, "PATIENCE", 0.0)
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.OPERATOR_PHONE, settings.OPERATOR_NAME = "555-0101", "Acme Datos"
    keys = make_signer(settings.SIGNER_DIR)
    yield keys
    keys.close()
    sandbox.close()


def made(her: Case, keys: signer.Desk, language: str = "en") -> bytes:
    """Press the button, have the log signed, fetch the report."""
    her.browser.cookies["django_language"] = language
    assert her.browser.post(PAGE).status_code == 302
    integrate(keys.answer)
    answer = her.get(PDF)
    assert answer["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def pages(pdf: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [" ".join(page.extract_text().split()) for page in document.pages]


def busy(her: Case) -> None:
    """A year in which things happened."""
    for _ in range(3):
        her.write("data.read", actor=her.app(), body={"data_types": ["bill", "usage_daily"]})
    her.write("consent.viewed", actor=her.app(), body={"fields": ["number"]})
    her.write("pull.decided", actor=her.app())
    her.write("data.read_refused", actor=her.app(), res="denied", body={"codes": ["scope.data_type"]})
    her.write("letter.sent")
    her.write("file.read", actor=her.person("staff"))


def test_the_first_page_says_who_how_often_what_and_what_was_refused(desk: signer.Desk) -> None:
    her = case()
    busy(her)
    text = pages(made(her, desk))
    assert len(text) == 3
    for part in (
        f"Who saw your data in {YEAR}",
        "Acme Advisors looked 4 times. It saw: Bills, Daily use, account number.",
        "Our own people opened something of yours once",
        "We said no once.",
        "you did not agree to this kind of data: once",
        "What left, and cannot be called back",
        "what the companies above saw: they may have kept it",
        "your letter went to your co-op 1 time",
    ):
        assert part in text[0]
    now = timezone.now().astimezone(ZONE)
    assert re.search(rf"{now:%B} 4 1 \d+ 1 1\b", text[1])
    (this,) = [each for each in her.get("/my/access/").context["months"] if (each.seen, each.refused) == (4, 1)]
    service = int(re.search(rf"{now:%B} 4 1 (\d+) 1 1\b", text[1])[1])
    assert this.other == 1 + 1 + service, "the page counts what the report counts"
    for part in ("How to ask", "within ten business days", "555-0101", "How to stop", "/check/"):
        assert part in text[2]


def test_the_report_carries_a_checkpoint_over_its_own_entry_and_a_receipt(desk: signer.Desk) -> None:
    her = case()
    text = pages(made(her, desk))[-1]
    (event,) = events("log.exported")
    note = query.proof_note(EventRef(event.id))
    assert note is not None
    seq = next(row.seq for row in query.newest(limit=200) if row.id == event.id)
    assert seq is not None
    assert int(note.splitlines()[1]) > seq
    squeezed = text.replace(" ", "")
    for line in [*note.splitlines(), *receipts.receipt(EventRef(event.id)).splitlines()]:
        assert line.replace(" ", "") in squeezed
    assert f"Entry {event.id}, sealed by this checkpoint" in text


def test_the_file_itself_passes_the_public_check_and_a_changed_one_does_not(desk: signer.Desk) -> None:
    pdf = made(case(), desk)
    answer = Client().post("/check/", {"file": SimpleUploadedFile("report.pdf", pdf, "application/pdf")})
    assert answer.context["found"].state == "consistent"
    with pikepdf.open(io.BytesIO(pdf)) as document:
        proof = document.attachments["log-entry.tlog-proof"].get_file().read_bytes().decode()
    changed = proof.replace("index ", "index 1", 1)
    assert Client().post("/check/", {"receipt": proof}).context["found"].state == "consistent"
    assert Client().post("/check/", {"receipt": changed}).context["found"].state != "consistent"


def test_the_first_page_stays_one_page_when_much_happened(desk: signer.Desk) -> None:
    data = (
        "Account information",
        "Bills",
        "Payment history",
        "Monthly use",
        "Daily use",
        "Hourly use",
        "15-minute use",
    )
    companies = tuple(year_report.Company(f"The {n} Energy Advisors of the Ozarks", 123, data) for n in range(9))
    reasons = tuple((f"the days lie further back than this way reaches, case {n}", 44) for n in range(9))
    went = tuple(say(1234) % {"n": 1234} for say in year_report.WENT_OUT.values())
    year = year_report.Year(2026, companies, 999, 9999, 132, reasons, went, ())
    proof = year_report.Proof(2**50, "checkpoint", "receipt", "proof")
    text = pages(year_report.pdf(year, proof, made_at=timezone.now(), language="en"))
    assert "Further companies: 6." in text[0]
    assert "The most frequent reason stands here, 8 more on the next page." in text[0]
    assert all(f"case {n}: 44 times" in " ".join(text[:2]) for n in range(9))
    assert "The last page says how" in text[0]
    assert text[1].startswith("Month by month")


def test_in_spanish_it_says_the_same_and_no_english(desk: signer.Desk) -> None:
    her = case()
    busy(her)
    text = pages(made(her, desk, "es"))
    assert "Acme Advisors miró 4 veces. Vio: Facturas, Consumo diario, número de cuenta." in text[0]
    assert "Dijimos que no una vez." in text[0]
    assert f'filename="quien-vio-mis-datos-{YEAR}.pdf"' in her.get(PDF)["Content-Disposition"]
    assert "usted no aceptó este tipo de datos: una vez" in text[0]
    english = re.compile(r"\b(the|and|your|with|that|was|were|once|times|who|what)\b", re.I)
    assert not english.findall(re.sub(r"\S*/audit/\S*|audit-receipt\S*", "", " ".join(text)))


def test_it_is_tagged_for_those_who_listen(desk: signer.Desk, tmp_path: Path) -> None:
    pdf = made(case(), desk)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en"
        assert document.docinfo["/Title"] == f"Who saw your data in {YEAR}"
        with document.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdfinfo", "-struct", str(file)], capture_output=True, text=True, check=True)
    for tag in ("H1", "H2", "Table", "TH", "P"):
        assert re.search(rf"^\s*{tag}\b", done.stdout, re.M), tag


def test_a_quiet_year_says_so(desk: signer.Desk) -> None:
    text = pages(made(case(), desk))[0]
    for part in ("No company looked at your data.", "There was nothing to refuse.", "Nothing left."):
        assert part in text


def test_one_report_is_one_event_however_often_it_is_fetched(desk: signer.Desk) -> None:
    her = case()
    reads = len(events("log.read"))
    made(her, desk)
    her.get(PDF)
    assert (len(events("log.exported")), len(events("log.read"))) == (1, reads)


def test_no_report_before_the_log_is_sealed_over_it_and_none_without_its_entry(desk: signer.Desk) -> None:
    her = case()
    assert her.browser.get(PDF)["Location"] == PAGE
    her.browser.post(PAGE)
    assert her.browser.get(PDF)["Location"] == PAGE
    assert "The log is being sealed" in her.get(PAGE).content.decode()
    integrate(desk.answer)
    assert "Your report is ready" in her.get(PAGE).content.decode()


def test_an_entry_that_is_too_old_opens_nothing(desk: signer.Desk, monkeypatch: Any) -> None:
    her = case()
    her.browser.post(PAGE)
    integrate(desk.answer)
    monkeypatch.setattr(report_views, "FRESH", -1.0)
    assert her.browser.get(PDF)["Location"] == PAGE
    assert "Make my report" in her.get(PAGE).content.decode()


def test_another_browser_cannot_fetch_it(desk: signer.Desk) -> None:
    her = case()
    her.browser.post(PAGE)
    integrate(desk.answer)
    other = Client()
    sign_in(other, her.customer_id)  # even she herself, in a browser that did not press the button
    assert other.get(PDF)["Location"] == PAGE


@pytest.mark.parametrize("year", [1999, YEAR + 1, 9999])
def test_there_is_no_report_of_a_year_without_her(committing: str, year: int) -> None:
    case().get(f"/my/access/report/{year}/", status=404)


def test_a_year_has_as_many_months_as_are_over_or_running() -> None:
    counted = year_report.of_year([], 2026, ZONE, today=date(2026, 3, 9))
    assert [line.first.month for line in counted.months] == [1, 2, 3]
    assert len(year_report.of_year([], 2025, ZONE, today=date(2026, 3, 9)).months) == 12


def test_each_no_is_listed_with_its_reason_and_months_begin_with_the_first_entry() -> None:
    her = SimpleNamespace(key="you")
    them = SimpleNamespace(key="company", name="Acme")
    codes = (["scope.range"], ["purpose.mismatch"], ["ask.invalid"], [])
    rows: list[Any] = [
        SimpleNamespace(
            at=datetime(2026, 5, 3, 12, tzinfo=UTC), who=them, given=False, kind="", act="", reason=reasons_of(each)
        )
        for each in codes
    ]
    rows.append(
        SimpleNamespace(at=datetime(2026, 4, 3, 12, tzinfo=UTC), who=her, given=True, kind="", act="", reason="")
    )
    counted = year_report.of_year(rows, 2026, ZONE, today=date(2026, 6, 9))
    assert counted.refused == len(counted.reasons) == sum(count for _reason, count in counted.reasons) == 4
    assert ("the company’s request had a mistake", 1) in counted.reasons
    assert [line.first.month for line in counted.months] == [4, 5, 6]


def reasons_of(codes: list[str]) -> str:
    """Say refusals in the words of her list."""
    return access._reasons({"codes": codes})
