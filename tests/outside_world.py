"""A team of two that lacks a second person for many acts, and somebody from outside who is asked instead."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.outside import asking, enrolling
from broker.console.outside.models import Approver, Ask
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.terms import SERVICE
from tests import clock
from tests.duties_world import actor, person

LENA = "lena@law.example"
NOTE = "We called the co-op; they know of it."
PASSWORD = "a long rehearsal password"


def signs_in(name: str, role: Role) -> User:
    """Somebody of the team: in a rehearsal a password is as good as a passkey."""
    made = person(name, role)
    made.set_password(PASSWORD)
    made.save()
    return made


def wanted(**changes: Any) -> enrolling.Wanted:
    """A lawyer of another house, for two months."""
    facts = {
        "full_name": "Lena Lawyer",
        "house": "Example Law Office",
        "until": clock.today() + timedelta(days=60),
        "email": LENA,
        **changes,
    }
    return enrolling.Wanted(**facts)


def enrolled(asks: User, agrees: User, **changes: Any) -> Approver:
    """Enrol somebody from outside, by two people."""
    now = timezone.now()
    made = enrolling.request(wanted(**changes), requester=actor(asks), reason="We work with her.", now=now)
    decide.approve(made.id, approver=actor(agrees), now=now)
    return Approver.objects.get(approval=made.id)


def sent(approval: Approval, outside: Approver, by: User) -> tuple[Ask, str]:
    """Mail the link; give the ask and the path of its page."""
    ask = asking.send(approval.id, outside, NOTE, by=by, now=timezone.now())
    return ask, "/decide/" + newest("outside_asked").partition("/decide/")[2].split()[0]


def newest(template: str) -> str:
    """Give the text of the newest mail of this template."""
    notice = Notice.objects.filter(template=template).order_by("-created_at")[0]
    ref = log.append_read(
        "mail.read", actor=SERVICE("tests"), subject=notice.subject, purpose="operations", obj="mail",
        body={"why": "test"}, cnt=1,
    )  # fmt: skip
    text: str = json.loads(vault.open(notice.content, under=ref))["text"]
    return text


def code() -> str:
    """Give the six digits that were mailed last."""
    return next(each for each in newest("outside_code").split() if len(each) == 6 and each.isdigit())


def opened(path: str) -> Client:
    """Open the page with a fresh code, as whoever reads the mailbox."""
    browser = Client()
    assert browser.post(path, {"do": "code"}).status_code == 302
    assert browser.post(path, {"do": "confirm", "code": code()}).status_code == 302
    return browser
