"""What a request asks for, as its customer is told: the kinds of data and the days (reads only)."""

from datetime import timedelta
from typing import Any

from requests_app.models import DataRequest, ManualRequest


def of(manual: ManualRequest) -> dict[str, Any]:
    """Give `data_types`, `begin` and `last_day` of a request; the days are None where it names none."""
    return of_request(manual.request)


def of_request(asked: DataRequest) -> dict[str, Any]:
    """Give the same of a request that goes another way."""
    last = asked.range_to - timedelta(days=1) if asked.range_to else None
    return {"data_types": list(asked.data_types), "begin": asked.range_from if last else None, "last_day": last}
