"""A customer's own request, as the addresses of her pages name it (interface)."""

import uuid

from django.http import Http404

from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor
from requests_app.models import ManualRequest


def own_request(customer: Customer, request_id: uuid.UUID) -> ManualRequest:
    """Give a request of hers; another's is logged as such and raises `Http404`, like one that is not there."""
    rows = ManualRequest.objects.select_related("request__consent__recipient")
    manual = rows.filter(id=request_id, request__consent__customer=customer).first()
    if manual is None:
        body = {"kind": "request", "id": request_id}
        log.append("auth.foreign", actor=Actor("c", customer.id), subject=None, body=body, res="denied")
        raise Http404
    return manual
