"""The page on which a recipient's person brings files, and what became of each (interface)."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker.parties.models import User
from requests_app.brought import dropping, rules, shown
from requests_app.brought.forms import BroughtFilesForm
from requests_app.brought.models import Drop
from requests_app.recipients.guard import analyst_only, house_of
from requests_app.recipients.guard import shown as log_shown
from requests_app.upload.views import is_scripted

TOO_MANY = "Your organisation brought very many files in a short time. Please wait an hour, then go on."


@analyst_only
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, user: User) -> HttpResponse:
    """Bring files that customers handed over; each is matched, and held or refused at once."""
    form = BroughtFilesForm(request.POST, request.FILES) if request.method == "POST" else BroughtFilesForm()
    if request.method == "POST" and form.is_valid():
        return _take(request, user, form)
    if form.is_bound and is_scripted(request):
        said = [str(each) for errors in form.errors.as_data().values() for one in errors for each in one.messages]
        return JsonResponse({"error": " ".join(said)}, status=422)
    return _page(request, user, form, 422 if form.is_bound else 200)


@analyst_only
@require_GET
def one(request: HttpRequest, user: User, drop_id: uuid.UUID) -> HttpResponse:
    """What became of each file of a drop."""
    drop = dropping.of(user, drop_id)
    if drop is None:
        raise Http404  # logged by the look-up
    found = shown.of(drop, now=timezone.now())
    log_shown(user, "drop", {"drop": drop.id}, cnt=len(found.rows))
    return render(request, "recipients/drop.html", {"drop": drop, "found": found, "days": rules.WAITS.days})


def _page(request: HttpRequest, user: User, form: BroughtFilesForm, status: int) -> HttpResponse:
    drops = shown.newest(house_of(user))
    log_shown(user, "drops", cnt=len(drops))
    context = {"form": form, "drops": drops, "days": rules.WAITS.days}
    return render(request, "recipients/drops.html", context, status=status)


def _take(request: HttpRequest, user: User, form: BroughtFilesForm) -> HttpResponse:
    now, house = timezone.now(), house_of(user)
    drop = _drop(user, form.cleaned_data["draft"])
    if not dropping.allows(house, files=len(form.cleaned_data["file"]), fresh=drop is None, now=now):
        if is_scripted(request):
            return JsonResponse({"error": TOO_MANY}, status=429)
        form.add_error(None, TOO_MANY)
        return _page(request, user, form, 429)
    drop = drop or dropping.begin(user, now=now)
    given = [dropping.Given(each.name or "", each.read()) for each in form.cleaned_data["file"]]
    rows = [shown.row_of(each) for each in dropping.add(drop, given, user)]
    where = reverse("recipient-drop", args=[drop.id])
    if not is_scripted(request):
        return redirect(where)
    answers = [{"ok": each.mark != "no", "text": f"{each.state}. {each.text}"} for each in rows]
    return JsonResponse({"draft": str(drop.id), "page": where, "answers": answers})


def _drop(user: User, drop_id: uuid.UUID | None) -> Drop | None:
    """Give the drop that a script goes on with; None where a new one begins."""
    drop = dropping.of(user, drop_id) if drop_id else None
    return drop if drop is not None and dropping.is_open(drop, now=timezone.now()) else None
