"""Her copy of the signed letter by the receipt's link, without signing in, for thirty days (interface).

The mail with this link holds the letter itself, so whoever has the link has nothing new. Only the button's POST hands
it out: a mail scanner that opens the link must not stand in the log as a reader.
"""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from broker import vault
from broker.audit import log
from broker.parties.links import token_hash
from broker.terms import Actor
from consents.models import Consent, LetterFile

COPY_FOR = timedelta(days=30)


def until(consent: Consent, *, now: datetime) -> datetime | None:
    """Give until when the link hands out the letter; None where that is over, or the letter is not sealed yet."""
    end = consent.signed_at + COPY_FOR
    sealed = LetterFile.objects.filter(letter__consent=consent, kind=LetterFile.Kind.DELIVERED).exists()
    return end if sealed and now < end else None


@never_cache
@require_POST
def letter_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the sealed letter; each time is a read of hers."""
    consent = get_object_or_404(Consent, stop_token_hash=token_hash(token))
    if until(consent, now=timezone.now()) is None:
        return render(request, "consents/link_over.html", status=410)
    kept = LetterFile.objects.get(letter__consent=consent, kind=LetterFile.Kind.DELIVERED)
    event = log.append_read(
        "letter.read",
        actor=Actor("c", consent.customer_id),
        subject=consent.customer_id,
        purpose="own_data",
        obj="letter",
        body={"consent": str(consent.id), "why": "her own copy, by the receipt's link"},
        cnt=1,
    )
    response = HttpResponse(vault.open_file(kept.file, under=event), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{consent.number}.pdf"'
    return response
