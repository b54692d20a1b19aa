"""While nobody has proven the account, each text that says what happens next says that nothing is handed over."""

from pathlib import Path
from typing import Any

import pytest

from broker.notices import compose
from broker.notices.models import Notice
from consents.models import Consent
from requests_app import told
from tests.integration.grant_support import Desk, desk
from tests.requests_world import coop, run_job, world

__all__ = ["desk"]

MISSING = {
    "en": "nothing is handed over to Acme until you prove that the account is yours",
    "es": "no se entrega nada a Acme hasta que usted demuestre que la cuenta es suya",
}
NO_NEED = {"en": "You need not do anything", "es": "Usted no tiene que hacer nada"}
PROVE = "/my/account/1/prove/"


@pytest.mark.granted
def test_the_page_and_the_receipt_after_signing_lead_to_the_proof(desk: Desk) -> None:
    person = desk.grant()
    page = person.get("/share/done/").text
    path = f"/my/account/{Consent.objects.get().accounts.get().id}/prove/"
    assert "Nothing is handed over until you prove that the account is yours." in page
    assert path in page
    receipt = desk.mail("Receipt")
    assert "until you prove that the account is yours" in " ".join(receipt["text"].split())
    assert any(link.endswith(path) for link in receipt["links"])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("template", ["receipt", "request_sent"])
def test_the_mails_say_it_in_both_languages(sqlite_db: str, template: str, language: str) -> None:
    facts = {"number": "R-1", "who": "Acme", "purpose": "To compare electric rates", "my_path": "/my/"}
    missing = compose.render(template, language=language, context={**facts, "prove_path": PROVE}).text
    done = compose.render(template, language=language, context={**facts, "prove_path": ""}).text
    assert MISSING[language] in missing
    assert f"{PROVE}\n" in missing
    assert NO_NEED[language] not in missing
    assert MISSING[language] not in done
    assert (NO_NEED[language] in done) is (template == "request_sent")
    assert "\n\n\n" not in missing + done


@pytest.mark.parametrize("level", ["L1", "L2"])
def test_she_who_is_asked_to_prove_is_not_told_to_do_nothing(
    sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(told.electronic, "tell", lambda message, **_facts: seen.append(message))
    w = world(assurance=level)
    with coop(tmp_path, settings):
        manual = w.manual(data_types=["bill"])
        run_job("manual.send", manual.id)
        run_job("request.told", manual.id)
    (message,) = seen
    assert message.context["prove_path"] == (f"/my/account/{w.account.id}/prove/" if level == "L1" else "")
    assert not Notice.objects.filter(template="request_sent").exists()
