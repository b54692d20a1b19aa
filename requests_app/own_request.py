"""A customer's own request, as the addresses of her pages name it (interface)."""

import uuid

from broker.parties.models import Customer
from consents.foreign import foreign
from requests_app.models import DataRequest, ManualRequest


def own_request(customer: Customer, request_id: uuid.UUID) -> ManualRequest:
    """Give a request of hers; another's is logged as such and raises `Foreign`, like one that is not there."""
    rows = ManualRequest.objects.select_related("request__consent__recipient")
    manual = rows.filter(id=request_id, request__consent__customer=customer).first()
    if manual is None:
        raise foreign(customer, "request", request_id)
    return manual


def own_ask(customer: Customer, request_id: uuid.UUID) -> DataRequest:
    """Give what was asked for under a permission of hers, by whichever way; else the same."""
    found = DataRequest.objects.select_related("consent", "organisation").filter(id=request_id).first()
    if found is None or found.consent is None or found.consent.customer_id != customer.id:
        raise foreign(customer, "request", request_id)
    return found
