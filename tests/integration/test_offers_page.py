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
