"""What else waits for an officer, counted by the packages that keep it (interface)."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.console.holds import logins
from broker.console.holds.models import HoldState, LegalHold
from broker.console.hours import local
from broker.console.incidents import recording as incidents
from broker.console.outside import allowed as outside
from broker.console.packs.models import LegalDemand
from broker.console.rights import counting as rights
from broker.console.waits import allowed as waits
from broker.duties import bars, glass
from broker.inlets import incidents as gate
from broker.inlets import watching
from broker.parties.signin import alerts
from consents import complaints
from requests_app.completeness.models import OverDelivery
from requests_app.recipients import joining


class Due(NamedTuple):
    """One kind of thing that waits, how many, how many of them are late, and where."""

    title: str
    number: int
    late: int
    path: str


def everything(now: datetime) -> list[Due]:
    """Give each kind of thing that waits; kinds without a page of their own are left out."""
    asked = Approval.objects.filter(state=State.REQUESTED, expires_at__gt=now)
    demands = LegalDemand.objects.filter(Q(decision__isnull=True) | Q(produced__isnull=True, withheld__isnull=True))
    today = local(now).date()
    kept = LegalHold.objects.exclude(state=HoldState.RELEASED)
    to_review = kept.filter(review_on__lte=today)
    too_much = OverDelivery.objects.filter(state=OverDelivery.State.OPEN)
    found = (
        ("Questions open", complaints.open_count(now), complaints.overdue(now).count(), "console-complaints"),
        ("Incidents of data open", len(incidents.open_ones()), len(incidents.late_ones(now)), "console-incidents"),
        ("Incidents of the gate open", gate.open_ones().count(), 0, "console-gate"),
        ("Legal demands open", demands.count(), demands.filter(due_on__lt=today).count(), "console-demands"),
        ("Legal holds to review", to_review.count(), to_review.filter(review_on__lt=today).count(), "console-holds"),
        *((title, number, late, "console-retention") for title, number, late in logins.overdue(today)),
        ("Files that brought too much", too_much.count(), too_much.filter(due__lt=today).count(), "console-surplus"),
        ("Broken glasses to review", *glass.to_review(now), "console-glass"),
        ("Roles and keys to review", *rights.waiting(now), "console-rights"),
        ("Acts for which nobody here is the second person", len(waits.candidates(now)), 0, "duties-waits"),
        ("People without a work mailbox", len(alerts.without_mailbox()), 0, "signin-leaving"),
        ("Acts that somebody from outside can decide", len(outside.candidates(now)), 0, "duties-outside"),
        ("Disclosures that are stopped", int(bars.stop_now() is not None), 0, "duties-switch"),
        ("Suspended by an officer or a missed review", len(bars.suspensions()), 0, "duties-suspensions"),
        ("Suspended by the gate, for portal logins", len(watching.suspended()), 0, "console-gate"),
        ("Organisations that ask to be enrolled", joining.unanswered(), 0, "console-organisations"),
        ("Two-person acts that wait for the second person", asked.count(), 0, "console-approvals"),
    )
    return [Due(title, number, late, path) for title, number, late, name in found if (path := _path(name))]


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
