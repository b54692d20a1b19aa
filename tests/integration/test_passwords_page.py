"""The page about passwords: its figures are those that were measured, and the gate is today no worse than they say."""

import json
from pathlib import Path

import pytest
from django.test import Client

from tests.fixtures.credentials import figures

SAID = json.loads((Path(__file__).resolve().parents[2] / "docs" / "gate-figures.json").read_text(encoding="utf-8"))


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "point"), [("en", "."), ("es", ",")])
def test_the_page_says_what_was_measured(language: str, point: str) -> None:
    page = Client(headers={"accept-language": language}).get("/passwords/")
    assert page.status_code == 200
    many = len(figures.OTHERS) + 1
    assert {"en": f"in {many} collections", "es": f"en {many} colecciones"}[language] in page.text
    for name in ("core", "hard", "alarms"):
        assert f">{str(SAID[name]).replace('.', point)}<" in page.text, name
    assert 'href="/offers/obec/"' in page.text
    assert 'href="/passwords/"' in Client().get("/").text


def test_the_gate_is_no_worse_than_the_page_says() -> None:
    whole = figures.figures("every")["whole"]
    assert SAID["lines"] == len(figures.lines("every"))
    assert whole["core"] * 100 >= SAID["core"]
    assert whole["hard"] * 100 >= SAID["hard"]
    assert whole["alarms"] * 100 <= SAID["alarms"]
