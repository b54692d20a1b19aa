"""Whatever stands against a file, both who brought it and who shares her own are told in words."""

import pytest

from broker.reasons import REASONS
from requests_app import share, share_words
from requests_app.brought import rules, words
from requests_app.inbound.quarantine_words import QUARANTINE


@pytest.mark.parametrize("code", [*QUARANTINE, "file.of_a_later_version"])
def test_every_reason_of_a_look_has_words(code: str) -> None:
    assert len(words.why(rules.REFUSED, code)) > len(" Nothing of it is kept.")
    assert share_words.said(code).strip()


@pytest.mark.parametrize("code", QUARANTINE)
def test_a_reason_of_the_mail_desk_is_one_that_a_person_at_a_form_is_told(code: str) -> None:
    assert share.told_as(code) in REASONS
    assert share.told_as(code) == code or code not in REASONS
