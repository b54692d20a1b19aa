"""The customer's own pages (interface): what is shared, who saw it, stop."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.audit import log
from broker.parties import links
from broker.parties.models import Customer, EmailLink
from broker.terms import PURPOSES, Actor
from consents import actions, asked, copy_views, entry, session, terms, uses
from consents import refused as refusals
from consents.ceremony.models import SigningRecord
from consents.foreign import Foreign, foreign
from consents.forms import DATA_TYPE_LABELS, EmailForm
from consents.identity.levels import unproven
from consents.joint.waiting import waits
from consents.lifecycle import ENDED, LIVE, State
from consents.models import Consent, LetterFile
from consents.rules import through
from consents.stopping.lifecycle import ended_by
from consents.stopping.models import Stop
from consents.stopping.views import stop_page
from consents.stopping.words import end_in_short

MOST_REFUSED = 10  # on this page; the whole list stands in "Who saw my data"

View = Callable[..., HttpResponse]


def with_customer(view: View) -> View:
    """Only a customer whose code was right; everybody else is asked for the e-mail address."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        customer = session.current_customer(request)
        if customer is None:
            return redirect("my-sign-in")
        try:
            return view(request, customer, *args, **kwargs)
        except Foreign:
            raise
        except Http404:
            # An address that names something which is not hers, or not there: the try is told.
            if kwargs:
                raise foreign(customer, "page", next(iter(kwargs.values()))) from None
            raise

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the address; the answer is the same whether we know it or not."""
    form = EmailForm(request.POST or None)
    # An unknown address gets the same mail and the same pages, and then an empty list:
    # nothing here says whether a person is a customer.
    if request.method == "POST" and form.is_valid() and entry.ask_for_link(request, form, EmailLink.Purpose.MY, None):
        return redirect("my-code")
    return render(request, "consents/my_sign_in.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link; only the button's POST opens it."""
    return entry.open_page(request, token, EmailLink.Purpose.MY, _signed_in)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The six digits."""
    return entry.code_page(request, EmailLink.Purpose.MY, _signed_in)


@with_customer
@require_GET
def dashboard(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What is shared now, what is paused, what was, and what was asked for and not given."""
    now, rows = timezone.now(), Consent.objects.filter(customer=customer).select_related("recipient")
    cards = [_card(row) for row in rows.prefetch_related("accounts").order_by("-signed_at")]
    sealed = _with_letter(customer)
    recorded = set(SigningRecord.objects.filter(consent__customer=customer).values_list("consent", flat=True))
    for card in cards:
        here = card["consent"].id
        card |= {"letter": here in sealed, "record": here in recorded}  # of one on paper there is no record of pages
    today = actions.central_today(now)
    # The dates decide, not a scheduler: what ran out last night is not shown as shared this morning.
    going = [c for c in cards if c["consent"].state in LIVE and today < c["consent"].ends]
    paused = [c for c in going if _is_paused(c["consent"])]
    refused = refusals.of(customer, zone=ZoneInfo(settings.DISPLAY_ZONE), now=now)
    context = {
        "live": [c for c in going if c not in paused],
        "paused": paused,
        "ended": [c for c in cards if c not in going],
        "refused": None if refused is None else refused[:MOST_REFUSED],
        "refused_count": len(refused or ()),
        "terms_asked": terms.is_asked(customer),
        "to_answer": asked.to_answer(customer, now=now),
        "may_say_no": asked.may_say_no(customer, now=now),
    }
    return render(request, "consents/my.html", context)


@with_customer
@require_GET
def receipt(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """Her copy of the sealed letter."""
    consent = get_object_or_404(Consent, id=consent_id, customer=customer)
    kept = LetterFile.objects.filter(letter__consent=consent, kind=LetterFile.Kind.DELIVERED).first()
    if kept is None:
        return render(request, "consents/not_sealed_yet.html", status=409)
    event = log.append_read(
        "letter.read",
        actor=Actor("c", customer.id),
        subject=customer.id,
        purpose="own_data",
        obj="letter",
        body={"consent": str(consent.id), "why": "her own copy"},
        cnt=1,
    )
    response = HttpResponse(vault.open_file(kept.file, under=event), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{consent.number}.pdf"'
    return response


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """Stop sharing: one page, one button."""
    consent = get_object_or_404(Consent.objects.select_related("recipient"), id=consent_id, customer=customer)
    return stop_page(request, consent, Actor("c", customer.id), "dashboard")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Stop sharing from the receipt: the link is enough for the safe direction; only the button's POST acts."""
    rows = Consent.objects.select_related("recipient")
    consent = get_object_or_404(rows, stop_token_hash=links.token_hash(token))
    copy = {"copy_at": f"{request.path}letter.pdf", "copy_until": copy_views.until(consent, now=timezone.now())}
    return stop_page(request, consent, Actor("c", consent.customer_id), "receipt_link", more=copy)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the customer's session."""
    session.forget_customer(request)
    return redirect("home")


def _signed_in(request: HttpRequest, link: EmailLink) -> HttpResponse:
    customer = Customer.objects.filter(email_index=bytes(link.email_index)).first()
    if customer is None:
        request.session.pop(session.LINK, None)
        return render(request, "consents/my_empty.html")
    session.sign_in(request, customer)
    return redirect("my")


def _is_paused(row: Consent) -> bool:
    """Say whether nothing is given out under it until somebody does something; being sealed is no pause."""
    return row.state in (State.SUSPENDED, State.PAUSED_DORMANT) or (row.state == State.SIGNED and waits(row))


def _card(row: Consent) -> dict[str, Any]:
    asked_of = asked.of(row)
    return {
        "consent": row,
        "last_day": through(row.ends),
        "labels": [DATA_TYPE_LABELS[code][0] for code in row.data_types],
        "asked": [each for each in asked_of if not each.share],
        "of_her": [each for each in asked_of if each.share],
        "lacking": unproven(row, now=timezone.now()),
        "purpose": PURPOSES[row.purpose],
        "ended": _ended(row),
        "used": uses.last(row),
    }


def _with_letter(customer: Customer) -> set[UUID]:
    """Give hers whose sealed letter can be handed to her, also after the end: while its key lives."""
    kept = LetterFile.objects.filter(letter__consent__customer=customer, kind=LetterFile.Kind.DELIVERED)
    return set(kept.exclude(vault.is_gone("file")).values_list("letter__consent", flat=True))


def _ended(row: Consent) -> str:
    stop = Stop.objects.filter(consent=row).first() if row.state in ENDED else None
    because = row.state if row.state in ENDED else State.EXPIRED  # past its last day, before anybody wrote that down
    return end_in_short(ended_by(because, stop.how if stop else ""))
