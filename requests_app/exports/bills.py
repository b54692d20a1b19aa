"""What bills came to, as a recipient is shown it (rules).

A sum is only there where one page says it without a doubt; a bill of which none does is shown as unreadable, with its
days and its file. Another file that says otherwise stands beside the first one and flags it, until a person settles it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from broker.parties.models import UtilityAccount
from requests_app.exports.cutting import ONE_DAY, Days, bill_is_inside
from requests_app.exports.settled import settled_words
from requests_app.models import ReceivedFile
from requests_app.one_value.merging import Value
from requests_app.one_value.reading import Together

AS_READ, FLAGGED, UNREADABLE = "as_read", "flagged", "unreadable"
QUALITIES = (AS_READ, FLAGGED, UNREADABLE)
CURRENCY = "USD"


def shown(
    kinds: Iterable[Together],
    files: Sequence[ReceivedFile],
    days: Sequence[Days],
    days_of: Callable[[ReceivedFile], Iterable[Days]],
    id_of: Callable[[UtilityAccount], str],
) -> list[dict[str, Any]]:
    """Give each bill inside these days, in order; a source is named by the place of its file in `files`.

    `id_of`: by what the reader tells accounts apart.
    """
    places = {file.id: place for place, file in enumerate(files)}
    found = [
        {**_whose(kind.series[0].account, id_of), **_bill(value, kind, places, days)}
        for kind in kinds
        for value in kind.values
        if bill_is_inside(period(value.said), days) and kind.series[value.source].file_id in places
    ]
    found += [
        {**_whose(file.account, id_of), **_unread(file, piece, places)}
        for file in files
        for piece in _left(file, found, places, days, days_of)
    ]
    return sorted(found, key=_order)


def _order(each: Mapping[str, Any]) -> tuple[Any, ...]:
    return each["from"] or date.max, each["account_ending"], each["account_id"], each["source"]


def _whose(account: UtilityAccount, id_of: Callable[[UtilityAccount], str]) -> dict[str, str]:
    return {"account_id": id_of(account), "account_ending": account.last_four}


def _bill(value: Value[int], kind: Together, places: Mapping[Any, int], days: Sequence[Days]) -> dict[str, Any]:
    files = [places.get(one.file_id) for one in kind.series]
    row = {
        **_said(value.said),
        "currency": CURRENCY,
        "quality": FLAGGED if value.is_doubted else AS_READ,
        "source": files[value.source],
    }
    if also := [place for each in value.also if (place := files[each]) is not None]:
        row["also"] = also
    others = [(said, files[each]) for said, each in value.revisions if bill_is_inside(period(said), days)]
    if others := [(said, place) for said, place in others if place is not None]:
        row["revisions"] = [{**_said(said), "source": place} for said, place in others]
    if value.settled:
        row["settled"] = settled_words(value.settled)
    return row


def outside(
    kinds: Iterable[Together], files: Sequence[ReceivedFile], days: Sequence[Days]
) -> list[tuple[ReceivedFile, Days]]:
    """Give the bills of these files that were read and lie outside these days: whose they are, and their periods."""
    known = {file.id: file for file in files}
    return [
        (known[file_id], period(value.said))
        for kind in kinds
        for value in kind.values
        if not bill_is_inside(period(value.said), days) and (file_id := kind.series[value.source].file_id) in known
    ]


def period(said: Mapping[str, Any]) -> Days:
    """Give the days of a bill, the end exclusive: in the series a day without a time is the last one."""
    return date.fromisoformat(said["start"]), date.fromisoformat(said["end"]) + ONE_DAY


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    first, end = period(said)
    return {
        "from": first,
        "to": end,
        "billed_on": said.get("billed_on"),
        "total": said["value"],
        "usage_kwh": said.get("kwh"),
        "page": said["row"],
    }


def _left(
    file: ReceivedFile,
    found: Sequence[Mapping[str, Any]],
    places: Mapping[Any, int],
    days: Sequence[Days],
    days_of: Callable[[ReceivedFile], Iterable[Days]],
) -> list[Days | None]:
    """Give the stretches of a file of which no bill could be read; None for one that says nothing of its days."""
    own = [(each["from"], each["to"]) for each in found if places[file.id] in _sources(each)]
    said = list(days_of(file))
    if not said:
        return [] if own else [None]
    inside = [piece for piece in said if bill_is_inside(piece, days)]
    return [piece for piece in inside if not any(first < piece[1] and piece[0] < end for first, end in own)]


def _sources(each: Mapping[str, Any]) -> set[int]:
    return {each["source"], *each.get("also", ()), *(other["source"] for other in each.get("revisions", ()))}


def _unread(file: ReceivedFile, piece: Days | None, places: Mapping[Any, int]) -> dict[str, Any]:
    return {
        "from": piece[0] if piece else None,
        "to": piece[1] if piece else None,
        "billed_on": None,
        "total": None,
        "usage_kwh": None,
        "page": None,
        "currency": CURRENCY,
        "quality": UNREADABLE,
        "source": places[file.id],
    }
