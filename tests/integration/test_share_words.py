"""A customer whose file is not taken is spoken to herself, in her language, and told which files are taken."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from broker.terms import Actor
from consents import sharing
from requests_app.share_words import HERS, said
from requests_app.upload.forms import ShareFilesForm
from tests.requests_world import ACCOUNT, usage, world

APPLICATIONS = ("the customer", "you asked", "Ask only", "Ask for", "el cliente", "Pida ", "Solicite ")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("account", "consent", "code"),
    [
        (ACCOUNT, {"data_types": ["bill"]}, "scope.data_type"),
        ("40900018", {}, "scope.account"),
    ],
)
def test_a_refusal_speaks_to_her(sqlite_db: str, account: str, consent: Any, code: str, language: str) -> None:
    w = world(**consent)
    with translation.override(language):
        me = Actor("c", w.customer.id)
        answer = sharing.share(w.consent, "usage.csv", usage(account).encode(), actor=me, now=timezone.now())
        assert (answer.ok, answer.text) == (False, said(code))
        if language == "es":
            assert answer.text != HERS[code]


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_refusal_of_hers_speaks_to_an_application(language: str) -> None:
    with translation.override(language):
        for code in HERS:
            text = said(code)
            assert not [each for each in APPLICATIONS if each.lower() in text.lower()], code
            assert all(len(each.split()) <= 25 for each in text.split(". ")), code


@pytest.mark.parametrize("language", ["en", "es"])
def test_her_page_names_every_kind_that_is_taken(language: str) -> None:
    with translation.override(language):
        page = render_to_string("field.html", {"field": ShareFilesForm()["file"]})
    assert all(kind in page for kind in ("PDF", "PNG", "JPG", "CSV", "XML", "ZIP"))
