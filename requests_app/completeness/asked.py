"""Whether a file is of the months that a request asked for at all (look-ups).

A permission covers more than a request asks; what lies beside it is taken by an explicit word alone, and is no news.
"""

from requests_app.completeness.matrix import Days
from requests_app.desk import several
from requests_app.models import ManualRequest, ReceivedFile

OTHER_MONTHS = "file.other_months"


def answered_by(file: ReceivedFile) -> list[ManualRequest]:
    """Give the requests that the mail of a file answers, the one that it lies with first; none without a mail."""
    if file.message is None or file.message.manual is None:
        return []
    return [file.message.manual, *several.also_answered(file.message)]


def is_of(manual: ManualRequest, days: Days) -> bool:
    """Say whether days touch what a request asked for; a request without days asked for all of them."""
    start, end = manual.request.range_from, manual.request.range_to
    return start is None or end is None or (days[0] < end and days[1] > start)


def touches(file: ReceivedFile, days: Days) -> bool:
    """Say whether the days of a file touch what any of its requests asked for."""
    manuals = answered_by(file)
    return not manuals or any(is_of(each, days) for each in manuals)
