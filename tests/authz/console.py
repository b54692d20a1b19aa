"""What officers and approvers have before them: approvals, packs, demands, holds, views, sign-ups, alarms."""

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.audit import log
from broker.console.glass.telling import review_by
from broker.console.holds import placing
from broker.console.holds.models import Disposal, LegalHold, Rule, Scope
from broker.console.holds.placing import Wanted
from broker.console.incidents.models import Incident
from broker.console.models import SavedView, ViewAlert
from broker.console.outside import allowed
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.console.rights.models import Item
from broker.console.waits.models import Wait
from broker.duties import bars, glass, team
from broker.duties.bars import actor_of
from broker.duties.models import Bar
from broker.inlets import watching
from broker.inlets.models import Watched
from broker.inlets.sending import Sender
from broker.parties import links
from broker.parties.keys import create_application
from broker.parties.models import Customer, EmailLink, Organisation, Role, User
from broker.parties.signin import leaving
from broker.parties.staff import create_user, start_enrolment
from requests_app.recipients import joining
from requests_app.recipients.models import SignUp
from tests import clock
from tests.authz.hers import CODE, known
from tests.authz.named import Named
from tests.integration.holds_support import keep
from tests.integration.test_joining import APPLY, MAIL
from tests.outside_world import enrolled, sent
from tests.requests_world import ACTOR, World, run_job


def own(named: Named, w: World) -> None:
    """Make one of each thing that officers work with."""
    officer, own, today = named.browsers["officer"], named.own, clock.today()
    review = str(today + timedelta(days=60))
    own["disposal"] = _destroyed()
    own["log_event"] = log.append("log.reviewed", actor=ACTOR, subject=None, body={}).id
    own["alarm"] = log.append("alarm.canary", actor=ACTOR, subject=None, body={}, res="error").id
    hold = {"customer": str(w.customer.id), "scope": "everything", "reason": "Case 4", "review_on": review}
    _sent(officer, "/console/holds/place/", hold)
    own["hold"] = LegalHold.objects.get().id
    pack = {"place": "3", "kind": "consent", "scope_id": str(w.consent.id), "redaction": "masked"}
    pack |= {"recipient": "A court", "purpose": "To answer", "basis": "audit"}
    _sent(officer, "/console/packs/new/", pack)
    made = EvidencePack.objects.get()
    own |= {"pack": made.id, "approval": made.approval_id}
    demand = {"authority": "A court", "kind": "subpoena", "reference": "CV-1", "asked": "All of it"}
    _sent(officer, "/console/demands/new/", {**demand, "received_on": str(today), "due_on": str(today)})
    own["demand"] = LegalDemand.objects.get().id
    incident = {"source": "officer", "words": "Bills were opened without need."}
    incident |= dict.fromkeys(("happened_from", "known_at"), f"{today - timedelta(days=1)}T12:00")
    _sent(officer, "/console/incidents/new/", incident)
    own["breach"] = Incident.objects.get().id
    _sent(officer, "/console/rights/begin/", {})
    own["item"] = Item.objects.get(role=Role.STAFF).id
    own["wait"] = _wait(w.customer).id
    _sent(officer, "/console/views/save/", {"name": "Mine", "notify": "on", "filter-res": "denied"})
    view = own["view"] = SavedView.objects.get().id
    with transaction.atomic():
        ref = log.append("view.opened", actor=ACTOR, subject=None, body={})
        facts = {"view_id": view, "event": own["alarm"], "raised_at": timezone.now()}
        own["alert"] = ViewAlert.objects.create(**facts, audit_event_id=ref.id).id
    _sign_up(named)
    row = _enrolled()
    own |= {"enrolled": row.id, "left": _left(row.organisation)}
    own |= _kept_out(w)
    own["glass"] = _broken_glass(w.customer)
    own["user"] = User.objects.get(username="ana").id
    own |= _outside()
    own["enrol"] = start_enrolment("olga", "Olga Officer", Role.OFFICER, now=timezone.now())


def _two() -> tuple[User, User]:
    return User.objects.get(username="the-officer"), User.objects.get(username="the-approver")


def _destroyed() -> uuid.UUID:
    """Let two people have somebody's case destroyed, before there is anything else on which the keeper could work."""
    officer, approver = map(actor_of, _two())
    subject, now = uuid.uuid4(), timezone.now()
    vault.seal_file(b"a mail", subject=subject, name="mail.eml")
    wanted = Wanted(subject, vault.CASE, now.year, Scope.EVERYTHING, Rule.ERASURE)
    asked = placing.ask_destruction(wanted, "She asked us to.", officer=officer, now=now)
    decide.approve(asked.id, approver=approver, now=now)
    keep(timezone.now())
    return Disposal.objects.get(state="finished").id


def _enrolled() -> SignUp:
    """Enrol another organisation that asked; its contact has not signed in yet."""
    officer, approver = map(actor_of, _two())
    now = timezone.now()
    with known("y" * 43):
        link = links.begin(MAIL, EmailLink.Purpose.JOIN, organisation=None, language="en", now=now)
    assert link is not None
    assert links.check_code(link, CODE, now=now).ok
    link.refresh_from_db()
    said = joining.Asked(**{**APPLY, "purposes": tuple(APPLY["purposes"])})
    row = joining.ask(link, said, language="en", now=now)
    assert isinstance(row, SignUp)
    made = joining.propose(row, "enrol", "prairie", requester=officer, reason="Looked it up.", now=now)
    decide.approve(made.id, approver=approver, now=now)
    run_job(joining.CARRY_OUT, made.id)
    row.refresh_from_db()
    return row


def _left(house: Organisation | None) -> uuid.UUID:
    """Have somebody disabled who left."""
    (officer, _approver), now = _two(), timezone.now()
    lou = create_user("lou", "A person who left", Role.ANALYST, password=None, actor=ACTOR, organisation=house)
    assert leaving.disable(lou, by=officer, reason="Left.", now=now) is None
    return lou.id


def _kept_out(w: World) -> dict[str, Any]:
    """Suspend a program by an officer, and by the gate as it sends logins again and again."""
    (officer, _approver), now = _two(), timezone.now()
    until = now + timedelta(days=90)
    program, _key = create_application(w.organisation, "Runaway", "test", expires_at=until, actor=ACTOR, now=now)
    why: dict[str, Any] = {"actor": actor_of(officer), "why": "It asks too much.", "now": now}
    bar = bars.suspend(program, Bar.Because.OFFICER, **why)
    assert bar is not None
    with transaction.atomic():
        ref = log.append("gate.refused", actor=ACTOR, subject=None, body={}, res="denied")
        for _ in range(watching.SUSPENDED_AT):
            watching.sent(Sender(application=program), ref=ref, now=now)
    return {"bar": bar.id, "watched": Watched.objects.get(application=program).id}


def _broken_glass(customer: Customer) -> uuid.UUID:
    (officer, _approver), now = _two(), timezone.now()
    how: dict[str, Any] = {"lasts": timedelta(hours=4), "review_by": review_by(now), "own": False, "now": now}
    return glass.break_glass(customer, officer, "A house burns.", **how).id


def _wait(customer: Customer) -> Wait:
    """Let an act about her wait a day, as where nobody is the second person."""
    now, by = timezone.now(), User.objects.filter(role=Role.OFFICER).earliest("created_at")
    facts = {"subject": customer.id, "about": uuid.uuid4()}
    with transaction.atomic():
        asked = decide.request("file.accept_held", requester=actor_of(by), reason="Needed.", now=now, **facts)
        ref = log.append("waits.begun", actor=actor_of(by), subject=customer.id, body={})
        told = {"notice": uuid.uuid4(), "begun_by": by.id, "begun_at": now, "ends_at": now + timedelta(hours=24)}
        return Wait.objects.create(approval=asked.id, customer=customer, **told, audit_event_id=ref.id)


def _outside() -> dict[str, Any]:
    """Enrol somebody from outside, and ask that person about an act, as where nobody is the second person."""
    two = User.objects.filter(role__in=[Role.OFFICER, Role.APPROVER]).order_by("role", "created_at")
    officer, approver = two.filter(role=Role.OFFICER)[0], two.filter(role=Role.APPROVER)[0]
    lena, now = enrolled(approver, officer), timezone.now()
    facts = {"subject": uuid.uuid4(), "about": uuid.uuid4()}
    asked = decide.request("objection.dismiss", requester=actor_of(officer), reason="Needed.", now=now, **facts)
    with patch.object(allowed, "lacking", return_value=team.FROM_OUTSIDE):
        ask, path = sent(asked, lena, approver)
    return {"outside": lena.id, "outside_ask": ask.id, "outside_token": path.split("/")[2]}


def _sent(browser: Client, path: str, form: dict[str, Any]) -> None:
    answer = browser.post(path, form)
    assert answer.status_code == 302, (path, answer.status_code, answer.content[-2000:])


def _sign_up(named: Named) -> None:
    browser, token = Client(), "z" * 43
    with known(token):
        _sent(browser, "/join/", {"email": "dana@prairie.example"})
    _sent(browser, f"/join/open/{token}/", {})
    _sent(browser, "/join/code/", {"code": CODE})
    _sent(browser, "/join/apply/", APPLY)
    named.own["sign_up"] = SignUp.objects.get().id
