"""Mail to our own staff when a request needs a person (action, in the caller's transaction)."""

import uuid
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from broker import notices
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from requests_app.models import ManualRequest

STAFF = SERVICE("staff")


def each_hour(key: str, now: datetime) -> str:
    """Give a key by which the desk is told of what strangers can bring about once in an hour, not once for each."""
    return f"{key}:{now:%Y-%m-%d-%H}"


def tell_staff(
    what: str, detail: str, *, key: str, manual: ManualRequest | None = None, file: uuid.UUID | None = None
) -> None:
    """Mail the desk once per key, with the way to a request or a file; neither text may hold anything personal."""
    page = reverse("admin:request", args=[manual.id]) if manual else reverse("admin:index")
    notices.send_later(
        "staff_alert",
        to=ProvenAddress(settings.OPERATOR_EMAIL, Proof("party", "operator")),
        subject=STAFF.id,
        context={
            "what": what,
            "detail": detail,
            "path": reverse("admin:file", args=[file]) if file else page,
        },
        key=f"staff:{key}",
    )
