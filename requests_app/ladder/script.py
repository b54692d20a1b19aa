"""What is said in a call to a billing desk, what is never asked for, and what is written down (rules).

English, for our own staff. Nothing in it opens a member's data: the account goes by its last four digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from requests_app.ladder.words import OUTCOMES


@dataclass(frozen=True)
class CallScript:
    """A call: whom, when, and what; `note` is what the form after it asks for."""

    phone: str
    from_day: date | None
    until_day: date | None
    hours: str
    say: tuple[str, ...]
    never: tuple[str, ...]
    note: tuple[str, ...]


@dataclass(frozen=True)
class About:
    """A request that a call is about; the account by its last four digits."""

    number: str
    last_four: str
    letter: str


@dataclass(frozen=True)
class Call:
    """What a call is about: requests that left in one mail. Without `first_day` and `last_day` none was asked for."""

    operator: str
    utility: str
    phone: str
    about: tuple[About, ...]
    sent_at: datetime | None
    due: date | None
    asked_again: int
    first_day: date | None = None
    last_day: date | None = None


def script(call: Call) -> CallScript:
    """Give the words of a call."""
    sent = f" on {call.sent_at:%B} {call.sent_at.day}" if call.sent_at else ""
    due = f" Such an answer usually comes by {call.due:%B} {call.due.day}." if call.due else ""
    numbers = _listed([each.number for each in call.about])
    one = len(call.about) == 1
    letters = _listed(list(dict.fromkeys(each.letter for each in call.about)))
    endings = list(dict.fromkeys(each.last_four for each in call.about))
    accounts = f"the account{'' if len(endings) == 1 else 's'} ending in {_listed(endings)}"
    again = {0: "", 1: " We wrote once more since."}.get(call.asked_again, f" We wrote {call.asked_again} times since.")
    return CallScript(
        phone=call.phone,
        from_day=call.first_day,
        until_day=call.last_day,
        hours="9 a.m. to 3 p.m. on the co-op's own clock, on its business days",
        say=(
            f"Good morning, this is {call.operator}. May I speak with the billing department of {call.utility}?",
            f"We sent you request{'' if one else 's'} {numbers} {'by' if one else 'in one'} e-mail{sent}, "
            f"with a member's signed authorization, {letters}, for {accounts}.{due}{again}",
            "Did it reach you? Is anything missing on our side: a form of yours, a signature on paper, a fee?",
            "When may we expect the answer? The quickest way is to reply to our e-mail.",
            f"You can check the authorization yourself: its page and code are in our e-mail about {numbers}.",
            f"Thank you for your work. If {'this request' if one else 'one of these'} should not be answered, "
            "please tell us; we do not insist.",
        ),
        never=(
            "Never read out or ask for the full account number, a birthday or a Social Security number.",
            "Never ask for, take down or offer a SmartHub name or password.",
            "Never take an e-mail address for the answer by phone: the address stays the one of the profile.",
            "Never name what other members asked for, or that they did.",
            "Never speak of laws, deadlines or consequences: the co-op does this as a courtesy.",
        ),
        note=(
            "When you called.",
            f"What came of it, as one of: {'; '.join(OUTCOMES.values())}.",
            "The day on which they want to answer, where they named one.",
            "Nothing that the desk said about the member's account or bills.",
        ),
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
