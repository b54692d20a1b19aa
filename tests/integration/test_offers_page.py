"""What a co-op offers, as its page says it: quotations that can be read, and closing days that still matter."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client


def page(language: str = "en") -> str:
    return Client().get("/offers/obec/", headers={"accept-language": language}).content.decode()


def test_a_quoted_row_of_a_table_is_a_sentence(sqlite_db: str) -> None:
    text = page()
    assert "SmartHub Mobile App · All members · Usage" in text
    assert " | " not in text
    assert "Data Access Guide</span>”, as of November 24, 2026." in text
    assert "«La guía» es el documento" in page("es")


@pytest.mark.parametrize(("year", "shown", "gone"), [(2026, ("2026", "2027"), "2025"), (2027, ("2027",), "2026")])
def test_closing_days_of_this_and_the_next_year_are_shown(
    sqlite_db: str, year: int, shown: tuple[str, ...], gone: str
) -> None:
    with time_machine.travel(datetime(year, 6, 1, 12, tzinfo=UTC), tick=False):
        listed = page().split("Show the days", 1)[1].split("</details>", 1)[0]
    assert all(each in listed for each in shown)
    assert gone not in listed


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "We know little of Craighead Electric",
                "Green Button file that the customer downloads",
                "not known, so refused",
            ),
        ),
        (
            "es",
            (
                "Sabemos poco de Craighead Electric",
                "Archivo Green Button que el cliente descarga",
                "no se sabe, por eso se rechaza",
            ),
        ),
    ],
)
def test_a_utility_of_which_little_is_known_is_shown_as_that(
    sqlite_db: str, language: str, said: tuple[str, ...]
) -> None:
    text = Client().get("/offers/craighead/", headers={"accept-language": language}).content.decode()
    assert all(each in text for each in said)
    assert "business days" not in text
    assert "@" not in text.split("<main", 1)[1].split("</main>", 1)[0]


def test_the_reason_has_a_page_in_both_languages(sqlite_db: str) -> None:
    pages = {
        each: Client().get("/problems/channel.unknown", headers={"accept-language": each}).content.decode()
        for each in ("en", "es")
    }
    assert "What is unknown is refused." in pages["en"]
    assert "Lo desconocido se rechaza." in pages["es"]
