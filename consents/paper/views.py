"""Paper instead (interface): choose the company, and get a letter to print; no account is needed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from broker.limits.address import address_of
from broker.parties.links import person
from broker.parties.models import Organisation
from consents import drafts, session
from consents.paper import printing


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Say how it goes, with a button for each company; a look makes no letter."""
    return _page(request)


@never_cache
@require_POST
def letter(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a letter for this company and hand it over; with her answers so far, if she says so."""
    organisation = get_object_or_404(Organisation, slug=slug)
    draft = session.current_draft(request)
    if draft is not None and (draft.organisation_id != organisation.id or request.POST.get("prefill") != "on"):
        draft = None
    made = printing.make(
        organisation,
        answers=drafts.read(draft) if draft else None,
        language=(get_language() or "en")[:2],
        actor=person(draft.link) if draft else None,
        now=timezone.now(),
        address=address_of(request),
    )
    if made is None:
        return _page(request, too_many=True)
    response = HttpResponse(made.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="letter-{made.code}.pdf"'
    return response


def _page(request: HttpRequest, *, too_many: bool = False) -> HttpResponse:
    draft = session.current_draft(request)
    wanted = draft.organisation.slug if draft else ""
    companies = Organisation.objects.order_by("legal_name")
    rows = [each for each in companies if each.slug == wanted] or list(companies[:50])
    context = {"organisations": rows, "prefill": wanted, "too_many": too_many}
    return render(request, "consents/paper_start.html", context, status=429 if too_many else 200)
