"""What a request asks for, as its customer is told: the kinds of data and the days (reads only)."""

from datetime import timedelta
from typing import Any

from requests_app.models import ManualRequest


def of(manual: ManualRequest) -> dict[str, Any]:
    """Give `data_types`, `begin` and `last_day` of a request; the days are None where it names none."""
    asked = manual.request
    last = asked.range_to - timedelta(days=1) if asked.range_to else None
    return {"data_types": list(asked.data_types), "begin": asked.range_from if last else None, "last_day": last}
