"""The only package that opens connections, and only to places on the allow-list.

`transport.http.client(...)`, `transport.smtp.send(...)`, `transport.timestamp.stamper(...)`.
"""

from broker.transport.addresses import Proof, ProvenAddress
from broker.transport.errors import (
    DeliveryUnknown,
    EgressRefused,
    MailError,
    PermanentRefusal,
    ResponseTooLarge,
    TemporaryRefusal,
    TransportError,
)
from broker.transport.smtp import Delivery

__all__ = [
    "Delivery",
    "DeliveryUnknown",
    "EgressRefused",
    "MailError",
    "PermanentRefusal",
    "Proof",
    "ProvenAddress",
    "ResponseTooLarge",
    "TemporaryRefusal",
    "TransportError",
]
