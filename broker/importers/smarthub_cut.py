"""A usage file of the portal with some of its rows alone, in the same layout (in the sandbox)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from broker.importers.readings import unreadable
from broker.importers.smarthub_layout import Row, parse
from broker.sandbox.wire import pack, unpack

Days = tuple[date, date]  # end exclusive
_BREAKS = re.compile(r"(\r\n|\r|\n)")
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)( +for )\d{1,5}( (?:day|hour|month)s?)")


def read_days(days: Sequence[Sequence[str]]) -> list[Days]:
    """Read pairs of ISO dates, as they come through the pipe."""
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in days]


def is_inside(row: Row, days: Sequence[Days]) -> bool:
    """Say whether a whole row lies in one of these stretches of days."""
    midnight = row.end.hour == row.end.minute == 0
    end = row.end.date().toordinal() + (0 if midnight else 1)
    return any(first <= row.start.date() and end <= last.toordinal() for first, last in days)


def cut(payload: dict[str, Any]) -> dict[str, Any]:
    """Leave out of `{"data": packed file, "days": pairs}` every row outside; gives the new file, and how many went."""
    data, days = unpack(payload["data"]), read_days(payload["days"])
    file = parse(data)
    pieces = _BREAKS.split(data.decode("utf-8-sig"))  # text, break, text, break, …
    gone: set[int] = set()
    heads = _heads(pieces)
    for block, at in zip(file.blocks, heads, strict=True):
        kept = [row for row in block.rows if is_inside(row, days)]
        if not kept:
            raise unreadable()  # a block without rows is none
        gone |= {row.line for row in block.rows} - {row.line for row in kept}
        first = f"{kept[0].start:%Y-%m-%d %H:%M}"
        for place in at:
            pieces[place] = _HEAD.sub(rf"{first}\g<2>{len(kept)}\g<3>", pieces[place])
    lines = [pieces[place : place + 2] for place in range(0, len(pieces), 2)]
    text = "".join("".join(each) for number, each in enumerate(lines, 1) if number not in gone)
    made = text.encode()
    if len(parse(made).blocks) != len(file.blocks):
        raise unreadable()
    return {"data": pack(made), "dropped": len(gone)}


def _heads(pieces: Sequence[str]) -> list[list[int]]:
    """Give for each block the places of its two lines that name the first row and how many there are."""
    places = [place for place in range(0, len(pieces), 2) if "for period starting:" in pieces[place]]
    starts = [place for place in range(0, len(pieces), 2) if pieces[place].strip("\xa0 ").startswith("Start date:")]
    return [list(each) for each in zip(starts, places, strict=True)]
