"""What officers and approvers have before them: approvals, packs, demands, holds, views, sign-ups, alarms."""

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.console.holds.models import LegalHold
from broker.console.incidents.models import Incident
from broker.console.models import SavedView, ViewAlert
from broker.console.outside import allowed
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.console.rights.models import Item
from broker.console.waits.models import Wait
from broker.duties import team
from broker.duties.bars import actor_of
from broker.parties.models import Customer, Role, User
from broker.parties.staff import start_enrolment
from requests_app.recipients.models import SignUp
from tests import clock
from tests.authz.hers import CODE, known
from tests.authz.named import Named
from tests.integration.test_joining import APPLY
from tests.outside_world import enrolled, sent
from tests.requests_world import ACTOR, World


def own(named: Named, w: World) -> None:
    """Make one of each thing that officers work with."""
    officer, own, today = named.browsers["officer"], named.own, clock.today()
    review = str(today + timedelta(days=60))
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
    own |= _outside()
    own["enrol"] = start_enrolment("olga", "Olga Officer", Role.OFFICER, now=timezone.now())


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
