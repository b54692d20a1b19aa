"""The daily review: what is to be looked at, and the record that somebody did (interface)."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from broker.console import acting, criteria, numbers
from broker.console.forms import ReviewForm
from broker.console.hours import local
from broker.console.models import ReviewRecord
from broker.console.officers import looked, officer_only
from broker.parties.models import User

SHOWN = 60


@officer_only
@require_http_methods(["GET", "POST"])
def reviews(request: HttpRequest, user: User) -> HttpResponse:
    """What a day's review looks at and the reviews so far; the form records one, once a day."""
    now = timezone.now()
    day = _day(request, now)
    form = ReviewForm(request.POST) if request.method == "POST" else ReviewForm()
    if day is None:
        messages.error(request, _("There is no such day to review."))
        return redirect("console-reviews")
    if form.is_bound and form.is_valid():
        return _record(request, user, day, form.cleaned_data["note"])
    looked(user, "review", {"day": day.isoformat()})
    context = {
        "day": day,
        "items": [(each, criteria.of(each.filters).query) for each in numbers.to_review(day)],
        "done": ReviewRecord.objects.filter(day=day).select_related("reviewer").first(),
        "missing": numbers.reviews_missing(now),
        "records": ReviewRecord.objects.select_related("reviewer").order_by("-day")[:SHOWN],
        "form": form,
    }
    return render(request, "console/reviews.html", context, status=422 if form.is_bound else 200)


def _record(request: HttpRequest, user: User, day: date, note: str) -> HttpResponse:
    refusals, alarms = numbers.refusals_of(day), len(numbers.alarms())
    try:
        acting.review(user, day, note, refusals=refusals, alarms=alarms, now=timezone.now())
    except acting.AlreadyDone:
        messages.error(request, _("This day has its review already."))
    else:
        messages.success(request, _("The review is recorded."))
    return redirect("console-reviews")


def _day(request: HttpRequest, now: datetime) -> date | None:
    """The day that is meant: the one asked for, else the oldest that is missing, else today; never one to come."""
    today = local(now).date()
    asked = (request.POST if request.method == "POST" else request.GET).get("day")
    if not asked:
        return next(iter(numbers.reviews_missing(now)), today)
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return None
    return day if today - timedelta(days=366) < day <= today else None
