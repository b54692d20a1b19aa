"""What a customer asks for and is not hers: the same answer as for what is not there, and an entry of the log."""

from django.http import Http404

from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor


class Foreign(Http404):
    """Not there for her; the try is logged already."""


def foreign(customer: Customer, kind: str, row: object = None) -> Foreign:
    """Record that a customer asked for what is not hers, or is not there; give what is to be raised."""
    body = {"kind": kind, **({"id": str(row)} if row is not None else {})}
    log.append("auth.foreign", actor=Actor("c", customer.id), subject=None, body=body, res="denied")
    return Foreign()
