"""A difference in words for staff (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import ascii_uppercase
from typing import Any

from broker.notices.templatetags.notices import moment
from requests_app.charts import words
from requests_app.differences.looking import Row, Seen
from requests_app.differences.rules import RULES
from requests_app.one_value.merging import DOUBTFUL, ELSEWHERE, NEWER, STANDS

MOST = 400
OUTCOMES = {
    STANDS: "settled",
    DOUBTFUL: "both doubtful",
    ELSEWHERE: "settled for a source that is gone",
    NEWER: "settled, and doubted again by a later source",
}


@dataclass(frozen=True)
class ShownRow:
    """One value: its time, what each source says (with quality and row or page), how far apart, and its state."""

    when: str
    cells: list[str]
    apart: str
    state: str
    shown: str  # the letter of the source whose word is given out


@dataclass(frozen=True)
class ShownDecision:
    """One decision in words."""

    number: int
    at: Any
    stands: str
    rule: str
    values: int
    two: bool
    reason: str


def named_sources(sources: Sequence[Any], *, short: bool = False) -> list[tuple[Any, str]]:
    """Name sources by letters, in the order in which they came; in full with channel and day."""
    found = []
    for number, each in enumerate(sources):
        letter = ascii_uppercase[number % 26] + ("" if number < 26 else str(number // 26))
        found.append((each, letter if short else f"{letter}: {_whence(each)}"))
    return found


def shown_rows(seen: Seen) -> list[ShownRow]:
    """Give the values as the table shows them, the first ones where there are too many for a page."""
    letters = [name for _, name in named_sources(seen.sources, short=True)]
    return [
        ShownRow(
            f"{_time(each.start)} to {_time(each.end)}",
            [_cell(word) for word in each.words],
            _apart(each),
            OUTCOMES[each.settled.outcome] if each.settled else "open",
            letters[each.shown],
        )
        for each in seen.rows[:MOST]
    ]


def shown_history(seen: Seen) -> list[ShownDecision]:
    """Give the decisions, the newest first."""
    names = {each.series_id: name for each, name in named_sources(seen.sources)}
    return [
        ShownDecision(
            row.number,
            row.at,
            names.get(row.stands_id, "a source of another month") if row.stands_id else "Both are doubtful",
            RULES[row.rule].ours,
            len(row.moments),
            row.approval is not None,
            reason,
        )
        for row, reason in seen.history
    ]


def shown_ask(seen: Seen) -> dict[str, str]:
    """Give what waits for a second person, in words."""
    if seen.waiting is None:
        return {}
    facts = seen.waiting.params
    names = {str(each.series_id): name for each, name in named_sources(seen.sources)}
    days = [(facts["first"], date.min, "from"), (facts["last"], date.max, "through")]
    return {
        "stands": names.get(facts["stands"], "Both are doubtful"),
        "rule": RULES[facts["rule"]].ours,
        "days": " ".join(f"{word} {day}" for day, edge, word in days if day != edge.isoformat()),
    }


def _whence(place: Any) -> str:
    edition = f", word {place.edition} of it" if place.edition > 1 else ""
    return f"{place.file.channel.replace('_', ' ')}, came {moment(place.file.received_at)}{edition}"


def _cell(word: dict[str, Any] | None) -> str:
    if word is None:
        return "nothing"
    said = words.number(Decimal(str(word["value"])))
    more = [str(word[name]) for name in ("quality",) if word.get(name)]
    more += [f"row or page {word['row']}"] if word.get("row") is not None else []
    return f"{said} ({', '.join(more)})" if more else said


def _apart(row: Row) -> str:
    largest = max(abs(each) for each in row.figures)
    share = f" ({row.apart / largest * 100:.1f} %)" if largest else ""
    return f"{words.number(row.apart)}{share}"


def _time(text: str) -> str:
    return text[:16].replace("T", " ")
