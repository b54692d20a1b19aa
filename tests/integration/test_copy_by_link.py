"""Her copy of the signed letter by the receipt's link, without signing in."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from broker.terms import Actor
from consents import actions
from consents.models import Consent
from tests.authz.hers import signed_in
from tests.integration.audit_support import acts
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]


@pytest.mark.granted
def test_the_receipts_link_hands_out_the_letter_for_thirty_days_without_signing_in(desk: Desk) -> None:
    desk.grant()
    consent = Consent.objects.get()
    receipt = desk.mail("Receipt")
    stop = next(urlsplit(link).path for link in receipt["links"] if "/stop/" in link)
    anybody = desk.visitor()
    page = anybody.get(stop)
    assert "Download my letter" in page.text
    assert anybody.http.get(f"{stop}letter.pdf").status_code == 405  # what a mail scanner opens hands out nothing
    before = acts().count("letter.read")
    letter = anybody.submit(stop, {}, action=f"{stop}letter.pdf").content
    kept = consent.letter.files.get(kind="delivered")
    assert hashlib.sha256(letter).digest() == bytes(kept.sha256)
    assert acts().count("letter.read") == before + 1
    with time_machine.travel(consent.signed_at + timedelta(days=30, minutes=1), tick=True):
        assert "Download my letter" not in anybody.get(stop).text
        anybody.submit(stop, {}, action=f"{stop}letter.pdf", expect=410)


@pytest.mark.granted
def test_how_it_was_signed_stands_beside_a_permission_that_ended_too(desk: Desk) -> None:
    desk.grant()
    consent = Consent.objects.get()
    hers = signed_in(consent.customer_id)
    link = f'href="/my/{consent.id}/how-signed/"'
    assert link in hers.get("/my/").content.decode()
    actions.revoke(consent, actor=Actor("c", consent.customer_id), how="test", now=timezone.now())
    assert link in hers.get("/my/").content.decode()
