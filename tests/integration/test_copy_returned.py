"""The signer's copy comes back: her permission rests, the copy goes by post, and then it goes on."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.notices import sending
from broker.notices.models import Notice
from broker.rehearsal.coop_mailbox import success_dsn
from consents.checking.standing import Standing, standing
from consents.copy_returned import POST_DAYS
from consents.lifecycle import State
from consents.models import Consent, PaperNotice
from consents.paper import posting
from consents.suspending import standing as reasons
from requests_app.inbound.models import MailChoice
from requests_app.models import Message
from requests_app.receive import receive
from tests.integration.audit_support import acts
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.mail_support import signed_in as signed_in_staff
from tests.joint_world import person, signed_in
from tests.requests_world import RECEIVER

__all__ = ["desk"]

HOST = EMAIL.rpartition("@")[2]  # of her mail service


def report(
    message_id: str, *, action: str = "failed", recipient: str = EMAIL, sender: str = f"MAILER-DAEMON@{HOST}"
) -> bytes:
    """Write what her mail service writes when it could not deliver a mail of ours, with our own server's checks on top.

    Without a sender: what anybody can write, and nobody proved.
    """
    original = EmailMessage()
    original["Message-ID"] = message_id
    raw = success_dsn(original, recipient=recipient, sender="desk@localhost", message_id="<dsn@mx.member.example>")
    raw = raw.replace(b"Action: delivered", f"Action: {action}".encode())
    if not sender:
        return raw
    proof = f"Authentication-Results: {RECEIVER}; dmarc=pass header.from={sender.rpartition('@')[2]}\r\n"
    return proof.encode() + raw.replace(b"mailer-daemon@relay.example", sender.encode())


def take(raw: bytes) -> None:
    receive(raw, envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())


@pytest.mark.granted
def test_a_copy_that_comes_back_suspends_and_goes_by_post(desk: Desk) -> None:
    """Acceptance test 21: bounce leads to suspended."""
    desk.grant()
    consent = Consent.objects.get()
    mail = Notice.objects.get(template="receipt")
    take(report(mail.message_id, action="delayed"))
    take(report("<somebody@elsewhere.example>"))
    take(report(mail.message_id, recipient="nobody@member.example"))
    desk.work()
    consent.refresh_from_db()
    # Neither a delay nor a report about another mail or another mailbox is one.
    assert (consent.state, PaperNotice.objects.count()) == (State.ACTIVE, 0)
    take(report(mail.message_id))
    take(report(mail.message_id).replace(b"mx.member", b"mx2.member"))
    desk.work()
    consent.refresh_from_db()
    assert (consent.state, reasons(consent)) == (State.SUSPENDED, ["copy_bounced"])
    assert standing(consent.state, starts=consent.starts, ends=consent.ends, today=consent.starts) is Standing.SUSPENDED
    assert "On hold" in signed_in(desk).get("/my/").text
    letter = PaperNotice.objects.get()
    assert letter.template == "receipt"
    assert Notice.objects.filter(template="staff_alert", key__contains="copy-returned").count() == 1
    _user, staff = person("staff")
    assert posting.opened(letter, actor=staff).startswith(b"%PDF-")
    now = timezone.now()
    assert posting.posted(letter, actor=staff, now=now)
    jobs.run_due(now + POST_DAYS - timedelta(hours=1))
    consent.refresh_from_db()
    assert consent.state == State.SUSPENDED  # the post needs its days
    jobs.run_due(now + POST_DAYS + timedelta(minutes=1))
    consent.refresh_from_db()
    assert (consent.state, reasons(consent)) == (State.ACTIVE, [])
    assert acts().count("consent.suspended") == acts().count("consent.resumed") == 1


@pytest.mark.granted
@pytest.mark.parametrize("sender", ["", "mailer-daemon@elsewhere.example", f"another.member@{HOST}"])
def test_a_report_that_nothing_proves_rests_no_permission_until_a_person_says_so(desk: Desk, sender: str) -> None:
    """A hint for the desk: one alert in an hour, and one click."""
    desk.grant()
    consent, mail = Consent.objects.get(), Notice.objects.get(template="receipt")
    for number in range(3):
        take(report(mail.message_id, sender=sender).replace(b"<dsn@", f"<dsn{number}@".encode()))
    desk.work()
    consent.refresh_from_db()
    assert (consent.state, reasons(consent)) == (State.ACTIVE, [])
    assert Notice.objects.filter(template="staff_alert", key__contains="copy-returned").count() <= 2  # an hour may turn
    message = Message.objects.filter(direction="in").order_by("at")[0]
    assert message.kind == "held"
    staff, path = signed_in_staff(), f"/admin/held/{message.id}/"
    assert "Her copy did not arrive" in staff.post(path).content.decode()
    assert staff.post(f"{path}choose/", {"choice": "returned"}).status_code == 302
    assert staff.post(f"{path}choose/", {"choice": "returned"}).status_code == 302
    desk.work()
    consent.refresh_from_db()
    assert (consent.state, reasons(consent)) == (State.SUSPENDED, ["copy_bounced"])
    assert MailChoice.objects.get().what == "returned"
    assert PaperNotice.objects.get().template == "receipt"


@pytest.mark.granted
def test_no_other_mail_is_taken_for_a_copy_that_came_back(desk: Desk) -> None:
    desk.grant()
    take(b"From: x@elsewhere.example\r\nSubject: Hello\r\n\r\nWhich?\r\n")
    message, staff = Message.objects.get(direction="in"), signed_in_staff()
    assert "Her copy did not arrive" not in staff.post(f"/admin/held/{message.id}/").content.decode()
    staff.post(f"/admin/held/{message.id}/choose/", {"choice": "returned"})
    desk.work()
    assert not MailChoice.objects.exists()
    assert Consent.objects.get().state == State.ACTIVE


@pytest.mark.granted
def test_a_copy_that_a_server_refuses_for_good_has_come_back_too(desk: Desk) -> None:
    desk.grant()
    consent, mail = Consent.objects.get(), Notice.objects.get(template="receipt")
    Notice.objects.filter(id=mail.id).update(state="refused", sent_at=None)
    with transaction.atomic():
        view = jobs.JobView(mail.id, sending.KIND, mail.id, 1, 0, timezone.now())
        jobs.job_dead.send(sender=None, job=view, code="mail.refused")
    desk.work()
    consent.refresh_from_db()
    assert reasons(consent) == ["copy_bounced"]


@pytest.mark.granted
def test_what_has_ended_stays_as_it_ended(desk: Desk) -> None:
    desk.grant()
    consent, mail = Consent.objects.get(), Notice.objects.get(template="receipt")
    signed_in(desk).submit(f"/my/{consent.id}/stop/", {})
    take(report(mail.message_id))
    desk.work()
    consent.refresh_from_db()
    assert consent.state == State.REVOKED
    assert not PaperNotice.objects.filter(template="receipt").exists()
