"""That the co-op confirmed its member: the desk reads it where the mail leads, and is asked to do nothing."""

import re
from typing import Any

import pytest

from tests.integration.checking_support import clerk_code, consent, letter, opened, profile_mailbox
from tests.integration.grant_support import Desk, desk
from tests.integration.test_checking_acts import press
from tests.integration.test_identity_staff import staff

__all__ = ["desk"]


@pytest.mark.granted
def test_the_mail_leads_to_the_confirmation_and_asks_for_nothing(desk: Desk, settings: Any) -> None:
    desk.grant()
    person = opened(desk)
    with profile_mailbox(desk, settings):
        press(person, "member")
        code = clerk_code(desk)
    person.submit("/v/letter/member/code/", {"code": code})
    mail = desk.mail(f"The co-op confirmed its member of {letter().number}", to="desk@localhost")
    assert "Needs a person" not in mail["subject"]
    assert "Nothing is to be done." in mail["text"]
    assert "/admin/clerk/" in mail["text"]

    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    clerk = staff()
    found = re.search(r'href="([^"]+)">' + re.escape(consent().number), clerk.get("/admin/clerk/").text)
    assert found, "the confirmed member's permission is linked"
    page = clerk.get(found[1])
    assert page.status_code == 200
    assert consent().number in page.text


@pytest.mark.granted
def test_what_needs_a_person_still_says_so(desk: Desk) -> None:
    desk.grant()
    press(opened(desk), "released")
    mail = desk.mail(f"The co-op says that it released data under {letter().number}", to="desk@localhost")
    assert "Needs a person: " in mail["subject"]
    assert "Open the worklist:" in mail["text"]
