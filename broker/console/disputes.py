"""Objections as an officer sees them (interface): mailboxes whose objections were not right, and what waits for two."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from broker.console.officers import looked, officer_only
from broker.parties.models import User
from consents.joint.models import Objection

State = Objection.State
SHOWN = 200


@officer_only
@require_GET
def objections(request: HttpRequest, user: User) -> HttpResponse:
    """Show open objections, and closed ones of mailboxes with more than one dismissed; nothing is opened."""
    waiting = list(_rows().exclude(state__in=(State.UPHELD, State.DISMISSED)).order_by("made_at")[:SHOWN])
    mailboxes = Objection.objects.filter(state=State.DISMISSED).values("mailbox_index")
    again = mailboxes.annotate(n=Count("id")).filter(n__gt=1).values("mailbox_index")
    repeated = list(_rows().filter(mailbox_index__in=again).order_by("mailbox_index", "made_at")[:SHOWN])
    looked(user, "objections")
    return render(request, "console/objections.html", {"waiting": waiting, "repeated": repeated})


def _rows() -> QuerySet[Objection]:
    open_ones = Count("reach", filter=Q(reach__lifted_at=None))
    return Objection.objects.annotate(reached=open_ones).defer("account_number", "name", "email")
