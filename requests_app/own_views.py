"""A customer's own data (interface): what there is, each file, and all numbers as one table."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.parties.models import Customer
from consents.my_views import with_customer
from requests_app import own_data


@with_customer
@require_GET
def listing(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What came in under her permissions; nothing is opened."""
    now = timezone.now()
    context = {
        "files": own_data.files(customer, now=now),
        "numbers": own_data.numbers(customer, now=now),
        "bills": own_data.bills(customer, now=now),
        "waiting": own_data.waiting(customer, now=now),
    }
    return render(request, "consents/own_data.html", context)


@with_customer
@require_GET
def file(_request: HttpRequest, customer: Customer, file_id: uuid.UUID) -> HttpResponse:
    """One file, as it came."""
    out = own_data.open_file(customer, file_id, now=timezone.now())
    return _download(out.data, out.media_type, out.name)


@with_customer
@require_GET
def use(request: HttpRequest, customer: Customer, account_id: uuid.UUID, data_type: str) -> HttpResponse:
    """Her readings or bills of one account and kind, as pictures with their tables."""
    found = own_data.pictures(customer, account_id, data_type, now=timezone.now())
    if found is None:
        raise Http404
    return render(request, "consents/own_use.html", {**found._asdict(), "data_type": data_type})


@with_customer
@require_GET
def readings(_request: HttpRequest, customer: Customer) -> HttpResponse:
    """All numbers, as one table for any spreadsheet."""
    table = own_data.readings_csv(customer, now=timezone.now())
    return _download(table.encode("utf-8-sig"), "text/csv; charset=utf-8", "my-readings.csv")


def _download(data: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
