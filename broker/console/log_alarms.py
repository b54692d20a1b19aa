"""What the log itself needs two people for: bad lanes, and the declaration that it was lost (interface)."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import decide, lane_alarm, new_origin
from broker.audit import log, quarantine
from broker.console.officers import actor_of, looked, officer_only
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import User


class LaneForm(GatedFormMixin):
    """Which bad lane is to be acknowledged, and why it may be."""

    lane = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    last = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    why = forms.CharField(
        label=gettext_lazy("What was found, and where it is kept"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )


class LostForm(GatedFormMixin):
    """The name of the new log, and why the old one counts as lost."""

    origin = forms.CharField(
        label=gettext_lazy("Name of the new log"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("What was lost, and what was tried"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )


@officer_only
@require_GET
def alarms(request: HttpRequest, user: User) -> HttpResponse:
    """The bad lanes, and what an officer can ask a second person for."""
    return _page(request, user)


@officer_only
@require_POST
def ask_lane(request: HttpRequest, user: User) -> HttpResponse:
    """Ask that a bad lane be acknowledged; an approver decides."""
    form = LaneForm(request.POST)
    if not form.is_valid():
        return _page(request, user, lane_form=form)
    asked = form.cleaned_data
    try:
        made = lane_alarm.request(
            asked["lane"], asked["last"], requester=actor_of(user), reason=asked["why"], now=timezone.now()
        )
    except decide.NotAllowed:
        messages.error(request, _("There is no such alarm, or it was acknowledged already."))
        return redirect("console-log-alarms")
    messages.success(request, _("Asked for. An approver decides."))
    return redirect("console-approval", made.id)


@officer_only
@require_POST
def ask_lost(request: HttpRequest, user: User) -> HttpResponse:
    """Ask that the log be declared lost; an approver decides, and the new one is opened on the server."""
    form = LostForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            made = new_origin.request(
                asked["origin"], requester=actor_of(user), reason=asked["reason"], now=timezone.now()
            )
        except ValueError:
            form.add_error("origin", _("A name looks like %(name)s.") % {"name": settings.LOG_ORIGIN + "-2"})
        else:
            messages.success(request, _("Asked for. An approver decides."))
            return redirect("console-approval", made.id)
    return _page(request, user, lost_form=form)


def _page(
    request: HttpRequest, user: User, *, lane_form: LaneForm | None = None, lost_form: LostForm | None = None
) -> HttpResponse:
    looked(user, "log_alarms")
    origin = log.origin_id()
    open_alarms = quarantine.unacknowledged(origin)
    lanes = [(lane, last, _lane_form(lane, last, lane_form)) for lane, last in sorted(open_alarms.items())]
    context: dict[str, Any] = {
        "lanes": lanes,
        "acknowledged": len(quarantine.alarms(origin)) - len(open_alarms),
        "lost": lost_form or LostForm(),
        "origin": settings.LOG_ORIGIN,
    }
    return render(request, "console/log_alarms.html", context, status=422 if lane_form or lost_form else 200)


def _lane_form(lane: int, last: int, sent: LaneForm | None) -> LaneForm:
    if sent is not None and sent.data.get("lane") == str(lane):
        return sent
    return LaneForm(initial={"lane": lane, "last": last}, auto_id=f"id_{lane}_%s")
