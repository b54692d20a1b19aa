"""Nobody is told "you stopped" for an end that was not her doing: receipt, mail, page and list, in both languages."""

import uuid
from typing import Any

import pytest
from django.utils import timezone, translation

from broker.audit import tlogproof
from broker.notices import compose
from broker.terms import Actor
from consents import actions
from consents.stopping import receipt, seen
from consents.stopping.lifecycle import Because, Ended, ended_by
from consents.stopping.models import Stop
from consents.stopping.words import end_in_short, ended
from tests.requests_world import World, world

HERS = ("dashboard", "receipt_link", "phone", "post")
NOT_HERS = ("utility", "joint_link", "objection", "abuse_review", "something new")
SHE_DID = {"en": "ou stopped", "es": "sted dejó de compartir"}
WHO = {
    "utility": {"en": "Your co-op told us to end it.", "es": "Su cooperativa nos dijo que le pusiéramos fin."},
    "others": {"en": "Somebody else with a say", "es": "Otra persona con derecho sobre la cuenta"},
    "clock": {"en": "Your permission ran out.", "es": "Su permiso se venció."},
    "newer": {"en": "A newer permission took its place.", "es": "Un permiso más nuevo ocupó su lugar."},
}


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


def printed(w: World, how: str, language: str, monkeypatch: Any, because: str = "revoked") -> str:
    """Give the receipt of a stop that came this way, as HTML."""
    actions.revoke(w.consent, actor=Actor("s", uuid.uuid4(), role="staff"), how=how, now=timezone.now())
    stop = Stop.objects.select_related("consent__recipient").get()
    stop.because = because
    monkeypatch.setattr(tlogproof, "parse", lambda _proof: type("Proof", (), {"note": "a note"}))
    monkeypatch.setattr(receipt.receipts, "receipt", lambda _event: "a receipt")
    if because != "revoked":
        monkeypatch.setattr(seen.Stop.objects, "filter", lambda **_facts: type("Rows", (), {"first": lambda _: stop})())
    with translation.override(language):
        return receipt.html(stop, proof="", made_at=timezone.now(), language=language)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("how", HERS)
def test_her_own_word_is_called_hers(w: World, how: str, language: str, monkeypatch: Any) -> None:
    assert SHE_DID[language] in printed(w, how, language, monkeypatch)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("how", NOT_HERS)
def test_the_receipt_of_an_end_by_others_says_so(w: World, how: str, language: str, monkeypatch: Any) -> None:
    page = printed(w, how, language, monkeypatch)
    assert SHE_DID[language] not in page
    assert {"en": "our stop", "es": "Su decisión"}[language] not in page
    assert WHO["utility" if how == "utility" else "others"][language] in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("because", "who"), [("expired", "clock"), ("superseded", "newer")])
def test_the_clock_and_a_newer_permission_are_not_her(
    w: World, because: str, who: str, language: str, monkeypatch: Any
) -> None:
    page = printed(w, "clock", language, monkeypatch, because)
    assert SHE_DID[language] not in page
    assert WHO[who][language] in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("how", [*HERS, *NOT_HERS])
def test_the_mail_says_whose_doing_it_was(sqlite_db: str, how: str, language: str) -> None:
    by = ended_by("revoked", how)
    context = {"number": "OB-1", "who": "Acme", "at": None, "by": str(by), "nothing_left": False, "my_path": "/my/"}
    mail = compose.render("stopped", language=language, context=context)
    assert (SHE_DID[language] in f"{mail.subject}{mail.text}") is (how in HERS)
    assert ({"en": "o-op told us", "es": "ooperativa nos dijo"}[language] in mail.text) is (how == "utility")


def test_the_card_of_a_list_says_it_in_short() -> None:
    """Which of the others it was, another holder or our people, cannot be told from it."""
    assert {ended_by("revoked", how) for how in ("joint_link", "objection", "abuse_review")} == {Ended.OTHERS}
    assert end_in_short(ended_by(Because.REVOKED, "dashboard")) == "You stopped it"
    assert len({end_in_short(each) for each in Ended}) == len(Ended)
    assert [each for each in Ended if not ended(each)] == [Ended.HER]


@pytest.mark.parametrize("language", ["en", "es"])
def test_where_no_data_was_given_out_the_mail_says_just_that(sqlite_db: str, language: str) -> None:
    """Her letter may have gone to the co-op by then, and an older permission may have been used."""
    context = {"number": "OB-1", "who": "Acme", "at": None, "by": "her", "nothing_left": True, "my_path": "/my/"}
    text = compose.render("stopped", language=language, context=context).text
    said = {
        "en": "No data had been given out under OB-1.",
        "es": "No se había entregado ningún dato con el permiso OB-1.",
    }
    assert said[language] in text
    assert {"en": "had left us", "es": "había salido"}[language] not in text
