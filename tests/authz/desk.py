"""What the records desk has before it: requests, mails, files, letters to enter, differences, refusals of the gate."""

import uuid
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.inlets.models import Incident, Refused
from broker.parties.models import Role, User
from broker.rehearsal import paper
from broker.terms import Actor
from consents import electronic
from consents.checking import acts as clerk
from consents.checking.models import ClerkAct
from consents.joint.models import CoApproval
from consents.models import LetterOfAuthorization
from consents.paper.models import PaperEntry, PaperLetter
from consents.stopping import progress
from consents.stopping.lifecycle import Kind
from consents.stopping.models import StopAlert, StopTarget
from requests_app.completeness.models import OverDelivery
from requests_app.desk_work.models import Absence
from requests_app.differences.models import Difference
from requests_app.fees import by_word
from requests_app.fees.lifecycle import SaidBy
from requests_app.fees.models import Question, WrittenYes
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests import clock
from tests.authz.named import Named
from tests.integration.desk_support import drawn
from tests.integration.test_one_value import OCTOBER, compared, of_days, shares
from tests.integration.test_paper import jpeg, paper_form
from tests.joint_world import objection
from tests.requests_world import ACCOUNT, ACTOR, World, reply, run_job

SECRET = "Thimble!Gravel8"


def own(named: Named, w: World) -> None:
    """Make one of each thing that staff work with."""
    staff, own = named.browsers["staff"], named.own
    manual = w.manual(data_types=["bill"])
    run_job("manual.send", manual.id)
    own |= {"waiting": manual.id, "waiting_request": manual.request_id}
    _thread(named, staff, manual)
    _people(named, staff)
    _holders(named)
    _paper(named, staff)
    shares(w, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    compared()
    own["topic"] = Difference.objects.get().topic
    letter = LetterOfAuthorization.objects.get(consent=w.consent)
    assert clerk.released(letter, once=uuid.uuid4(), address="", now=timezone.now()) == "done"
    own["act"] = ClerkAct.objects.get().id
    _fee(named, w, staff)
    _gate(named)
    _surplus(named, manual)
    _to_post(named, w)
    _alert(named)


def _thread(named: Named, staff: Client, manual: ManualRequest) -> None:
    report = paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])
    said = {"way": "post", "kind": "own_form", "words": "They want a form.", "on": clock.today().isoformat()}
    said["scan"] = SimpleUploadedFile("form.pdf", report, "application/pdf")
    assert staff.post(f"/admin/requests/{manual.id}/heard/", said).status_code == 302
    receive(b"From: x@e.example\r\n\r\nBuy", envelope_from="", envelope_to=["x@localhost"], now=timezone.now())
    receive(
        reply(manual, csv=False, text="Which meter do you mean?"),
        envelope_from="",
        envelope_to=[f"r.{manual.thread_token}@localhost"],
        now=timezone.now(),
    )
    named.own |= {
        "message": Message.objects.filter(manual=manual, direction="out").latest("at").id,
        "scan": Message.objects.get(kind="post").id,
        "held": Message.objects.get(kind="held", manual=None).id,
    }


def _people(named: Named, staff: Client) -> None:
    one, two, day = User.objects.get(role=Role.STAFF), User.objects.get(role=Role.OPERATOR), clock.today().isoformat()
    said = {"person": str(one.id), "cover": str(two.id), "first": day, "last": day}
    assert staff.post("/admin/away/", said).status_code == 302
    named.own["absence"] = Absence.objects.get().id


def _holders(named: Named) -> None:
    named.own |= {"both": CoApproval.objects.get().id, "objection": objection(number="40900099").id}


def _paper(named: Named, staff: Client) -> None:
    assert Client().post("/share/paper/acme/letter.pdf").status_code == 200
    form = paper_form(PaperLetter.objects.get().code)
    form["scan"] = SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg")
    assert staff.post("/admin/paper/enter/", form).status_code == 302
    named.own["paper"] = PaperEntry.objects.get().id


def _fee(named: Named, w: World, staff: Client) -> None:
    manual = w.manual(data_types=["usage_daily"], **{"from": "2025-03-01", "to": "2025-04-01"})
    run_job("manual.send", manual.id)
    acts = f"/admin/requests/{manual.id}/acts/"
    assert staff.post(f"{acts}quote/", {"amount": "35.00", "said_by": "phone"}).status_code == 302
    assert staff.post(f"{acts}ask/", drawn(manual, "ask") | {"asks": "fee"}).status_code == 302
    question = Question.objects.get(manual=manual)
    named.own |= {"asked_manual": manual.id, "question": question.id}
    said = by_word.Said(SaidBy.POST, clock.today(), Decimal("35.00"), scan=jpeg())
    writer = Actor("s", User.objects.get(role=Role.STAFF).id, role="staff")
    with patch.object(by_word, "on_paper", return_value=True):  # as if she dealt on paper
        written = by_word.write(question, said, actor=writer, now=timezone.now())
    assert isinstance(written, WrittenYes)
    named.own["yes"] = written.id


def _gate(named: Named) -> None:
    answer = Client().post("/my/sign-in/", {"note": f"my portal password is {SECRET}"})
    assert answer.status_code == 403
    named.own |= {"refused": Refused.objects.get().id, "incident": Incident.objects.get().id}


def _surplus(named: Named, manual: ManualRequest) -> None:
    """Let a usage report come for a request for bills, of which a person found that it is too much."""
    to = [f"r.{manual.thread_token}@localhost"]
    receive(reply(manual, csv=False, pdf=True), envelope_from="", envelope_to=to, now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    facts: dict[str, Any] = {"kinds": [], "pages": [], "months": {}, "found_at": timezone.now(), "due": clock.today()}
    with transaction.atomic():
        ref = log.append("file.surplus", actor=ACTOR, subject=file.consent.customer_id, obj="received_file", body={})
        OverDelivery.objects.create(manual=manual, file=file, **facts, audit_event_id=ref.id)
    named.own["surplus"] = file.id


def _to_post(named: Named, w: World) -> None:
    """Have a notice to her printed, as where she deals on paper."""
    context = {"number": w.consent.number, "who": "Acme Advisors", "my_path": "/my/"}
    message = electronic.Message("objection_paused", w.customer, context, "to post", w.consent)
    with transaction.atomic():
        ref = electronic.printed(message, actor=ACTOR)
        named.own["notice"] = electronic.deliver_message(message, to=None, ref=ref, now=timezone.now())


def _alert(named: Named) -> None:
    """Let the recipient whose permission ended have said nothing of its copies."""
    target = StopTarget.objects.get(kind=Kind.DELETION)
    with transaction.atomic():
        ref = log.append("stop.alerted", actor=ACTOR, subject=target.stop.consent.customer_id, body={})
        alert = progress.alarm(target, StopAlert.Why.NOT_ATTESTED, ref=ref, now=timezone.now())
    assert alert is not None
    named.own["stop_alert"] = alert.id
