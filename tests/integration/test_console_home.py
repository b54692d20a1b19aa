"""The console's home: whom it leads where, and what it says of an entry without a place."""

import re

from django.urls import reverse

from broker.audit import signer
from broker.parties.models import Role
from consents.stopping.lifecycle import Reached
from consents.stopping.models import Stop
from tests.integration.audit_support import integrate
from tests.integration.console_support import desk, officer, w
from tests.integration.test_release import revoke
from tests.requests_world import World, run_job

__all__ = ["desk", "w"]


def test_an_approver_is_led_from_the_home_to_what_waits_for_a_decision(w: World) -> None:
    answer = officer(Role.APPROVER).get(reverse("console"), follow=True)
    assert answer.redirect_chain == [(reverse("console-approvals"), 302)]
    assert answer.status_code == 200
    assert officer(Role.APPROVER).get(reverse("console-log")).status_code == 404


def test_the_home_leads_to_the_ends_that_are_not_settled(w: World, desk: signer.Desk) -> None:
    manual = w.manual()
    run_job("manual.send", manual.id)
    revoke(w)  # the co-op is still to be told
    integrate(desk.answer)
    client = officer()
    home = client.get(reverse("console")).text
    assert "?computed=unsettled" in home
    stop = Stop.objects.filter(targets__state=Reached.WAITING).distinct().get()
    shown = client.get(reverse("console-log"), {"computed": "unsettled"}).text
    assert reverse("console-event", args=[stop.audit_event_id]) in shown


def test_an_entry_that_waits_shows_no_raw_number(w: World) -> None:
    w.requested()
    page = officer().get(reverse("console-log")).text
    assert ">waiting<" in page
    assert not re.search(r"waiting[^/]*>\s*\d{6,}", page)
