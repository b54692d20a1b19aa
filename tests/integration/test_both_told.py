"""Whoever's permission another holder's word holds is told of it, neutrally; whoever asked reads that it was she."""

import pytest

from consents.joint import members
from consents.joint.models import JointMember
from tests.granted import TWO_NAMES
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.test_both_holds import named, says_both
from tests.joint_world import BETTY, JAMES, grant, path_in, proven, signed_in

__all__ = ["desk"]

WAITS = "Both holders must agree: "


def told(desk: Desk, to: str) -> list[str]:
    desk.work()
    return [each["subject"].removeprefix("[Rehearsal] ") for each in desk.mailbox.mails.search(to=to, subject=WAITS)]


@pytest.mark.granted(TWO_NAMES)
def test_the_signer_is_told_that_the_other_holder_asked_and_of_nobodys_mailbox(desk: Desk) -> None:
    consent = grant(desk)
    named(desk, consent, BETTY)
    desk.work()
    link = path_in(desk.mail(f"shares data: {consent.number}", BETTY), "/holder/")
    says_both(desk, consent, BETTY)
    assert told(desk, EMAIL) == [f"{WAITS}{consent.number} waits"]
    mail = desk.mail(WAITS, EMAIL)
    assert "ending 0042" in mail["text"]
    assert "nothing is given out until the other holder agrees" in mail["text"]
    assert BETTY not in mail["text"]
    assert "51000042" not in mail["text"]
    assert "Both of you must agree, as you asked" in desk.visitor().get(link).text
    says_both(desk, consent, BETTY)  # once
    assert len(told(desk, EMAIL)) == 1


@pytest.mark.granted(TWO_NAMES)
def test_whoever_asks_herself_gets_no_mail_of_it_and_the_other_reads_who_asked(desk: Desk) -> None:
    consent = grant(desk)
    signed_in(desk).submit(f"/my/{consent.id}/holder/", {"email": BETTY, "both": "on"})
    assert told(desk, EMAIL) == []
    link = path_in(desk.mail(f"Your word is needed: {consent.number}", BETTY), "/holder/")
    assert "The other holder asks you to agree" in desk.visitor().get(link).text


@pytest.mark.granted(TWO_NAMES)
def test_another_holder_with_a_permission_of_the_own_is_told_too(desk: Desk) -> None:
    first, other = grant(desk), grant(desk, email=JAMES)
    proven(first)
    member = JointMember.objects.get(consent=first)
    assert members.require_both(member, actor=members.speaker(member), now=member.created_at)
    assert told(desk, JAMES) == [f"{WAITS}{other.number} waits"]
    assert told(desk, EMAIL) == [f"{WAITS}{first.number} waits"]
