"""Files that brought too much, as an officer sees them (interface): what waits, until when, and what was decided."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.console.hours import local
from broker.console.officers import looked, officer_only
from broker.parties.models import User
from requests_app.completeness.models import OverDelivery
from requests_app.completeness.views import shown

SHOWN = 200


@officer_only
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Show open incidents, the one that is due first on top, and the newest decided ones; nothing is opened."""
    rows = OverDelivery.objects.select_related("manual", "file")
    waiting = rows.filter(state=OverDelivery.State.OPEN).order_by("due", "found_at")[:SHOWN]
    over = rows.filter(state=OverDelivery.State.DECIDED).order_by("-decided_at")[:SHOWN]
    context = {
        "waiting": [shown(each) for each in waiting],
        "over": [shown(each) for each in over],
        "today": local(timezone.now()).date(),
    }
    looked(user, "surplus")
    return render(request, "console/surplus.html", context)
