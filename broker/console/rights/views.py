"""Reviews of rights: how far one is, each right with its verdict, and the results of earlier ones (interface)."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.console.packs.guard import actor_of, two_people, viewed
from broker.console.rights import asks, beginning, counting, deciding, rules
from broker.console.rights.forms import VerdictForm
from broker.console.rights.models import Item, Review
from broker.parties.models import User
from consents import complaints

SHOWN = 20
SAID = {
    "rights.role": "Your role does not do this.",
    "rights.own": "It is your own, or your recipient’s: another person looks at it.",
    "rights.over": "Somebody said it already, or the review is over.",
    "rights.why": "Say why: it is taken away, or it was not used for 60 days.",
    "rights.last": "This is the last of its role. Invite another one first, or keep it.",
    "rights.asked": "A second person is asked about this already.",
}
State = Item.State


@two_people
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Show the newest review with its rights, and what came of earlier ones."""
    found, now = list(Review.objects.order_by("-number")[:SHOWN]), timezone.now()
    rows = _rows(found[0]) if found else []
    viewed(user, "rights", cnt=len(rows))
    context = {
        "review": found[0] if found else None,
        "over": bool(found) and found[0].closed_at is None and found[0].ends_at < now,
        "rows": sorted(asks.words(rows).items(), key=lambda row: not asks.waits(*row)),
        "done": len(rows) - asks.unlooked(found[0].items.all()) if found else 0,
        "late": counting.late(now),
        "earlier": [(each, _result(each)) for each in found if each.closed_at is not None],
        "may_begin": beginning.open_one() is None,
        "every": settings.ACCESS_REVIEW_EVERY_DAYS,
        "user_id": user.id,
    }
    return render(request, "console/rights/list.html", context)


@two_people
@require_POST
def begin(request: HttpRequest, user: User) -> HttpResponse:
    """Begin a review before its day."""
    if beginning.begin(actor=actor_of(user), now=timezone.now()) is None:
        messages.error(request, "A review is open already.")
    return redirect("console-rights")


@two_people
@require_GET
def one(request: HttpRequest, user: User, item_id: uuid.UUID) -> HttpResponse:
    """Show one right, and the form for whoever does not hold it."""
    return _page(request, user, _item(item_id), VerdictForm())


@two_people
@require_POST
def decide(request: HttpRequest, user: User, item_id: uuid.UUID) -> HttpResponse:
    """Keep a right, or take it away at once; of who decides two people take it away."""
    item, form = _item(item_id), VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, user, item, form)
    act = deciding.keep if form.cleaned_data["verdict"] == "keep" else deciding.take
    if code := act(item.id, user, form.cleaned_data["why"].strip(), now=timezone.now()):
        if code == "rights.why":
            form.add_error("why", SAID[code])
            return _page(request, user, item, form)
        messages.error(request, SAID[code])
        return redirect("console-rights-one", item.id)
    item.refresh_from_db()
    asked = " A second person is asked to agree." if item.approval else ""
    messages.success(request, f"{item.get_state_display().capitalize()}.{asked}")
    return redirect("console-rights")


def _item(item_id: uuid.UUID) -> Item:
    return get_object_or_404(Item.objects.select_related("review", "person", "application__organisation"), id=item_id)


def _rows(review: Review) -> list[Item]:
    rows = review.items.select_related("person__organisation", "application__organisation")
    return sorted(rows, key=lambda item: (item.role, str(item.id)))


def _result(review: Review) -> list[tuple[str, int]]:
    found = beginning.counts(review)
    return [(str(state.label), found[state.value]) for state in State if found[state.value]]


def _page(request: HttpRequest, user: User, item: Item, form: VerdictForm) -> HttpResponse:
    viewed(user, "right", {"item": item.id})
    today = complaints.calendar().today(timezone.now())
    reviewer = User.objects.filter(id=item.reviewer).first() if item.reviewer else None
    context = {
        "item": item,
        "reviewer": reviewer,
        "idle": rules.needs_reason(item.last_used, today),
        "form": form if asks.may_be_decided(item, timezone.now()) and item.person_id != user.id else None,
        "became": asks.words([item])[item],
    }
    return render(request, "console/rights/one.html", context, status=422 if form.errors else 200)
