"""Spanish is complete: every text that a customer can see has one, keeps its placeholders, and is what is shown."""

import ast
import gettext
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import get_template, render_to_string
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.test import Client, RequestFactory
from django.utils import translation

from broker import utilities
from broker.notices.templatetags import notices
from broker.terms import DATA_TYPES, PURPOSES
from consents import access, access_forms, access_table, access_words, forms, proof_views, signing_views
from consents.ceremony.disclosure import disclosure
from consents.identity import forms as identity_forms
from consents.joint import forms as joint_forms
from consents.several import forms as several_forms
from consents.several import words as several_words
from consents.several.listed import Account
from requests_app.upload import forms as upload_forms
from tests import brought_world, upload_world

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "locale/es/LC_MESSAGES"
TEMPLATES = ROOT / "templates"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "lazy", "ngettext"}
LETTER = {"letter.html", "letter.es.html"}  # the letter has words of its own
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for folder in (".", "consents", "consents/asking", "inlets", "checking", "identity", "joint")
    for path in (TEMPLATES / folder).glob("*.html")
    if path.name not in LETTER
)
WHOLE_PAGES = [name for name in PAGES if "{% extends" in (TEMPLATES / name).read_text()]
# Python whose texts reach a customer: pages, forms, answers to a shared file, the reasons of a refusal.
SPOKEN = sorted(
    [
        *(ROOT / "consents").rglob("*.py"),
        *(ROOT / "broker/inlets").rglob("*.py"),
        *(ROOT / "broker/notices").rglob("*.py"),
        *(ROOT / "broker/console" / name for name in ("packs/earlier.py", "receipt_views.py", "waits/words.py")),
        *sorted((ROOT / "broker/reasons").glob("*.py")),
        ROOT / "broker/terms.py",
        ROOT / "requests_app/effects.py",
        ROOT / "requests_app/share.py",
        ROOT / "requests_app/share_words.py",
        *(ROOT / "requests_app/upload").rglob("*.py"),
    ]
)
CUSTOMER_MAILS = [
    "clerk_code",
    "brought_asked",
    "consent_asked",
    "declined_receipt",
    "ends_soon",
    "fee_accepted",
    "fee_declined",
    "fee_void",
    "gate_held",
    "glass_broken",
    "hourly_notice",
    *("rights_suspended", "rights_waiting", "wait_begun"),
    "join_enrolled",
    "join_refused",
    "joint_ended",
    "joint_notice",
    "joint_waits",
    "incident",
    "legal_demand",
    "link_and_code",
    "not_used",
    "objection_closed",
    "objection_paused",
    "objection_received",
    "objection_resumed",
    "paper_chosen",
    "paused",
    "proven_too",
    "question_answered",
    "ran_out",
    "receipt",
    "replaced",
    "request_question",
    "request_late",
    "request_promised",
    "request_sent",
    "request_unanswered",
    "share_wanted",
    "still_sharing",
    "stopped",
    "terms_changed",
    *("sign_in_changed", "work_code"),
]
# Words that hardly an English sentence does without, and that no Spanish one has.
ENGLISH = re.compile(
    r"\b(the|and|you|your|with|that|this|from|have|what|will|we|our|who|are|not|please|or|to|of|for|is|it|was|if|they"
    r"|them|there|by|be|may|can|been|which|when|only|any|see|share|sharing|letter|data|bills?|co-op)\b",
    re.IGNORECASE,
)

Key = str | tuple[str, int]


@pytest.fixture(autouse=True)
def operator(settings: Any) -> None:
    """An operator whose name is no English."""
    settings.OPERATOR_NAME, settings.OPERATOR_ADDRESS, settings.OPERATOR_EMAIL = "Acme Datos", "9 Calle Prueba", ""


# --- the catalog --------------------------------------------------------------------------------------------------


def read_po(text: str) -> dict[Key, str]:
    """Read a catalog as its tools write it: no contexts, and nothing fuzzy."""
    found: dict[Key, str] = {}
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                assert not line.startswith("#~"), "a text that is set aside"
                assert not re.match(r"#,.*\bfuzzy\b", line), "a text that nobody has looked at"
                continue
            if not line.startswith('"'):
                name, line = line.split(" ", 1)
            fields[name] = fields.get(name, "") + ast.literal_eval(line)
        if "msgid_plural" in fields:
            found |= {(fields["msgid"], n): fields[f"msgstr[{n}]"] for n in (0, 1)}
        elif "msgid" in fields:
            assert fields["msgid"] not in found, fields["msgid"]
            found[fields["msgid"]] = fields["msgstr"]
    return found


PO = read_po((CATALOG / "django.po").read_text())
SPANISH = {(key if isinstance(key, str) else key[0]): text for key, text in PO.items()}


def test_the_compiled_catalog_is_the_written_one() -> None:
    with (CATALOG / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled._catalog == PO  # type: ignore[attr-defined]


def test_no_text_is_left_empty() -> None:
    assert not [key for key, text in PO.items() if not text.strip()]


@pytest.mark.parametrize("sign", [r"%\(\w+\)[sd]", r"https?://\S+", r"«|“", "SmartHub|Nectar|OBEC|SHA-256|PDF|CSV"])
def test_placeholders_and_names_are_kept(sign: str) -> None:
    def signs(text: str) -> set[str]:
        return {"“" if each == "«" else each for each in re.findall(sign, text)}

    pairs = [(key if isinstance(key, str) else key[0], text) for key, text in PO.items() if key]
    # The plural's English has the same placeholders as its singular.
    assert not [(english, text) for english, text in pairs if signs(english) != signs(text)]


def test_numbers_are_kept() -> None:
    def numbers(text: str) -> list[str]:
        return sorted(re.findall(r"\d+", text))

    assert not [(a, b) for a, b in PO.items() if isinstance(a, str) and a and numbers(a) != numbers(b)]


# --- everything that a customer can see is in it ------------------------------------------------------------------


def said_by_template(name: str) -> Iterator[str]:
    """Give the texts that a template marks."""
    nodes = get_template(name).template.nodelist  # type: ignore[attr-defined]
    for plain in nodes.get_nodes_by_type(TranslateNode):
        if isinstance(said := plain.filter_expression.var.literal, str):
            yield said
    for block in nodes.get_nodes_by_type(BlockTranslateNode):
        yield block.render_token_list(block.singular)[0]
    yield from re.findall(r'_\("([^"]+)"\)', (TEMPLATES / name).read_text())


def said_by_code(path: Path) -> Iterator[str]:
    """Give the texts that a file marks, under any name of the marking function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def said_by_profile() -> Iterator[str]:
    """Give the texts of the utilities' profiles that their pages show."""
    for profile in utilities.offers():
        yield from said_by(profile)


def said_by(profile: utilities.Offer) -> Iterator[str]:
    """Give the texts of one profile."""
    yield profile.fees.text if profile.fees else ""
    for channel in profile.channels.values():
        yield channel.title
        for line in channel.carries.values():
            yield from (line.format, line.note)
    for method in profile.methods:
        yield from (method.name, method.customer_types, method.data_types, method.latency)
        yield from (method.format, method.history_limit)
    for way in profile.refused.values():
        yield way.title
    for fact in profile.open_facts:
        yield from (fact.title, fact.text)
    for day in profile.closing_days:
        yield from (day.name, day.evidence.certainty)


@pytest.mark.parametrize("name", PAGES)
def test_every_text_of_a_page_has_spanish(name: str) -> None:
    assert not [said for said in said_by_template(name) if not SPANISH.get(said)]


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_of_the_code_has_spanish(path: Path) -> None:
    assert not [said for said in said_by_code(path) if not SPANISH.get(said)]


def test_every_text_of_the_profile_has_spanish() -> None:
    assert not {said for said in said_by_profile() if said and not SPANISH.get(said)}


def test_every_text_that_is_looked_up_later_has_spanish() -> None:
    later = [*PURPOSES.values(), *access.WORDS.values(), *access_words.KINDS.values(), *notices._KINDS.values()]
    assert not [text for text in later if not SPANISH.get(text)]


# --- the pages, as they are shown ---------------------------------------------------------------------------------


ORGANISATION = SimpleNamespace(
    slug="acme", legal_name="Acme Tarifas", about="", address="1 Calle Prueba, MO 00000", phone="555-0100"
)
CONSENT = SimpleNamespace(
    id="00000000-0000-4000-8000-000000000001",
    number="OB-TEST-0001",
    recipient=ORGANISATION,
    signed_at=datetime(2026, 3, 3, 16, 12, tzinfo=UTC),
    state="active",
    ended_at=datetime(2026, 3, 3, 16, 12, tzinfo=UTC),
    accounts=SimpleNamespace(all=[SimpleNamespace(last_four="0042")]),
)
SEVERAL = (
    Account(1, "0042", "aa", service_address="3 Calle Prueba", billed_on="2026-03-01", amount="1.00", file="f"),
    Account(2, "0043", "bb", file="f", lacks=("service_address", "billed_on", "amount")),
    *(Account(place, "0044", "cc", code=code) for place, code in enumerate(several_words.CODES, 3)),
)
FORMS: dict[str, Any] = {
    "consents/start.html": forms.EmailForm,
    "consents/my_sign_in.html": forms.EmailForm,
    "consents/code.html": forms.CodeForm,
    "consents/account.html": forms.AccountForm,
    "consents/data.html": lambda data: forms.DataForm(data, today=date(2026, 1, 1)),
    "consents/purpose.html": lambda data: forms.PurposeForm(data, today=date(2026, 1, 1)),
    "consents/open.html": forms.CodeForm,
    "consents/terms.html": forms.TermsForm,
    "consents/read.html": forms.ReadForm,
    "consents/holder.html": several_forms.HolderForm,
    "consents/accounts.html": lambda data: several_forms.ListForm(data, rows=SEVERAL),
    "consents/check.html": forms.SignForm,
    "consents/share_file.html": upload_forms.ShareFilesForm,
    "consents/share_guide.html": upload_forms.ShareFilesForm,
    "consents/ask.html": access_forms.QuestionForm,
    "identity/prove.html": identity_forms.BillForm,
    "identity/code.html": identity_forms.PostedCodeForm,
    "joint/code.html": forms.CodeForm,
    "joint/my.html": joint_forms.HolderForm,
    "joint/object.html": forms.EmailForm,
    "joint/object_account.html": joint_forms.ObjectionForm,
}


def context(name: str, **more: Any) -> dict[str, Any]:
    """Give all that any page asks for; forms were sent empty, so that they complain."""
    from consents.rules import Answers

    answers = Answers(
        account_number="51000042",
        name_as_billed="Marta Prueba",
        service_address="3 Calle Prueba",
        data_types=tuple(DATA_TYPES),
        purpose="rate_comparison",
        role="customer",
        history_from=date(2025, 1, 1),
        history_to=date(2026, 1, 1),
        ends=date(2026, 6, 1),
        forward=True,
    )
    card = {
        "consent": CONSENT,
        "last_day": date(2026, 5, 31),
        "labels": [each[0] for each in forms.DATA_TYPE_LABELS.values()],
        "purpose": PURPOSES["rate_comparison"],
    }
    row = access.AccessRow(
        event=5,
        at=CONSENT.ended_at,
        who=access.Who("o-acme", "Acme Tarifas"),
        kind=access_words.SEEN,
        what=translation.gettext(access.WORDS["data.read_refused"]),
        detail="",
        why=translation.gettext(PURPOSES["research"]),
        how=translation.gettext(access_words.CHANNELS["manual_request"]),
        given=False,
        result=translation.gettext("Not given"),
        reason=translation.gettext(access_words.REASONS["scope.data_type"]),
        instead="",
    )
    zone, rows = ZoneInfo("America/Chicago"), [row, row]
    counted = access_table.months(rows, zone, last=date(2026, 3, 31))
    question = SimpleNamespace(id=CONSENT.id, number="Q-TEST-1", due=date(2026, 3, 17), opened_at=CONSENT.ended_at)
    questions = [
        SimpleNamespace(
            **vars(question), state=each, answered_at=CONSENT.ended_at, closed_at=CONSENT.ended_at, owner_id=1
        )
        for each in ("received", "answered", "closed")
    ]
    if name == "consents/access.html":
        FORMS[name] = lambda _data: access_forms.AccessFilterForm({}, rows=rows, months=["2026-03"])
    return {
        "form": FORMS[name]({}) if name in FORMS else None,
        "organisation": ORGANISATION,
        "organisations": [ORGANISATION],
        "consent": CONSENT,
        "step": 3,
        "back": "my",
        "last_day": date(2026, 5, 31),
        "choices": [(code, *labels, False) for code, labels in forms.DATA_TYPE_LABELS.items()],
        "rows": signing_views._summary(answers) if name == "consents/check.html" else [row],
        "row": row,
        "page": access_table.Page(tuple(access_table.grouped(rows, zone)), 2, 3),
        "choice": access_table.Choice(month="2026-03"),
        "upto": 1,
        "until": CONSENT.ended_at,
        "quiet": True,
        "months": counted,
        "bars": access_table.bars(counted, height=120, step=50),
        "asked": questions,
        "years": [2026],
        "year": 2026,
        "question": questions[0],
        "words": "¿Por qué?",
        "reply": "Por su permiso.",
        "live": [card],
        "ended": [card],
        "targets": [SimpleNamespace(name="Nectar", state=each) for each in ("done", "waiting", "cannot_undo")],
        "answer": SimpleNamespace(text="Gracias."),
        "number": "D-1",
        "part": "email",
        "shown": disclosure(translation.get_language() or "en"),
        "stale": True,
        "account": SimpleNamespace(id=CONSENT.id, last_four="0042"),
        "several": [
            {"row": row, "says": several_words.of_account(row), "covered": "OB-TEST-1", "typing": ()} for row in SEVERAL
        ],
        **dict.fromkeys(("ready", "missing", "fitting"), 2),
        "told": [("factura.pdf", "0042", text) for text in several_words.CODES.values()],
        "level": "L1",
        "days": 21,
        "sha": "ab" * 32,
        "go": "my",
        "sign_as": "Marta Prueba",
        "bundle": {
            "attribution": {
                "email": "marta@member.example",
                "code_failures": 1,
                "name_shown": "Marta Prueba",
                "title": "Tesorera",
                "name_as_billed": "Molino Prueba",
                "name_typed": "marta prueba",
            },
            "environment": {"help": "Pedro Prueba"},
            "electronic_records": {"disclosure_version": "esign 1.0.0", "locale": "es", "sha256": "ab" * 32},
            "text_shown": {"presented_sha256": "ab" * 32, "presented_bytes": 5},
        },
        "commitment": "ab" * 32,
        "pages": [SimpleNamespace(id=CONSENT.id, step="terms", language="es", at=CONSENT.ended_at, digest="ab" * 32)],
        "steps": proof_views.step_names(),
        "groups": [("identity", [("public id", ["OB-TEST-0001"])])],
        "profile": utilities.published("obec"),
        **upload_world.page_context(),
        **brought_world.page_context(),
        **more,
    }


def seen(page: str) -> str:
    """Give what a person sees or hears of a page, without what is marked as English."""
    page = re.sub(r"<!DOCTYPE html>\s*<html[^>]*>", "", page)
    page = re.sub(r"<head>.*?<title>(.*?)</title>.*?</head>", r"\1 ", page, flags=re.S)
    page = re.sub(r'<(\w+)[^>]*\slang="en"[^>]*>.*?</\1>', " ", page, flags=re.S)
    page = re.sub(r"<style.*?</style>|<script.*?</script>", " ", page, flags=re.S)
    page = re.sub(r"<text [^>]*>May</text>", " ", page)  # the short name of a month is the same in both languages
    spoken = re.findall(r'(?:aria-label|data-label|title|placeholder|alt)="([^"]*)"', page)
    text = unescape(re.sub(r"<[^>]+>", " ", page) + " · " + " · ".join(spoken))
    # "Download My Data" is the name of a product.
    return re.sub(r"(Download|Connect) My Data", " ", text)


def show(name: str, language: str, **more: Any) -> str:
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    with translation.override(language):
        return render_to_string(name, context(name, **more), request)


@pytest.mark.django_db
@pytest.mark.parametrize("name", WHOLE_PAGES)
def test_a_page_in_spanish_holds_no_english(name: str) -> None:
    for more in (
        {},
        {"over": True, "live": [], "ended": [], "ready": True, "rows": [] if "check" not in name else None},
        {"pending": True},
        {"helped": True, "for_business": True, "by_word": True, "unchanged": True, "others": True},
    ):
        page = show(name, "es", **{k: v for k, v in more.items() if v is not None})
        assert '<html lang="es">' in page
        text = seen(page)
        assert "Nunca le pedimos su usuario ni su contraseña de SmartHub." in text
        found = [text[max(0, hit.start() - 40) : hit.end() + 40] for hit in ENGLISH.finditer(text)]
        assert not found


@pytest.mark.django_db
@pytest.mark.parametrize("name", WHOLE_PAGES)
def test_the_search_for_english_finds_english(name: str) -> None:
    assert ENGLISH.search(seen(show(name, "en")))


@pytest.mark.django_db
def test_the_switch_speaks_spanish_and_back() -> None:
    client = Client()
    for language, words in (("es", "Enviamos un enlace y un código"), ("en", "We send a link and a 6-digit code")):
        answer = client.post("/language/setlang/", {"language": language, "next": "/my/sign-in/"}, follow=True)
        assert f'<html lang="{language}">' in answer.text
        assert words in answer.text


@pytest.mark.django_db
def test_a_mistake_is_explained_in_spanish() -> None:
    with translation.override("es"):
        wrong = forms.DataForm({"history_from": "2026-02-01", "history_through": "2026-01-01"}, today=date(2026, 2, 2))
        assert not wrong.is_valid()
        text = wrong.errors.as_text()
    assert "Marque al menos un tipo de datos, o elija «No, no compartir»." in text
    assert "El último día es anterior al primer día." in text


def test_the_purpose_is_chosen_and_checked_in_spanish() -> None:
    with translation.override("es"):
        form = forms.PurposeForm(today=date(2026, 1, 1))
        assert ("solar_sizing", "Planear el tamaño de un sistema solar o de baterías") in list(
            form.fields["purpose"].choices  # type: ignore[attr-defined]
        )


def test_the_page_and_the_letter_name_a_purpose_alike() -> None:
    from consents.loa.words import PURPOSES_ES

    assert {code: SPANISH[text] for code, text in PURPOSES.items()} == PURPOSES_ES


# --- days and kinds of data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "written", "instant", "kind"),
    [
        ("en", "March 3, 2026", "March 3, 2026, 10:12 a.m. (CST)", "Hourly energy use"),
        ("es", "3 de marzo de 2026", "3 de marzo de 2026, 10:12 a. m. (CST)", "Consumo de energía por hora"),
    ],
)
def test_days_and_kinds_are_written_in_the_language(language: str, written: str, instant: str, kind: str) -> None:
    with translation.override(language):
        assert notices.day(date(2026, 3, 3)) == written
        assert notices.moment(datetime(2026, 3, 3, 16, 12, tzinfo=UTC)) == instant
        assert notices.data_type("usage_hourly") == kind
        assert (notices.day(None), notices.data_type("other")) == ("", "other")


@pytest.mark.parametrize("language", ["en", "es"])
def test_noon_and_midnight(language: str) -> None:
    with translation.override(language):
        assert re.search(r", 12:00 p\. ?m\. \(CDT\)", notices.moment(datetime(2026, 7, 1, 17, tzinfo=UTC)))
        assert re.search(r", 12:00 a\. ?m\. \(CDT\)", notices.moment(datetime(2026, 7, 1, 5, tzinfo=UTC)))
