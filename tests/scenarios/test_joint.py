"""Scenarios S07, S08, S30 and S31 of the field guide, word for word, through pages, mails and the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.parties.keys import create_application
from broker.parties.models import Application
from broker.terms import SERVICE
from consents.joint.models import JointMember
from consents.lifecycle import State
from consents.models import Consent
from requests_app import grants
from requests_app.models import DataRequest, ManualRequest
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, grant, path_in, signed_in
from tests.requests_world import events

__all__ = ["desk"]


def ask(desk: Desk, number: str, **changes: Any) -> str:
    """Ask for bills through the API; give the code of the refusal, or "route"."""
    now = timezone.now()
    _row, key = create_application(
        desk.organisation,
        "A check",
        Application.Mode.TEST,
        expires_at=now + timedelta(days=1),
        actor=SERVICE("tests"),
        now=now,
    )
    body = {
        "accounts": [number],
        "data_types": ["bill"],
        "from": "2025-01-01",
        "to": "2025-02-01",
        "purpose": "rate_comparison",
        **changes,
    }
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"{number}-{now.isoformat()}"}
    answer = Client().post("/api/v1/data-requests", body, content_type="application/json", headers=headers)
    return "route" if answer.status_code == 202 else str(answer.json()["code"])


def test_s07_the_other_holder_is_notified_with_a_stop_link_and_the_notice_is_logged(desk: Desk) -> None:
    """Given a joint membership with a second e-mail, when one holder grants, then the other is notified."""
    consent = grant(desk)
    signed_in(desk).submit(f"/my/{consent.id}/holder/", {"email": BETTY})
    mail = desk.mail("A holder of your electric account shares data", BETTY)
    assert consent.number in mail["subject"]
    assert len(events("notice.queued")) == 1
    assert JointMember.objects.get().told_at is not None
    assert "Stop this sharing" in desk.visitor().get(path_in(mail, "/holder/")).text
    desk.visitor().submit(path_in(mail, "/holder/"), {"answer": "stop"})
    consent.refresh_from_db()
    assert consent.state == State.REVOKED


def test_s08_while_only_one_has_signed_every_access_is_refused_with_consent_absent(desk: Desk) -> None:
    """Given "both must agree", when only one has signed, then the consent is pending."""
    first = grant(desk)
    signed_in(desk).submit(f"/my/{first.id}/holder/", {"email": BETTY, "both": "on"})
    signed_in(desk).submit(f"/my/{first.id}/stop/")
    second = grant(desk)
    assert second.state == State.SIGNED
    assert ask(desk, "51000042", consent=str(second.id)) == "consent.absent"
    link = path_in(desk.mail(f"Your word is needed: {second.number}", BETTY), "/holder/")
    other = desk.visitor()
    other.submit(link, {"answer": "agree"})
    other.submit("/holder/code/", {"code": desk.mail("link and code", BETTY)["codes"][0]})
    second.refresh_from_db()
    assert second.state == State.ACTIVE
    assert ask(desk, "51000042", consent=str(second.id)) == "route"


def test_s30_five_accounts_from_one_mailbox_in_an_hour_are_held_above_the_limit(desk: Desk) -> None:
    """Then grants above the limit are held for review and nothing is sent."""
    for number in range(51000001, 51000006):
        grant(desk, line="Gwen Grant", number=str(number))
    found = Consent.objects.order_by("signed_at")
    assert [each.state for each in found] == [State.ACTIVE] * 3 + [State.SIGNED] * 2
    for held, number in zip(found[3:], ("51000004", "51000005"), strict=True):
        assert ask(desk, number, consent=str(held.id)) == "consent.absent"
        assert not desk.mailbox.mails.search(to=EMAIL, subject=f"Receipt {held.number}")
    assert not ManualRequest.objects.exists()


@pytest.mark.parametrize("data_type", ["usage_hourly", "usage_15min"])
def test_s31_below_its_level_hourly_data_is_refused_and_the_page_says_how_to_raise_it(
    desk: Desk, data_type: str
) -> None:
    """Given a name that does not match, then assurance stays at L1 and hourly data is `assurance.too_low`."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, data={"data_types": [data_type]})
    desk.sign(person)
    desk.work()
    consent = Consent.objects.get()
    assert consent.assurance == "L1"
    assert ask(desk, "51000042", data_types=[data_type]) == "route"  # the letter may go: the co-op checks who she is
    now = timezone.now()
    again = grants.decide_again(DataRequest.objects.get(), channel="manual_request", step="release", now=now)
    assert again.codes == ("assurance.too_low",)
    page = signed_in(desk).get("/my/").text
    assert f"/my/account/{consent.accounts.get().id}/prove/" in page
