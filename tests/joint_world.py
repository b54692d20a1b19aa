"""What the tests of second holders and objections share: grants by name line, mailboxes, people who decide."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.demo.visitor import Visitor
from broker.parties import links
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import EmailLink, Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor
from consents.identity import levels
from consents.identity.models import How
from consents.joint import objecting
from consents.joint.models import Objection
from consents.joint.names import people
from consents.models import Consent
from tests.integration.grant_support import EMAIL, Desk
from tests.requests_world import ACCOUNT, World
from tests.requests_world import grant as given

LINE = "JAMES R OR BETTY SMITH"
BETTY = "betty@member.example"
JAMES = "james@member.example"
NUMBER = "51000042"


def grant(desk: Desk, *, email: str = EMAIL, line: str = LINE, number: str = NUMBER, works: bool = True) -> Consent:
    """Give a consent through the pages, with this name line; `works` lets the worker seal it.

    Where the world begins with one, the first is that one.
    """
    if desk.two_names:
        asked = (email, line, number, works)
        assert asked == (EMAIL, LINE, NUMBER, True), "the test begins with another grant than the one it asks for"
        desk.two_names = False
        return Consent.objects.get()
    person = desk.visitor()
    known = set(Consent.objects.values_list("id", flat=True))
    desk.enter(person, email)
    desk.answer(person, account={"name": line, "number": number})
    desk.sign(person, typed_name=(people(line) or (line,))[0])
    if works:
        desk.work()
    return Consent.objects.exclude(id__in=known).get()


def signed_in(desk: Desk, email: str = EMAIL) -> Visitor:
    """Give a browser in which this customer has signed in."""
    person = desk.visitor()
    person.submit("/my/sign-in/", {"email": email})
    mail = desk.mail("link and code", email)
    person.submit("/my/code/", {"code": mail["codes"][0]})
    return person


def proven(consent: Consent, level: str = "L2") -> None:
    """Prove the account of this consent."""
    with transaction.atomic():
        accounts = [consent.accounts.get()]
        how = How.CALL_BACK if level == "L3" else How.OWN_BILL
        file = None if level == "L3" else uuid.uuid4()
        levels.prove(accounts, level=level, how=how, actor=SERVICE("tests"), now=timezone.now(), file=file)


def stranger(w: World) -> Consent:
    """Give the consent of another mailbox over the world's account number, under another spelling of the name."""
    now, customer_id = timezone.now(), uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "eve@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts(ACCOUNT, "Pat Q Member", "2 Example Road")
        account = ensure_account(customer, "obec", facts, ref=ref, now=now)
        return given(customer, w.consent.recipient, [account], ref=ref, now=now, assurance="L1")


def path_in(mail: dict[str, Any], part: str) -> str:
    """Give the path of the mail's link that holds this part."""
    return next(urlsplit(link).path for link in mail["links"] if part in link)


def object_by_page(desk: Desk, *, email: str = BETTY, number: str = NUMBER, name: str = "Betty Smith") -> str:
    """Object through the public pages; gives the last page."""
    person = desk.visitor()
    person.submit("/object/", {"email": email})
    mail = desk.mail("link and code", email)
    person.submit("/object/code/", {"code": mail["codes"][0]})
    return person.submit("/object/account/", {"number": number, "name": name}).text


def objection(
    *, email: str = BETTY, number: str, name: str = "Pat Member", utility: str = "obec", checks: bool = True
) -> Objection:
    """Object without the pages; `checks` compares it as the job would."""
    now = timezone.now()
    link = links.begin(email, EmailLink.Purpose.OBJECT, organisation=None, language="en", now=now)
    assert link is not None
    made = objecting.make(link, utility=utility, number=number, name=name, now=now)
    if checks:
        objecting.check(made, now=now)
    return made


def person(role: Role | str) -> tuple[User, Actor]:
    """Give somebody of ours, and how the log names that person."""
    name = f"{role}-{uuid.uuid4().hex[:6]}"
    user = create_user(name, f"A person, {name}", Role(role), password=None, actor=SERVICE("tests"))
    return user, Actor("s", user.id, role=Role(role).value)
