"""The guided way to share one's own files (interface): how, by letter instead, the preview, saved or thrown away."""

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from broker import utilities
from broker.parties.models import Customer
from broker.terms import Actor, Refusal
from consents.foreign import Foreign
from consents.lifecycle import State
from consents.models import Consent
from consents.my_views import with_customer
from requests_app import share_words
from requests_app.upload import by_letter, drafts, outcome, preview, saving
from requests_app.upload import guide as guides
from requests_app.upload.forms import ShareFilesForm
from requests_app.upload.models import ShareDraft

SCRIPTED = "upload"  # the value of X-Requested-With by which our own script says that it wants a short answer


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, customer: Customer, consent_id: uuid.UUID) -> HttpResponse:
    """Choose bills or usage, or hand files over: they are looked at, and nothing is saved yet."""
    consent = _consent(customer, consent_id)
    form = ShareFilesForm(request.POST, request.FILES) if request.method == "POST" else ShareFilesForm()
    if request.method == "POST" and form.is_valid():
        return _hand_over(request, customer, consent, form)
    if form.is_bound and is_scripted(request):
        said = [str(each) for errors in form.errors.as_data().values() for one in errors for each in one.messages]
        return JsonResponse({"error": " ".join(said)}, status=422)
    context = {"form": form, "consent": consent, "kinds": _kinds(consent)}
    return render(request, "consents/share_file.html", context, status=422 if form.is_bound and form.errors else 200)


@with_customer
@require_GET
def guide(request: HttpRequest, customer: Customer, consent_id: uuid.UUID, kind: str) -> HttpResponse:
    """Show the co-op's own steps for bills or usage, each with its picture."""
    consent = _consent(customer, consent_id)
    if kind not in guides.GUIDES:
        raise Http404
    profile = utilities.find(consent.utility) or utilities.find(settings.HOME_UTILITY)
    name = profile.short_name if profile else ""
    context = {
        "consent": consent,
        "kind": kind,
        "steps": guides.steps(kind, name),
        "form": ShareFilesForm(),
        "ticked": bool(by_letter.wanted(consent, kind)),
    }
    return render(request, "consents/share_guide.html", context)


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, customer: Customer, consent_id: uuid.UUID, kind: str) -> HttpResponse:
    """No download button: what asking by letter means, and the one button that asks."""
    consent = _consent(customer, consent_id)
    if kind not in by_letter.KINDS:
        raise Http404
    context: dict[str, Any] = {"consent": consent, "kind": kind, "wanted": by_letter.wanted(consent, kind)}
    if request.method == "POST":
        answer = by_letter.ask(consent, kind, actor=_her(customer), now=timezone.now())
        if isinstance(answer, Refusal):
            context["refused"] = share_words.said(answer.code)
            return render(request, "consents/share_letter.html", context, status=409)
        context["asked"] = answer
    return render(request, "consents/share_letter.html", context)


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, customer: Customer, consent_id: uuid.UUID, draft_id: uuid.UUID) -> HttpResponse:
    """Show what would be saved, then save it or throw it away; once it is over, what became of it."""
    draft = drafts.of(customer, draft_id)
    if draft is None:
        raise Foreign  # logged by the look-up
    if draft.consent_id != consent_id:
        raise Http404
    now, her = timezone.now(), _her(customer)
    if request.method == "POST":
        act = saving.throw_away if request.POST.get("act") == "throw" else saving.save
        act(draft, actor=her, now=now)
        return redirect(request.path)
    if not drafts.is_open(draft, now=now):
        return render(request, "consents/share_over.html", {"consent": draft.consent, "over": outcome.of(draft)})
    found = preview.of(draft, actor=her)
    return render(request, "consents/share_look.html", {"consent": draft.consent, "draft": draft, "found": found})


def _hand_over(request: HttpRequest, customer: Customer, consent: Consent, form: ShareFilesForm) -> HttpResponse:
    now, her = timezone.now(), _her(customer)
    draft = _draft(customer, consent, form.cleaned_data["draft"])
    if not drafts.allows(consent, files=len(form.cleaned_data["file"]), fresh=draft is None, now=now):
        return _too_many(request, consent, form)
    draft = draft or drafts.begin(consent, now=now)
    given = [drafts.Given(each.name or "", each.read()) for each in form.cleaned_data["file"]]
    try:
        added = drafts.add(draft, given, actor=her, now=now)
    except drafts.IsOver:  # she saved or threw away in another window meanwhile
        draft = drafts.begin(consent, now=now)
        added = drafts.add(draft, given, actor=her, now=now)
    where = reverse("my-share-look", args=[consent.id, draft.id])
    if not is_scripted(request):
        return redirect(where)
    answers = [{"ok": each.is_taken, "text": each.text} for each in preview.lines_of(added)]
    return JsonResponse({"draft": str(draft.id), "page": where, "answers": answers})


def _too_many(request: HttpRequest, consent: Consent, form: ShareFilesForm) -> HttpResponse:
    why = _("You handed over very many files in a short time. Please wait an hour, then go on.")
    if is_scripted(request):
        return JsonResponse({"error": why}, status=429)
    form.add_error(None, why)
    return render(
        request, "consents/share_file.html", {"form": form, "consent": consent, "kinds": _kinds(consent)}, status=429
    )


def _draft(customer: Customer, consent: Consent, draft_id: uuid.UUID | None) -> ShareDraft | None:
    """Give the draft that a script goes on with; None where a new one begins."""
    draft = drafts.of(customer, draft_id) if draft_id else None
    if draft is None or draft.consent_id != consent.id or not drafts.is_open(draft, now=timezone.now()):
        return None
    return draft


def _consent(customer: Customer, consent_id: uuid.UUID) -> Consent:
    rows = Consent.objects.select_related("recipient")
    return get_object_or_404(rows, id=consent_id, customer=customer, state=State.ACTIVE)


def _kinds(consent: Consent) -> list[str]:
    """Give the guides that fit what she ticked; both where neither does, for she may have what she asks."""
    return [kind for kind in guides.GUIDES if by_letter.wanted(consent, kind)] or list(guides.GUIDES)


def is_scripted(request: HttpRequest) -> bool:
    """Say whether our own script sends the files, one after another, and wants a short answer."""
    return request.headers.get("X-Requested-With") == SCRIPTED


def _her(customer: Customer) -> Actor:
    return Actor("c", customer.id)
