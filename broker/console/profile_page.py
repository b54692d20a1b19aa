"""What is known of a utility, and how an officer proposes another version of it (interface)."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker import publishing, utilities
from broker.approvals import decide
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.console.hours import local
from broker.console.officers import actor_of, looked, officer_only
from broker.console.outside.models import Approver
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import User
from broker.publishing import changing
from broker.publishing.changing import LONGEST, CallBack, NotProposed
from broker.publishing.models import PublishedProfile


class ProfileForm(GatedFormMixin, forms.Form):
    """A file with the whole profile, why, and the call back where it changes contacts."""

    gate_inlet = "admin_note"
    file = forms.FileField(
        label="The profile as it is to be, as a file",
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".toml"}),
    )
    reason = forms.CharField(
        label="Why, and who said so",
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )
    called_on = forms.DateField(
        label="Day of the call back",
        required=False,
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}),
    )
    said = forms.CharField(
        label="Who confirmed it there, in what words",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 2}),
    )

    def clean_file(self) -> str:
        """Give the file's text; its words pass the gate where it is compared with the version in force."""
        file = self.cleaned_data["file"]
        data: bytes = file.read(4 * LONGEST)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise forms.ValidationError("This file is no text in UTF-8.") from None

    def refuse_credentials(self, name: str, text: str, *, in_file: bool = False) -> None:
        """Scan what was typed; the file's sentences about passwords are quotations, and only its new lines count."""
        if name != "file":
            super().refuse_credentials(name, text, in_file=in_file)

    def clean(self) -> dict[str, Any]:
        """A call back has a day and an answer, or there was none."""
        data = super().clean()
        if bool(data.get("called_on")) != bool(data.get("said")):
            self.add_error("said" if data.get("called_on") else "called_on", "Please give the day and the answer.")
        return data

    @property
    def call_back(self) -> CallBack | None:
        """Give the call back, if one was made."""
        day: date | None = self.cleaned_data["called_on"]
        return CallBack(day, self.cleaned_data["said"]) if day else None


@officer_only
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """List every utility with the version in force."""
    looked(user, "profiles")
    rows = [(each, publishing.number(each.id)) for each in map(_offer, utilities.offers())]
    return render(request, "console/profiles.html", {"rows": rows})


@officer_only
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest, user: User, utility: str) -> HttpResponse:
    """Show a utility's versions; propose another one, which a second person publishes."""
    found = publishing.offer(utility)
    if found is None:
        raise Http404
    form = ProfileForm(request.POST, request.FILES) if request.method == "POST" else ProfileForm()
    if request.method == "POST" and form.is_valid():
        made = _propose(user, utility, form)
        if made is not None:
            messages.success(request, "Asked for. An approver compares the lines and decides.")
            return redirect("console-approval", made.id)
    looked(user, "profile", {"utility": utility})
    open_rows = Approval.objects.filter(act=changing.NAME, state=State.REQUESTED, expires_at__gt=timezone.now())
    context = {
        "profile": found,
        "number": publishing.number(utility),
        "versions": _versions(utility),
        "waiting": [each for each in open_rows if each.params["utility"] == utility],
        "form": form,
        "phone": found.contacts.phone.value if found.contacts else "",
        "today": local(timezone.now()).date(),
    }
    return render(request, "console/profile.html", context, status=422 if form.errors else 200)


@officer_only
@require_GET
def text(_request: HttpRequest, user: User, utility: str) -> HttpResponse:
    """Give the file of the version in force, to be edited."""
    if publishing.offer(utility) is None:
        raise Http404
    looked(user, "profile_text", {"utility": utility})
    name = f"{utility}-version-{publishing.number(utility)}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(publishing.text_in_force(utility), content_type="text/plain; charset=utf-8", headers=headers)


def _propose(user: User, utility: str, form: ProfileForm) -> Approval | None:
    asked = form.cleaned_data
    try:
        return changing.propose(
            utility,
            asked["file"],
            requester=actor_of(user),
            reason=asked["reason"],
            call_back=form.call_back,
            now=timezone.now(),
        )
    except NotProposed as wrong:
        form.add_error("file", str(wrong))
    except decide.NotAllowed:
        form.add_error(None, "Your role does not propose this.")
    return None


def _offer(shipped: utilities.Offer) -> utilities.Offer:
    return publishing.offer(shipped.id) or shipped


def _versions(utility: str) -> list[dict[str, Any]]:
    rows = list(PublishedProfile.objects.filter(utility=utility).select_related("proposal").order_by("-number"))
    ids = {person for each in rows for person in (each.proposer, each.approver)}
    names = dict(User.objects.filter(id__in=ids).values_list("id", "full_name"))
    names |= {each.id: str(each) for each in Approver.objects.defer("email").filter(id__in=ids)}
    return [{"row": each, "proposer": names.get(each.proposer), "approver": names.get(each.approver)} for each in rows]
