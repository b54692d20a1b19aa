"""By what a difference is settled, and what is one difference (rules: closed tables, nobody's free words)."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from requests_app.one_value.settling import Moment

UNKNOWN = "unknown"


class Rule(NamedTuple):
    """What a rule says to our own people, and to the customer (an English msgid)."""

    ours: str
    hers: str


def _(text: str) -> str:
    """Mark a text for translation."""
    return text


RULES: dict[str, Rule] = {
    "utility_says": Rule("The co-op said which one is right", _("Your co-op said which number is right.")),
    "corrected": Rule("The later file corrects the earlier one", _("The later file corrects the earlier one.")),
    "measured": Rule(
        "It was measured, the other one was estimated", _("A measured number comes before an estimated one.")
    ),
    "bill_total": Rule("It comes to the total of the bill", _("It agrees with the total on your bill.")),
    "from_utility": Rule(
        "The co-op sent it itself; the other one is a copy",
        _("A file that your co-op sent us comes before a copy of it."),
    ),
    "misread": Rule("Our program misread the other file", _("Our program misread the other file.")),
    UNKNOWN: Rule(
        "Both are doubtful: the co-op is to be asked",
        _("We cannot tell yet which number is right. It stays marked as doubtful."),
    ),
}
_TOPICS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:difference")


def topic_of(account: object, role: str, unit: str, resolution: str, month: date) -> uuid.UUID:
    """Name what is settled as one: what an account's values of one kind say in a month."""
    return uuid.uuid5(_TOPICS, f"{account}|{role}|{unit}|{resolution}|{month:%Y-%m}")


def next_month(month: date) -> date:
    """Give the first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def fits(rule: str, *, stands: bool) -> bool:
    """Say whether a rule may be the reason: that nobody can tell is no reason for one of them, and no other one is."""
    return rule in RULES and (rule == UNKNOWN) != stands


def open_moments(differing: Iterable[tuple[int, Iterable[Moment]]], decided: Mapping[Moment, tuple[int, bool]]) -> int:
    """Count the values that are open.

    `differing`: the moments of each difference with its number. `decided`: of a moment the newest difference that its
    last decision considered, and whether one source stands.
    """
    newest: dict[Moment, int] = {}
    for number, moments in differing:
        for each in moments:
            newest[each] = max(newest.get(each, 0), number)
    return sum(
        each not in decided or not decided[each][1] or number > decided[each][0] for each, number in newest.items()
    )
