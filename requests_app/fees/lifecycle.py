"""The words of a fee, a question, and a mail of ours on a thread: closed lists (rules); field guide 5.4 and S40."""

from dataclasses import dataclass
from enum import StrEnum


class FeeState(StrEnum):
    """Where a fee stands."""

    QUOTED = "quoted"  # somebody has to say yes or no
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"  # the utility named another one, or answered without it


class DecidedBy(StrEnum):
    """Who said yes or no to a fee."""

    NOBODY = ""
    ONE = "one"  # one member of staff, up to the limit
    TWO = "two"  # two different people
    CUSTOMER = "customer"  # the customer, on a page of her own


class Payer(StrEnum):
    """Who pays an accepted fee: the recipient, and the customer only by her own yes."""

    NOBODY = ""
    RECIPIENT = "recipient"
    CUSTOMER = "customer"


class SaidBy(StrEnum):
    """How the utility, or the customer, told us."""

    MAIL = "mail"
    PHONE = "phone"
    POST = "post"
    PAGE = "page"  # the customer, on a page of her own


class Asks(StrEnum):
    """What a customer is asked."""

    FEE = "fee"  # whether she pays it herself
    SIGN = "sign"  # the utility wants a form of its own signed by her
    PAPER = "paper"  # the utility wants our letter signed with a pen: she posts it to us
    CALL = "call"  # the utility wants to hear from her
    WORDS = "words"  # a question of the utility in words, whose answer we pass on


class Answer(StrEnum):
    """What she answered."""

    YES = "yes"
    NO = "no"
    DONE = "done"


class Mail(StrEnum):
    """What a mail of ours on a request's thread is."""

    FEE_ACCEPTED = "fee_accepted"
    FEE_DECLINED = "fee_declined"
    ANSWER = "our_answer"
    CLOSED = "closed"  # two people closed it: the desk need do nothing more
    REPLACED = "replaced"  # another request takes its place


class MailState(StrEnum):
    """Where a mail of ours on a thread stands."""

    QUEUED = "queued"
    SENDING = "sending"  # found by another run: it may have gone out, a person decides
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # a person finds out whether it arrived
    VOID = "void"  # nothing permits it any more


class Why(StrEnum):
    """Why a request takes the place of another."""

    OWN_FORM = "own_form"
    ON_PAPER = "on_paper"


@dataclass(frozen=True)
class Question:
    """Which answers a question takes, and whether the clock goes on by them alone.

    Where it does not, we pass the answer on first: the clock goes on when the utility has it (5.4).
    """

    answers: frozenset[Answer]
    goes_on: frozenset[Answer]


QUESTIONS: dict[Asks, Question] = {
    Asks.FEE: Question(frozenset({Answer.YES, Answer.NO}), frozenset()),
    Asks.SIGN: Question(frozenset({Answer.DONE, Answer.NO}), frozenset({Answer.DONE})),
    Asks.PAPER: Question(frozenset({Answer.DONE, Answer.NO}), frozenset()),
    Asks.CALL: Question(frozenset({Answer.DONE, Answer.NO}), frozenset({Answer.DONE})),
    Asks.WORDS: Question(frozenset({Answer.DONE, Answer.NO}), frozenset()),
}
# Said of a request that has ended, so that nobody at the desk works on it in vain.
ENDS = frozenset({Mail.FEE_DECLINED, Mail.CLOSED, Mail.REPLACED})
# What may be done by hand with a mail of which nobody knows whether it arrived, or that was refused.
STUCK = frozenset({MailState.UNKNOWN, MailState.REFUSED})
