""" "Who saw my data" over real HTTP, from the signature to the reply: what a customer does with an ordinary browser."""

import re

from django.utils import timezone

from broker.parties.models import Role, User
from broker.terms import Actor
from consents import complaints, report_views
from consents.actions import central_today
from consents.models import Complaint
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]


def test_from_the_signature_to_the_reply(desk: Desk, monkeypatch) -> None:
    monkeypatch.setattr(report_views, "PATIENCE", 0.0)
    officer = User.objects.create_user("officer-one", full_name="Olga Officer", role=Role.OFFICER)
    person = desk.grant()
    page = person.get("/my/access/").text
    for part in (
        "You agreed to share",
        "Your letter was sealed",
        "Your signed letter was opened",
        "A message was sent",
    ):
        assert part in page
    entry = re.search(r"/my/access/(\d+)/ask/", page)
    assert entry is not None
    asked = person.submit(entry[0], {"words": "What is this line?"})
    made = Complaint.objects.get()
    assert made.number in asked.text
    assert made.owner == officer
    assert "Olga" not in asked.text
    complaints.answer(
        made, "Your own signature.", user=officer, actor=Actor("s", officer.id, role="officer"), now=timezone.now()
    )
    mail = desk.mail("Our reply to your question")
    assert "Your own signature." in mail["text"]
    assert "Your own signature." in person.get(f"/my/access/questions/{made.id}/").text
    copy = person.get("/my/access/list.csv")
    assert copy.headers["Content-Type"].startswith("text/csv")
    assert "Your question was answered" in copy.text
    report = f"/my/access/report/{central_today(timezone.now()).year}/"
    person.submit(report)
    desk.work()
    pdf = person.get(f"{report}report.pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Cache-Control"].startswith("max-age=0")
