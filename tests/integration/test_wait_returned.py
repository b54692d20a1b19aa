"""The mail of a wait comes back, says a report that nothing proves: the desk is told what is true of a wait."""

from datetime import timedelta

import pytest
from django.utils import timezone

from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.waits.models import Wait
from broker.notices.models import Notice
from broker.notices.templatetags.notices import moment
from broker.parties.models import Role
from consents.models import Consent, PaperNotice
from requests_app import alerts, following
from requests_app.inbound.models import MailChoice
from requests_app.models import Message
from requests_app.receive import receive
from tests.integration.test_copy_returned import report
from tests.integration.test_held_files import signed_in
from tests.integration.test_waits import DAY, Small, end, sent, small

__all__ = ["small"]
HERS = "pat@member.example"


def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What the desk is mailed: what, detail and key."""
    found: list[tuple[str, str, str]] = []
    monkeypatch.setattr(following, "tell_staff", lambda what, detail, *, key: found.append((what, detail, key)))
    return found


def comes(wait: Wait, number: int = 0) -> Message:
    mail = Notice.objects.get(id=wait.notice).message_id
    raw = report(mail, recipient=HERS, sender="").replace(b"<dsn@", f"<dsn{number}@".encode())
    receive(raw, envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
    return Message.objects.filter(direction="in").latest("at")


def test_the_desk_is_told_when_the_act_would_be_done(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    wait, alerted = small.begun(), told(monkeypatch)
    late = wait.begun_at + timedelta(hours=1)  # the day counts from when the mail went out
    sent(wait, late)
    comes(wait)
    ((what, detail, key),) = alerted
    assert what == "Did the mail about an act that waits come back?"
    assert f"before {moment(late + DAY)}" in detail
    assert key.startswith(alerts.each_hour(f"wait_begun-returned:{wait.notice}", timezone.now())[:-3])


def test_the_desk_says_so_and_two_people_decide(small: Small) -> None:
    wait = small.begun()
    sent(wait)
    message, staff = comes(wait), signed_in(Role.STAFF)
    page = staff.post(f"/admin/held/{message.id}/").content.decode()
    assert "The mail about the wait did not arrive" in page
    assert "the wait is over, and two people decide about that act" in page
    for untrue in ("Her copy did not arrive", "her permission rests", "goes by post", "signer's copy"):
        assert untrue not in page
    done = staff.post(f"/admin/held/{message.id}/choose/", {"choice": "returned"}, follow=True).content.decode()
    assert "She counts as not told." in done
    assert "goes by post" not in done
    assert MailChoice.objects.get().get_what_display() == "a mail to a customer came back"
    end(wait, after=2 * DAY)
    assert (wait.state, Approval.objects.get().state) == ("returned", Act.REQUESTED)
    assert (Consent.objects.get().state, PaperNotice.objects.count()) == ("active", 0)


def test_of_an_act_that_was_done_no_time_is_named(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    wait, alerted = small.begun(), told(monkeypatch)
    Notice.objects.filter(id=wait.notice).update(state="refused")
    end(wait, after=DAY)
    assert wait.state == "over"
    comes(wait)
    ((what, detail, _key),) = alerted
    assert what == "Did the mail about an act that waited come back?"
    assert "The wait is over" in detail
    assert "before" not in detail
