"""The disclosure about electronic records holds each item of 15 U.S.C. 7001(c)(1), in both languages."""

import pytest

from consents import rules
from consents.ceremony import disclosure as module
from consents.ceremony.disclosure import REQUIRED, Item, disclosure, missing_items
from consents.rules import Answers, missing_step

# What a sentence about an item cannot do without, in each language.
SAYS = {
    "en": {
        "B(i)(I)": ("paper", "free of charge"),
        "B(i)(II)": ("take back", "free of charge", "does not stop the sharing"),
        "B(ii)": ("this letter", "covers"),
        "B(iii)": ("e-mail address", "call", "withdraw"),
        "B(iv)": ("paper copy", "free"),
        "C(i)": ("web browser", "PDF", "keep or print"),
    },
    "es": {
        "B(i)(I)": ("papel", "gratis"),
        "B(i)(II)": ("retirar su acuerdo", "gratis", "no detiene"),
        "B(ii)": ("esta carta", "abarca"),
        "B(iii)": ("correo electrónico", "llámenos", "retirar"),
        "B(iv)": ("copia en papel", "gratis"),
        "C(i)": ("navegador", "PDF", "guardarlos o imprimirlos"),
    },
}


@pytest.mark.parametrize("locale", ["en", "es"])
def test_each_item_of_the_law_is_there_and_says_what_it_must(locale: str) -> None:
    shown = disclosure(locale)
    assert missing_items(shown) == set()
    for paragraph in REQUIRED:
        text = " ".join(item.text for item in shown.items if paragraph in item.paragraphs)
        assert not [word for word in SAYS[locale][paragraph] if word not in text], (locale, paragraph, text)


def test_the_list_check_finds_an_item_that_is_left_out_or_empty() -> None:
    whole = disclosure("en")
    assert missing_items(whole._replace(items=whole.items[1:])) == {"B(i)(I)"}
    assert missing_items(whole._replace(items=(Item(("B(ii)",), " "), *whole.items[2:], whole.items[0]))) == {"B(ii)"}


def test_languages_and_versions_have_hashes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    english, spanish = disclosure("en"), disclosure("es")
    assert english.sha256 == disclosure("en").sha256
    assert english.sha256 != spanish.sha256
    assert all(a.text != b.text for a, b in zip(english.items, spanish.items, strict=True))
    monkeypatch.setattr(module, "DISCLOSURE", "esign 2.0.0")
    assert disclosure("en").sha256 != english.sha256


def test_who_agreed_to_older_needs_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import date

    whole = Answers(
        account_number="51000042",
        name_as_billed="Gwen Grant",
        service_address="3 Test Road",
        role="customer",
        helped=False,
        data_types=("bill",),
        history_from=date(2025, 1, 1),
        history_to=date(2026, 1, 1),
        purpose="rate_comparison",
        ends=date(2026, 3, 1),
        nectar=False,
        terms={"version": rules.DISCLOSURE},
    )
    assert missing_step(whole, today=date(2026, 1, 1)) is None
    monkeypatch.setattr(rules, "DISCLOSURE", "esign 2.0.0")
    assert missing_step(whole, today=date(2026, 1, 1)) == "terms"
