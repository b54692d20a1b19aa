"""What an application is told of a fee, and of the request that took the place of its own (interface)."""

from typing import Any

from requests_app.fees.models import FeeQuote, Succession
from requests_app.models import ManualRequest


def of(manual: ManualRequest) -> dict[str, Any]:
    """Give the newest fee, with who pays it, and the ids of the requests before and after; null where there is none."""
    fee = FeeQuote.objects.filter(manual=manual).order_by("-quoted_at").first()
    after = Succession.objects.select_related("new").filter(old=manual).first()
    before = Succession.objects.select_related("old").filter(new=manual).first()
    return {
        "fee": {"amount": str(fee.amount), "currency": fee.currency, "state": fee.state, "payer": fee.payer or None}
        if fee
        else None,
        "superseded_by": str(after.new.request_id) if after else None,
        "supersedes": str(before.old.request_id) if before else None,
    }
