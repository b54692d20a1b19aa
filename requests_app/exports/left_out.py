"""Bills that reach into the days asked for and beyond them: named with the reason, and not given (rules).

A bill cannot be cut. What lies wholly beside the days is not named at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from broker.parties.models import UtilityAccount
from requests_app.exports.cutting import Days
from requests_app.models import ReceivedFile

BEYOND = "beyond_the_days"


def bills(
    read: Iterable[tuple[ReceivedFile, Days]],
    files: Iterable[ReceivedFile],
    shown: Sequence[Mapping[str, Any]],
    days: Sequence[Days],
    days_of: Callable[[ReceivedFile], Iterable[Days]],
    id_of: Callable[[UtilityAccount], str],
) -> list[dict[str, Any]]:
    """List the bills that reach beyond these days: those that were read, and files of which nothing else is said.

    `read`: file and period of each bill that was read and is not given; `shown`: what is given, by its file's place in
    `files`; `id_of`: by what the reader tells accounts apart.
    """
    found = list(read)
    known = {file.id for file, _ in found}
    for place, file in enumerate(files):
        if file.id not in known and not any(each["source"] == place for each in shown):
            found += [(file, each) for each in days_of(file)]
    return [
        {
            "file": str(file.id),
            "account_id": id_of(file.account),
            "account_ending": file.account.last_four,
            "reason": BEYOND,
        }
        for file, (first, end) in found
        if any(first < stop and start < end for start, stop in days)
    ]
