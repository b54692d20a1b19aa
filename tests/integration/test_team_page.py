"""Who counts as a second person: another name, and somebody who can sign in."""

import pytest
from django.utils import timezone

from broker.db import installation
from broker.duties import people
from broker.parties.models import Role, User
from broker.parties.signin.models import Passkey
from tests.duties_world import person
from tests.integration.sign_in_support import signed_in

pytestmark = pytest.mark.undeclared


@pytest.fixture(autouse=True)
def live(committing: str) -> None:
    installation.declare("live")


def test_a_second_account_and_one_without_a_passkey_are_no_second_person() -> None:
    olga = signed_in("olga", Role.OFFICER)
    person(olga.user.full_name.upper(), Role.OPERATOR, username="nobody-yet")  # invited, no passkey made
    assert people.team() == [frozenset({"officer"})]
    signed_in("olga-too", Role.APPROVER)
    User.objects.filter(username="olga-too").update(full_name=f" {olga.user.full_name.upper()}")
    assert people.team() == [frozenset({"officer", "approver"})]
    page = olga.browser.get("/duties/team/").content.decode()
    assert "Release a legal hold" in page
    assert "1 compliance officer" in page
    signed_in("ada", Role.APPROVER)
    assert "Release a legal hold" not in olga.browser.get("/duties/team/").content.decode()
    Passkey.objects.filter(user__username="ada").update(removed_at=timezone.now())
    assert len(people.team()) == 1
