"""The closing days of a utility, which an officer adds, opens or confirms (interface)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker import publishing
from broker.console.officers import actor_of, looked, officer_only
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import User
from broker.terms import Refusal
from broker.utilities.calendar import SATURDAY
from broker.utilities.closings import Act, Certainty
from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars, moving
from requests_app.clocks.models import ClosingChange
from requests_app.clocks.words import CHOSEN, SOURCES

BACK, AHEAD = timedelta(days=366), timedelta(days=800)
SHOWN_BACK = timedelta(days=30)
SHORT = timedelta(days=180)  # closing days should be known so far ahead
_SELECT = {"class": "usa-select"}


class DayForm(GatedFormMixin, forms.Form):
    """One closing day: which, what it is, and how we know."""

    gate_inlet = "admin_note"
    act = forms.ChoiceField(choices=[(each.value, each.value) for each in Act])
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}))
    name = forms.ChoiceField(
        label="Why it is closed",
        required=False,
        choices=[(each, each) for each in CHOSEN],
        widget=forms.Select(attrs=_SELECT),
    )
    source = forms.ChoiceField(label="How we know", choices=list(SOURCES.items()), widget=forms.Select(attrs=_SELECT))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        """Take a weekday of the last year or of the next two."""
        day: date = self.cleaned_data["day"]
        if day.weekday() >= SATURDAY:
            raise forms.ValidationError("This is a weekend; the office is closed anyway.")
        if not self.today - BACK <= day <= self.today + AHEAD:
            raise forms.ValidationError("Please choose a day of the last year or of the next two years.")
        return day

    def clean(self) -> dict[str, Any]:
        """A day that is closed has a name; whatever the news say is assumed and confirms nothing."""
        data = super().clean()
        if data.get("act") == Act.CLOSE and not data.get("name") and "name" not in self.errors:
            self.add_error("name", "Why is it closed?")
        if data.get("act") == Act.CONFIRM and data.get("source") == "news":
            self.add_error("source", "Only the co-op itself can confirm a day.")
        return data

    @property
    def certainty(self) -> Certainty:
        """Give how sure the source makes it."""
        return Certainty.ASSUMED if self.cleaned_data["source"] == "news" else Certainty.CONFIRMED


@officer_only
@require_GET
def first(_request: HttpRequest, _user: User) -> HttpResponse:
    """Lead to the closing days of the first utility; its page names the others."""
    return redirect("console-closing-days", publishing.reachable()[0])


@officer_only
@require_http_methods(["GET", "POST"])
def closing_days(request: HttpRequest, user: User, utility: str) -> HttpResponse:
    """Show a utility's closing days and every change; change one, which moves the open requests in the same moment."""
    profile, now = publishing.profile(utility), timezone.now()
    if profile is None:
        raise Http404
    today = now.astimezone(profile.tz).date()
    form = DayForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        _change(request, user, profile, form)
        return redirect("console-closing-days", utility)
    looked(user, "closing_days", {"utility": utility})
    by = calendars.in_force(profile)
    rows = [row for day, row in sorted(by.rows.items()) if day >= today - SHOWN_BACK]
    context = {
        "profile": profile,
        "others": [
            (each, reverse("console-closing-days", args=[each])) for each in publishing.reachable() if each != utility
        ],
        "rows": rows,
        "version": by.version,
        "changes": ClosingChange.objects.filter(utility=utility).order_by("-number"),
        "form": form,
        "known_until": max(by.rows, default=None),
        "short": max(by.rows, default=today) < today + SHORT,
    }
    return render(request, "console/closing_days.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, user: User, profile: UtilityProfile, form: DayForm) -> None:
    chosen = form.cleaned_data
    done = moving.change_day(
        profile,
        chosen["day"],
        Act(chosen["act"]),
        name=chosen["name"],
        certainty=form.certainty,
        source=chosen["source"],
        actor=actor_of(user),
        now=timezone.now(),
    )
    if isinstance(done, Refusal):
        messages.error(request, "Nothing was changed: that day is already as you want it.")
        return
    row, moved = done
    what = {Act.CLOSE: "is a closing day now", Act.OPEN: "is open after all", Act.CONFIRM: "is confirmed"}[Act(row.act)]
    requests = "1 open request" if moved == 1 else f"{moved} open requests"
    messages.success(request, f"{row.day:%B} {row.day.day}, {row.day.year} {what}. {requests} moved.")
