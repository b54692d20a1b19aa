"""What an ask proposes on the pages of a grant, and what of her answers goes beyond it (rules).

A proposal stands in a form that she sends or changes; it is no answer before that. So no page is passed over, and
nothing that she did not see is in the letter.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from consents.rules import Answers, forward_end, through


class Scope(Protocol):
    """What an ask names (`models.ConsentAsk`, `wanted.Wanted`)."""

    purpose: Any
    data_types: Any
    history_from: Any
    history_to: Any
    forward: Any
    ends: Any


def data(ask: Scope, answers: Answers) -> dict[str, Any]:
    """Give what the page of data begins with where she has answered nothing there yet."""
    if answers.data_types:
        return {}
    days = {
        "history_from": ask.history_from,
        "history_through": through(ask.history_to) if ask.history_to else None,
    }
    return {"data_types": tuple(ask.data_types), **days}


def purpose(ask: Scope, answers: Answers, *, today: date) -> dict[str, Any]:
    """Give what the page of purpose and time begins with where she has answered nothing there yet.

    A day that is over is not proposed; that anybody reads her files on the way (Nectar) never is.
    """
    if answers.purpose:
        return {}
    goes_on = ask.forward is not None and ask.forward > today
    shorter = goes_on and ask.forward < ask.ends
    return {
        "purpose": ask.purpose,
        "last_day": through(ask.ends) if ask.ends > today else None,
        "forward": goes_on,
        "forward_through": through(ask.forward) if shorter else None,
    }


def wider(ask: Scope, answers: Answers) -> Sequence[str]:
    """Name the parts of her answers that go beyond the ask: `data_types`, `history`, `forward`, `ends`, `purpose`."""
    found = []
    if not set(answers.data_types) <= set(ask.data_types):
        found.append("data_types")
    if answers.history_from and answers.history_to and not _within(answers, ask):
        found.append("history")
    until = forward_end(answers)
    if until is not None and (ask.forward is None or until > ask.forward):
        found.append("forward")
    if answers.ends is not None and answers.ends > ask.ends:
        found.append("ends")
    if answers.purpose and answers.purpose != ask.purpose:
        found.append("purpose")
    return found


def _within(answers: Answers, ask: Scope) -> bool:
    if ask.history_from is None or ask.history_to is None:
        return False
    assert answers.history_from
    assert answers.history_to
    return bool(ask.history_from <= answers.history_from and answers.history_to <= ask.history_to)
