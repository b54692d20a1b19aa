"""When the needs of electronic records change, who signed is told once, asked at each visit, and may choose paper."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from broker.notices.models import Notice
from consents import rules, terms
from consents.ceremony import disclosure
from consents.electronic import on_paper
from consents.models import Consent, TermsAgreement
from tests.integration.audit_support import acts
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]
ASKED = "What you need to read our electronic records has changed."


@pytest.mark.granted
def test_who_signed_is_told_once_and_asked_until_she_agrees(desk: Desk, monkeypatch: Any) -> None:
    """15 U.S.C. 7001(c)(1)(D); nothing goes to paper meanwhile, and the answer is to the very text that was shown."""
    person = desk.grant()
    assert terms.enqueue_due() == 0
    assert ASKED not in person.get("/my/").text
    for module in (rules, disclosure):
        monkeypatch.setattr(module, "DISCLOSURE", "esign 99.0.0")
    for _day in range(2):
        terms.enqueue_due()
        desk.work()
    assert "choose paper" in desk.mail("What you need for our electronic records")["text"]
    assert Notice.objects.filter(template="terms_changed").count() == 1
    customer = Consent.objects.get().customer
    assert not on_paper(customer)
    assert ASKED in person.get("/my/").text
    page = person.get("/my/paper/")
    assert "a program that opens PDF files" in page.text
    person.submit("/my/paper/", {"disclosure": "0" * 64})
    assert not TermsAgreement.objects.exists()
    assert not on_paper(customer)
    person.submit("/my/paper/", {"disclosure": person.field(page, "disclosure")})
    kept = TermsAgreement.objects.get()
    assert (kept.version, bytes(kept.sha256).hex()) == ("esign 99.0.0", person.field(page, "disclosure"))
    assert acts().count("electronic.agreed") == 1
    assert ASKED not in person.get("/my/").text
    assert terms.enqueue_due() == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        TermsAgreement.objects.update(version="esign 1.0.0")


@pytest.mark.granted
def test_who_chooses_paper_instead_is_not_asked_again(desk: Desk, monkeypatch: Any) -> None:
    """The choice is hers and free; her permission stays."""
    person = desk.grant()
    for module in (rules, disclosure):
        monkeypatch.setattr(module, "DISCLOSURE", "esign 99.0.0")
    assert terms.enqueue_due() == 1
    person.submit("/my/paper/")
    assert on_paper(Consent.objects.get().customer)
    assert ASKED not in person.get("/my/").text
    assert terms.enqueue_due() == 0
    assert Consent.objects.get().state == "active"
