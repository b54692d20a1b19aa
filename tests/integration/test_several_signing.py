"""One signing on the web for many accounts of one holder: each proven by a bill of its own, one letter for all."""

import io
import re
from collections import Counter

import pdfplumber
import pytest
from django.utils import timezone

from broker.demo.visitor import Visitor
from broker.terms import SERVICE
from consents.asking.models import ConsentAsk
from consents.identity.models import Attempt, Proof
from consents.joint import provers, review
from consents.models import Consent
from requests_app import pull
from requests_app.completeness import query
from requests_app.models import DataRequest
from tests import several_world as farm
from tests.integration.grant_support import Desk, desk
from tests.recipients_world import analyst, browser_of
from tests.requests_world import events

__all__ = ["desk"]
PROVEN, OPEN = "mark--yes", "mark--open"


def look(desk: Desk, accounts: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """What the recipient's application would be answered for these accounts: how many of each outcome, and codes."""
    body = {
        "accounts": accounts,
        "data_types": ["bill"],
        "from": "2025-02-01",
        "to": "2025-03-01",
        "purpose": "rate_comparison",
    }
    found = pull.check(desk.organisation.applications.earliest("created_at"), body, now=timezone.now())
    assert isinstance(found, pull.Checked)
    return dict(Counter(each.outcome for each in found.decision.accounts)), tuple(found.decision.codes)


def schedule(letter: bytes) -> tuple[list[str], int]:
    """The account numbers of a letter's schedule, in order, and on how many pages its heads stand."""
    with pdfplumber.open(io.BytesIO(letter)) as document:
        texts = [page.extract_text() for page in document.pages]
    rows = [line.split() for text in texts for line in text.splitlines()]
    found = [row[1] for row in rows if len(row) > 2 and row[0].isdigit() and re.fullmatch(r"[0-9]{8}", row[1])]
    return found, sum("No. Account number Service address" in text for text in texts)


@pytest.mark.parametrize("count", [3, 40])
def test_one_letter_for_all_accounts_that_her_bills_prove(desk: Desk, count: int) -> None:
    accounts, every = farm.numbers(count), range(1, count + 1)
    asked, person = farm.ask(desk, accounts), desk.visitor()
    farm.enter(desk, person, asked)
    farm.holder(person)
    page = farm.drop(person, [farm.bill(each) for each in accounts], want=every)
    assert page.text.count(PROVEN) == count
    farm.drop(person, want=every, do="go")
    farm.rest(desk, person)
    letter = desk.read(person)
    assert schedule(letter) == (accounts, 1 if count == 3 else 2)
    desk.sign(person, opens=False)
    desk.work()
    consent = Consent.objects.get()
    assert consent.assurance == "L2"
    assert consent.accounts.count() == Proof.objects.count() == Attempt.objects.count() == count
    assert len(events("consent.granted")) == len(events("identity.proven")) == 1
    assert ConsentAsk.objects.get().consent_id == consent.id
    if count > 3:  # so many accounts from one mailbox are looked at by a person first, as they always were
        assert consent.state == "signed"
        assert is_said_to_be_looked_at(desk, person, count)
        assert review.release(consent, actor=SERVICE("tests"), now=timezone.now())
    consent.refresh_from_db()
    assert consent.state == "active"
    is_said_to_be_signed(desk, person, consent, accounts)
    in_force(desk, person, consent, accounts)


def is_said_to_be_looked_at(desk: Desk, person: Visitor, count: int) -> bool:
    """Her last page says it once and promises no copy before; so do the mail to our desk and the asker's page."""
    asked, page = ConsentAsk.objects.get(), person.get("/share/done/").text
    ana = browser_of(analyst(asked.organisation)).get(f"/recipient/asks/{asked.id}/").content.decode()
    (told,) = desk.mailbox.mails.search(subject="A permission is held for review")
    return (
        page.count("A person of ours looks at this letter") == 1
        and "Our people look at this permission" not in page
        and "We are sealing your letter now" not in page
        and "not in force yet" in ana
        and f"{count} different accounts shared from one mailbox within a day" in told["text"]
    )


def is_said_to_be_signed(desk: Desk, person: Visitor, consent: Consent, accounts: list[str]) -> None:
    """Her receipt and pages name the accounts in their order, and the record of the signing names each page."""
    endings = [each[-4:] for each in accounts]
    assert "A person of ours looks at this letter" not in person.get("/share/done/").text
    desk.work()
    (receipt,) = desk.mailbox.mails.search(subject="you share data with")
    assert f"your electric accounts ending in {', '.join(sorted(endings))}." in receipt["text"]
    assert re.findall(r"account ending (\d{4})", person.get("/my/").text) == sorted(endings)
    record = person.get(f"/my/{consent.id}/how-signed/").text
    assert "Which accounts (en)</a>" in record
    assert "> (en)</a>" not in record


def in_force(desk: Desk, person: Visitor, consent: Consent, accounts: list[str]) -> None:
    """Decision, request, matrix, her pages, the clerk's page and the stop hold for each account."""
    count = len(accounts)
    assert look(desk, accounts) == ({"route": count}, ())
    assert look(desk, [*accounts, "99999999"]) == ({"route": count, "refusal": 1}, ("scope.account",))
    rows = query.matrix(asked_for(desk, accounts)).rows
    assert len({row.account for row in rows}) == len(accounts)
    assert f"{len(accounts)} accounts" in person.get("/my/").text
    clerk = desk.visitor()
    number = consent.letter.verification_code
    shown = clerk.submit(f"/v/{number}", {"code": number, "digits": accounts[-1][-4:]})
    assert all(f"{each[-4:]} Test Road" in shown.text for each in accounts)
    person.submit(f"/my/{consent.id}/stop/")
    consent.refresh_from_db()
    assert consent.state == "revoked"
    assert look(desk, accounts)[1] == ("consent.revoked",)


def asked_for(desk: Desk, accounts: list[str]) -> DataRequest:
    body = {
        "accounts": accounts,
        "data_types": ["bill"],
        "from": "2025-02-01",
        "to": "2025-03-01",
        "purpose": "rate_comparison",
    }
    application = desk.organisation.applications.earliest("created_at")
    made = pull.pull(application, body, idempotency_key="all", now=timezone.now())
    assert isinstance(made, pull.Outcome)
    assert made.request is not None
    assert len(made.request.accounts) == len(accounts)
    return made.request


def test_of_many_doubted_accounts_her_card_says_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts, person, every = farm.numbers(3), desk.visitor(), (1, 2, 3)
    farm.enter(desk, person, farm.ask(desk, accounts))
    farm.holder(person)
    farm.drop(person, [farm.bill(each) for each in accounts], want=every)
    farm.drop(person, want=every, do="go")
    farm.rest(desk, person)
    desk.read(person)
    desk.sign(person, opens=False)
    desk.work()
    monkeypatch.setattr(provers, "is_doubted", lambda account: account.last_four != accounts[0][-4:])
    page = person.get("/my/").text
    assert page.count("Our people look at these accounts first.") == 1
    assert re.findall(r"Use a code by post \((\d{4})\)", page) == [each[-4:] for each in accounts[1:]]
    monkeypatch.setattr(provers, "is_doubted", lambda account: account.last_four == accounts[0][-4:])
    assert person.get("/my/").text.count("Our people look at this account first.") == 1
