"""The certificate of signing (interface): how a signature was made, for the person who made it, and each page again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from broker import vault
from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor, EventRef
from consents.ceremony.evidence import Gathered, in_lines, read_bundle
from consents.ceremony.models import PageSnapshot, SigningRecord
from consents.models import Consent
from consents.my_views import with_customer


@with_customer
@require_GET
def how_signed(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """How this signature was made: each step in plain words, and every field of the record."""
    record = get_object_or_404(
        SigningRecord.objects.select_related("consent__recipient"), consent_id=consent_id, consent__customer=customer
    )
    event = _opening(customer, record.consent, "signing")
    gathered = read_bundle(vault.open(record.bundle, under=event))
    context = {
        "consent": record.consent,
        "record": record,
        "bundle": gathered.bundle,
        "commitment": bytes(record.commitment).hex(),
        "unchanged": gathered.commitment == bytes(record.commitment),
        "groups": _groups(gathered),
        "pages": PageSnapshot.objects.filter(consent=record.consent).order_by("at"),
        "helped": gathered.bundle["environment"]["help"] != "no",
        "for_business": gathered.bundle["attribution"]["role"] == "entity",
        "by_word": gathered.bundle["electronic_records"]["pdf_method"] == "word",
        "steps": step_names(),
    }
    return render(request, "consents/how_signed.html", context)


@with_customer
@require_GET
def page_as_served(request: HttpRequest, customer: Customer, consent_id: str, page_id: str) -> HttpResponse:  # noqa: ARG001
    """One page of her signing, byte for byte as it was served; saved, not shown, so that nothing in it can act."""
    row = get_object_or_404(
        PageSnapshot.objects.select_related("consent"), id=page_id, consent_id=consent_id, consent__customer=customer
    )
    event = _opening(customer, row.consent, "page")
    answer = HttpResponse(vault.open(row.page, under=event), content_type="text/html; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.consent.number}-{row.step}.html"'
    return answer


def step_names() -> dict[str, str]:
    """Give the names of the steps in the language of the page."""
    return {
        "start": _("Who is asking"),
        "code": _("Confirm it is you"),
        "open": _("Open your link"),
        "renewal": _("Renew or change"),
        "account": _("Which account"),
        "accounts": _("Which accounts"),
        "data": _("What you share"),
        "purpose": _("What for, and until when"),
        "terms": _("Signing electronically"),
        "read": _("Open your letter"),
        "check": _("Check and sign"),
    }


def _groups(gathered: Gathered) -> list[tuple[str, list[tuple[str, Any]]]]:
    return [
        (group.replace("_", " "), [(name.replace("_", " "), in_lines(value)) for name, value in fields.items()])
        for group, fields in gathered.bundle.items()
        if group != "text_shown"  # its pages have a table of their own
    ]


def _opening(customer: Customer, consent: Consent, part: str) -> EventRef:
    return log.append_read(
        "consent.viewed",
        actor=Actor("c", customer.id),
        subject=customer.id,
        purpose="own_data",
        obj="consent",
        body={"consent": str(consent.id), "part": part},
        cnt=1,
    )
