"""The signer's copy comes back: her permission rests, the copy goes by post, and then it goes on."""

from datetime import timedelta
from email.message import EmailMessage

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
from requests_app.receive import receive
from tests.integration.audit_support import acts
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import person, signed_in

__all__ = ["desk"]


def report(message_id: str, *, action: str = "failed") -> bytes:
    """Write what a mail server writes when it could not deliver a mail of ours."""
    original = EmailMessage()
    original["Message-ID"] = message_id
    raw = success_dsn(original, recipient=EMAIL, sender="desk@localhost", message_id="<dsn@mx.member.example>")
    return raw.replace(b"Action: delivered", f"Action: {action}".encode())


def take(raw: bytes) -> None:
    receive(raw, envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())


def test_a_copy_that_comes_back_suspends_and_goes_by_post(desk: Desk) -> None:
    """Acceptance test 21: bounce leads to suspended."""
    desk.grant()
    consent = Consent.objects.get()
    mail = Notice.objects.get(template="receipt")
    take(report(mail.message_id, action="delayed"))
    take(report("<somebody@elsewhere.example>"))
    desk.work()
    consent.refresh_from_db()
    assert consent.state == State.ACTIVE  # neither a delay nor a report about another mail is one
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


def test_what_has_ended_stays_as_it_ended(desk: Desk) -> None:
    desk.grant()
    consent, mail = Consent.objects.get(), Notice.objects.get(template="receipt")
    signed_in(desk).submit(f"/my/{consent.id}/stop/", {})
    take(report(mail.message_id))
    desk.work()
    consent.refresh_from_db()
    assert consent.state == State.REVOKED
    assert not PaperNotice.objects.filter(template="receipt").exists()
