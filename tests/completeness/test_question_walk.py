"""A customer takes her list with her and asks; an officer answers: each request leaves the declared events."""

import re
import uuid
from typing import Any

from django.test import Client
from django.utils import timezone

from broker.demo.visitor import Visitor
from broker.parties.models import Customer, Role, User
from consents import report_views
from consents.access_views import display_zone
from consents.models import Complaint
from tests.completeness.declared import DECLARED
from tests.completeness.forms import form, page
from tests.completeness.watch import Watch
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]


def officer_at(desk: Desk) -> Visitor:
    """A browser in which an officer is signed in."""
    user = User.objects.create_user("officer-one", full_name="Olga Officer", role=Role.OFFICER)
    kept = Client()
    kept.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    person = desk.visitor()
    person.http.cookies.set("sessionid", kept.cookies["sessionid"].value)
    return person


def test_a_list_a_question_and_its_reply_leave_what_is_declared(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(report_views, "PATIENCE", 0.0)
    person, officer = desk.grant(), officer_at(desk)
    watch = Watch(DECLARED, prefix="asked")
    watch.know("her", Customer.objects.get().id)
    entry = re.search(r"/my/access/\d+/ask/", person.get("/my/access/").text)
    assert entry is not None
    watch.step("my-access-copy GET", page(person, "/my/access/list.csv"))
    watch.step("my-access-ask GET", page(person, entry[0]))
    watch.step("my-access-ask GET foreign", page(person, "/my/access/7/ask/", expect=404))

    def asked() -> None:
        watch.names["question"] = str(Complaint.objects.get().id)

    watch.step("my-access-ask POST", form(person, entry[0], {"words": "What is this?"}), meanwhile=asked)
    own = f"/my/access/questions/{watch.names['question']}/"
    watch.step("my-question GET", page(person, own))
    watch.step("my-question GET foreign", page(person, f"/my/access/questions/{uuid.uuid4()}/", expect=404))
    _answered(watch, desk, officer)
    report = f"/my/access/report/{timezone.now().astimezone(display_zone()).year}/"
    watch.step("my-access-report GET", page(person, report))
    watch.step("my-access-report POST", form(person, report))
    desk.work()
    watch.step("my-access-report-pdf GET", page(person, f"{report}report.pdf"))
    watch.finish()


def _answered(watch: Watch, desk: Desk, officer: Visitor) -> None:
    one = f"/console/complaints/{watch.names['question']}/"
    watch.step("console-complaints GET", page(officer, "/console/complaints/"))
    watch.step("console-complaint GET", page(officer, one))
    other = User.objects.create_user("officer-two", full_name="Otto Officer", role=Role.OFFICER)
    owner: dict[str, object] = {"owner": str(other.id)}
    watch.step("console-complaint-assign POST", form(officer, one, owner, to=f"{one}assign/"))
    reply: dict[str, object] = {"reply": "Your own signature."}
    watch.step("console-complaint-answer POST", form(officer, one, reply, to=f"{one}answer/"))
    desk.work()
    watch.step("console-complaint-close POST", form(officer, one, to=f"{one}close/"))
