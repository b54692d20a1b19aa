"""The closed lists of the ladder: its steps, the states of a follow-up and of a phone task, outcomes, choices (rules).

Source: field guide 5.4, “Ladder”.
"""

from enum import StrEnum


class Step(StrEnum):
    """What is due on the way of a request, in the order of the ladder."""

    UNPROVEN = "unproven"  # an hour after sending nothing proves its arrival: staff look
    PROMISED = "promised"  # the utility named a day: the customer is told, and we wait for it
    OPENS = "opens"  # from now on an answer can be expected
    REMINDER = "reminder"  # staff hear that it comes due
    DUE = "due"
    OVERDUE = "overdue"  # the customer is told, once
    FOLLOW_UP = "follow_up"  # the utility is asked again, on the same thread
    CALL = "call"  # a person calls the billing desk
    DECIDE = "decide"  # two people decide how it goes on


class AskState(StrEnum):
    """Where a follow-up stands."""

    QUEUED = "queued"
    SENDING = "sending"  # written before the first byte leaves; found by another run, nobody knows
    SENT = "sent"
    UNKNOWN = "unknown"  # it may have arrived: never sent again
    REFUSED = "refused"
    CANCELLED = "cancelled"  # nothing left us: the request went another way meanwhile


class CallState(StrEnum):
    """Where a phone task stands."""

    OPEN = "open"
    DONE = "done"
    VOID = "void"  # the request ended, or was answered, before anybody called


class Outcome(StrEnum):
    """What came of a call."""

    WILL_SEND = "will_send"
    OWN_FORM = "own_form"
    NO_MEMBER = "no_member"
    NOT_REACHED = "not_reached"
    WILL_NOT = "will_not"
    OTHER = "other"


class Choice(StrEnum):
    """How a request goes on that nobody answered."""

    CLOSE = "close"
    UPLOAD = "upload"
    WAIT = "wait"


class ReadAs(StrEnum):
    """What a person read a mail of the thread as that no rule could classify."""

    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    QUESTION = "question"
    REFUSAL = "refusal"
    NOTHING = "nothing"  # it says nothing about the request


OUTCOMES: dict[Outcome, str] = {
    Outcome.WILL_SEND: "They will send it",
    Outcome.OWN_FORM: "They need their own form",
    Outcome.NO_MEMBER: "They know no such member",
    Outcome.NOT_REACHED: "Nobody was reached",
    Outcome.WILL_NOT: "They will not send it",
    Outcome.OTHER: "Something else",
}
CHOICES: dict[Choice, str] = {
    Choice.CLOSE: "Close it without an answer",
    Choice.UPLOAD: "Ask the customer to download it herself",
    Choice.WAIT: "Keep waiting until a day",
}
STEPS: dict[Step, str] = {
    Step.UNPROVEN: "Nothing proved the delivery after an hour: staff were told",
    Step.PROMISED: "The co-op named a day: the customer was told",
    Step.OPENS: "From this day on an answer can be expected",
    Step.REMINDER: "Staff were reminded that the answer comes due",
    Step.DUE: "The answer came due",
    Step.OVERDUE: "The answer was overdue: the customer was told",
    Step.FOLLOW_UP: "The co-op was asked again",
    Step.CALL: "A call to the billing desk was due",
    Step.DECIDE: "Two people have to decide how it goes on",
}
MOST_FOLLOW_UPS = 3
