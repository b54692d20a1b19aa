"""The mails in Spanish: each has one, says the same as the English one, and holds no English."""

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from broker.notices import compose
from broker.terms import PURPOSES
from consents import reminders
from consents.comparing import compare
from tests.unit.test_language import (
    CUSTOMER_MAILS,
    ENGLISH,
    ROOT,
    TEMPLATES,
    operator,  # noqa: F401 - whose name the mails carry
)

SCOPE: dict[str, object] = {
    "account": ["0042"],
    "recipient": "Acme Tarifas",
    "purpose": "billing_review",
    "data_types": ["bill", "usage_15min"],
    "history_from": date(2025, 1, 1),
    "history_to": date(2026, 1, 1),
    "forward": None,
    "ends": date(2026, 6, 1),
    "onward_recipients": ["nectar"],
}
MAIL: dict[str, object] = {
    "houses": ["Acme Tarifas"],
    "count": 2,
    "answer_by": datetime(2026, 7, 3, 16, 0, tzinfo=UTC),
    "number": "OB-TEST-0001",
    "who": "Acme Tarifas",
    "path": "/share/open/x/",
    "code": "123456",
    "minutes": 10,
    "days": 14,
    "purpose": PURPOSES["billing_review"],
    "data_types": ["bill", "usage_15min"],
    "account_ending": "0042",
    "history_from": date(2025, 1, 1),
    "history_through": date(2025, 12, 31),
    "last_day": date(2026, 5, 31),
    "stop_path": "/stop/x/",
    "my_path": "/my/",
    "check_path": "/check/",
    "log_keys": ["c2sp.example/log+01234567+AQAA"],
    "letter_sha256": "ab" * 32,
    "checkpoint": "c2sp.example/log\n1\nabc=",
    "at": datetime(2026, 3, 3, 16, 12, tzinfo=UTC),
    "until": datetime(2026, 3, 3, 20, 12, tzinfo=UTC),
    "review_by": datetime(2026, 3, 4, 22, 0, tzinfo=UTC),
    "happened_from": datetime(2026, 3, 3, 14, 0, tzinfo=UTC),
    "happened_to": datetime(2026, 3, 3, 15, 0, tzinfo=UTC),
    "known_at": datetime(2026, 3, 3, 16, 0, tzinfo=UTC),
    "asks": True,
    "said": "Se abrieron facturas suyas sin necesidad.",
    "utility_name": "Ozark Border Electric Cooperative",
    "amount": "$35.00",
    "is_fee": True,
    "expected_from": date(2026, 3, 10),
    "due": date(2026, 3, 17),
    "promised_for": date(2026, 3, 20),
    "share_path": "/my/x/file/",
    "portal": "https://portal.coop.example/",
    "reply": "Por su permiso.",
    "newer": "OB-TEST-0002",
    "starts": date(2026, 1, 1),
    "last_used": date(2026, 1, 4),
    "pause_day": date(2026, 3, 18),
    "is_last_day": False,
    "renew_path": "/my/x/renew/",
    "resume_path": "/my/x/resume/",
    "lines": compare(SCOPE, {**SCOPE, "data_types": ["bill"], "ends": date(2027, 6, 1)}),
}


def mail_source(language: str, name: str) -> str:
    return (TEMPLATES / "emails" / language / f"{name}.txt").read_text()


def facts(source: str) -> Counter[str]:
    """Give what a mail says by placeholder, and under which condition."""
    source = source.replace("{% translate purpose %}", "{{ purpose }}")
    return Counter(re.findall(r"{{.*?}}|{% (?:if|else|elif|endif|for|endfor).*?%}", source))


def _named(path: Path, name: str) -> str:
    """Give the text that a constant of a module is, also one of another module's; "" where it is none."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return str(node.value.value) if isinstance(node.value, ast.Constant) else ""
        if isinstance(node, ast.ImportFrom) and node.module and any((a.asname or a.name) == name for a in node.names):
            there = ROOT / f"{node.module.replace('.', '/')}.py"
            return _named(there, name) if there.exists() else ""
    return ""


def test_every_mail_in_the_customers_language_has_spanish() -> None:
    asked = set()
    for path in [p for package in ("broker", "consents", "requests_app") for p in (ROOT / package).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "send_later":
                chosen = {word.arg: word.value for word in node.keywords}.get("language")
                # A template that is no constant is one that `electronic.deliver` was given.
                if chosen is not None and not isinstance(chosen, ast.Constant):
                    asked |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
                    asked |= {_named(path, each.id) for each in node.args[:1] if isinstance(each, ast.Name)} - {""}
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "Message":
                asked |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
                asked |= {_named(path, each.id) for each in node.args[:1] if isinstance(each, ast.Name)} - {""}
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_to_her":
                asked.add(ast.literal_eval(node.args[0]))
    asked |= set(reminders.TEMPLATES.values())
    assert asked == set(CUSTOMER_MAILS)
    assert {path.stem for path in (TEMPLATES / "emails/es").glob("*.txt")} == asked | {"base"}


@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_both_languages_promise_the_same(name: str) -> None:
    english, spanish = mail_source("en", name), mail_source("es", name)
    assert facts(english) == facts(spanish)
    assert [facts(part) for part in english.split("\n\n")] == [facts(part) for part in spanish.split("\n\n")]


def test_both_frames_promise_the_same() -> None:
    english, spanish = (TEMPLATES / "emails/base.txt").read_text(), mail_source("es", "base")
    assert [facts(part) for part in english.split("\n\n")] == [facts(part) for part in spanish.split("\n\n")]


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["share", "my", PURPOSES["billing_review"]])
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_a_mail_in_spanish_holds_no_english(name: str, purpose: str) -> None:
    if name in ("receipt", "still_sharing") and purpose not in PURPOSES.values():
        purpose = PURPOSES["research"]
    mail = compose.render(name, language="es", context={**MAIL, "purpose": purpose})
    text = f"{mail.subject}\n{mail.text}"
    assert "Nunca le pediremos su contraseña de SmartHub." in text
    assert not ENGLISH.findall(re.sub(r"https?://\S+|\S+@\S+", "", text))
    assert "{" not in text
    assert '<html lang="es">' in compose.twin(mail.text, title=mail.subject, language="es")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject", "text"),
    [
        ("en", "Your link and code to renew OB-TEST-0009", "renew or change your permission OB-TEST-0009"),
        ("es", "Su enlace y su código para renovar OB-TEST-0009", "renovar o cambiar su permiso OB-TEST-0009"),
    ],
)
def test_the_mail_of_a_renewal_speaks_of_the_renewal(language: str, subject: str, text: str) -> None:
    context = {**MAIL, "purpose": "share", "renews": "OB-TEST-0009"}
    mail = compose.render("link_and_code", language=language, context=context)
    assert mail.subject.endswith(subject)
    assert text in mail.text
    assert language == "en" or not ENGLISH.findall(re.sub(r"https?://\S+|\S+@\S+", "", mail.text))


@pytest.mark.django_db
def test_the_receipt_in_spanish_says_all_that_matters() -> None:
    mail = compose.render("receipt", language="es", context=MAIL)
    assert "Comprobante OB-TEST-0001: usted comparte datos con Acme Tarifas" in mail.subject
    for part in (
        "- Facturas\n- Consumo de energía cada 15 minutos\n",
        "Para qué: Revisar si las facturas tienen errores.",
        "del 1 de enero de 2025 al 31 de diciembre de 2025, inclusive",
        "Hasta el 31 de mayo de 2026. Después de ese día no se entrega nada.",
        "sin dar razones",
        "/stop/x/",
        "ab" * 32,
        "c2sp.example/log\n1\nabc=",
    ):
        assert part in mail.text
