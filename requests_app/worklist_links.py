"""The desk's other pages beside the worklist, each with its count (interface)."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from broker.inlets import overrides
from consents.checking.models import ClerkAct
from consents.identity.models import PostedCode
from consents.joint import ending_both
from consents.joint.models import Objection
from consents.models import Consent, PaperNotice, Suspension
from consents.paper.models import PaperEntry
from consents.stopping.models import StopAlert
from requests_app.differences import query as differences
from requests_app.fees import by_word
from requests_app.hooks import query as hooks
from requests_app.models import ManualRequest


@dataclass(frozen=True)
class Link:
    """A page of the desk beside the requests, and how many things stand on it."""

    url: str
    title: str
    count: int


def links() -> list[Link]:
    """Give the desk's other pages, each with its count; nothing is opened."""
    held_back = Consent.objects.filter(
        suspensions__because=Suspension.Because.ABUSE, suspensions__lifted_at=None, ended_at=None
    )
    papers = PaperEntry.objects.filter(state=PaperEntry.State.WAITING).count() + len(by_word.all_waiting())
    return [
        Link(
            reverse("admin:identity"),
            "Letters with a code to print",
            PostedCode.objects.filter(state=PostedCode.State.WAITING).count(),
        ),
        Link(reverse("admin:stops"), "Stops: alerts", StopAlert.objects.filter(closed_at=None).count()),
        Link(reverse("admin:paper"), "Letters on paper", papers + PaperNotice.objects.filter(posted_at=None).count()),
        Link(reverse("admin:webhooks"), "Webhooks: messages given up", hooks.dead_letters().count()),
        Link(reverse("admin:clerk-acts"), "What the co-op said", ClerkAct.objects.count()),
        Link(reverse("admin:differences"), "Sources that do not agree", differences.open_topics().count()),
        Link(reverse("admin:objections"), "Objections", Objection.objects.filter(resolved_at=None).count()),
        Link(
            reverse("admin:gate"),
            "False alarms of the gate that wait for a second person",
            overrides.open_ones(timezone.now()).filter(asked_by__isnull=False, released_by=None).count(),
        ),
        Link(reverse("admin:both"), "Both must agree", len(ending_both.standing())),
        Link(reverse("admin:held-consents"), "Held permissions", held_back.distinct().count()),
        Link(
            reverse("admin:numbers"),
            "Numbers: requests that arrived",
            ManualRequest.objects.filter(day0__isnull=False).count(),
        ),
    ]
