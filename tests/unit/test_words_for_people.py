"""Small words that people read: days as people write them, and who confirmed what."""

from datetime import date

from django.utils import translation

from consents import access_words
from consents.forms import PurposeForm


def test_a_day_in_a_hint_is_written_as_people_write_it() -> None:
    hints = {}
    for language in ("en", "es"):
        with translation.override(language):
            hints[language] = str(PurposeForm(today=date(2026, 11, 25)).fields["last_day"].help_text)
    assert "November 24, 2027" in hints["en"]
    assert "24 de noviembre de 2027" in hints["es"]


def test_the_co_ops_own_word_is_called_so() -> None:
    assert access_words.says("identity.proven", how="clerk_button").text == "Your co-op confirmed that you signed"
    assert access_words.says("identity.proven", how="own_bill").text == "It was proven that the account is yours"
