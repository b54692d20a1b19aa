"""What becomes of a file that she just shared: whether anything was asked for that it answers (look-ups)."""

from enum import StrEnum

from requests_app.completeness.query import days_of
from requests_app.exports.cutting import bill_is_inside
from requests_app.hooks import by_her
from requests_app.importing import BILL
from requests_app.models import DataRequest, ReceivedFile
from requests_app.request_state import touches


class Given(StrEnum):
    """Whether whoever she shares with may have a file now."""

    NOW = "now"
    OTHER_DAYS = "other_days"  # they asked for days that it does not fit
    NOT_ASKED = "not_asked"  # they asked for nothing of its kind yet


def of(file: ReceivedFile) -> Given:
    """Say it of a file that was accepted."""
    asked = list(by_her.standing(file))
    if not asked:
        return Given.NOT_ASKED
    return Given.NOW if any(_fits(file, each) for each in asked) else Given.OTHER_DAYS


def _fits(file: ReceivedFile, request: DataRequest) -> bool:
    start, end, said = request.range_from, request.range_to, list(days_of(file))
    if file.data_type != BILL or start is None or end is None or not said:
        return touches(file, request)
    return any(bill_is_inside(each, [(start, end)]) for each in said)
