"""What is said in a call to a billing desk, what is never asked for, and what is written down (rules).

English, for our own staff. Nothing in it opens a member's data: the account goes by its last four digits.
"""

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
class Call:
    """What a call is about; `first_day` and `last_day` are None where no call was asked for."""

    operator: str
    utility: str
    phone: str
    number: str
    last_four: str
    letter: str
    sent_at: datetime | None
    due: date | None
    asked_again: int
    first_day: date | None = None
    last_day: date | None = None


def script(call: Call) -> CallScript:
    """Give the words of a call."""
    sent = f" on {call.sent_at:%B} {call.sent_at.day}" if call.sent_at else ""
    due = f" Such an answer usually comes by {call.due:%B} {call.due.day}." if call.due else ""
    again = {0: "", 1: " We wrote once more since."}.get(call.asked_again, f" We wrote {call.asked_again} times since.")
    return CallScript(
        phone=call.phone,
        from_day=call.first_day,
        until_day=call.last_day,
        hours="9:00 to 15:00 on the co-op's own clock, on its business days",
        say=(
            f"Good morning, this is {call.operator}. May I speak with the billing department of {call.utility}?",
            f"We sent you request {call.number} by e-mail{sent}, with a member's signed authorization, "
            f"{call.letter}, for the account ending in {call.last_four}.{due}{again}",
            "Did it reach you? Is anything missing on our side: a form of yours, a signature on paper, a fee?",
            "When may we expect the answer? The quickest way is to reply to our e-mail.",
            f"You can check the authorization yourself: its page and code are in our e-mail about {call.number}.",
            "Thank you for your work. If this request should not be answered, please tell us; we do not insist.",
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
