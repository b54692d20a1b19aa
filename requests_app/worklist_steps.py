"""The next steps of a request: each a link or a form to the one act that does it, nothing to edit (interface)."""

from dataclasses import dataclass

from django.urls import reverse

from requests_app.ladder.words import Step
from requests_app.lifecycle import FACTS, NOT_OUT, OVER, OWED, ClockMode, ManualState
from requests_app.models import ManualRequest

NEXT_STEP = {
    ManualState.DRAFTED: "Complete it",
    ManualState.QUEUED: "Our letter goes out by itself",
    ManualState.DELIVERY_UNKNOWN: "Find out whether the mail arrived, then send again or wait",
    ManualState.DELIVERY_UNPROVEN: "Wait for proof of delivery",
    ManualState.NOT_DELIVERED: "Call the co-op, then send again",
    ManualState.WAITING_ON_UTILITY: "No reply yet",
    ManualState.ACKNOWLEDGED: "The co-op has it; no answer yet",
    ManualState.FEE_QUOTED: "Decide on the fee",
    ManualState.WAITING_ON_CUSTOMER: "The customer has to say or sign something",
    ManualState.WAITING_ON_US: "Answer the co-op's question",
    ManualState.PARTIALLY_ANSWERED: "A part is missing",
    ManualState.ANSWERED: "Check the files",
    ManualState.DELIVERED: "Done",
    ManualState.WITHDRAWN: "Ended by the customer",
    ManualState.SUPERSEDED: "Replaced by a newer request",
    ManualState.CLOSED_WITHOUT_RESPONSE: "Closed by two people",
}

# What a state asks for, on the page of the acts that it offers.
ACTS = {
    ManualState.DRAFTED: "Send it",
    ManualState.FEE_QUOTED: "Decide on the fee",
    ManualState.WAITING_ON_CUSTOMER: "Write down what the customer says",
    ManualState.WAITING_ON_US: "Answer the co-op",
}
COMING = {
    Step.UNPROVEN: "We look for the proof of delivery",
    Step.PROMISED: "The customer is told which day they named",
    Step.OPENS: "From here on an answer can be expected",
    Step.REMINDER: "The desk is reminded",
    Step.DUE: "The answer comes due",
    Step.OVERDUE: "It is overdue, and the customer is told",
    Step.FOLLOW_UP: "We ask again, on the same thread",
    Step.CALL: "A person calls the billing desk",
    Step.DECIDE: "Two people decide how it goes on",
}


def next_step(manual: ManualRequest, *, unusable: bool) -> str:
    """Say what comes next; `unusable`: files came, and none of the last ones could be used."""
    state = ManualState(manual.state)
    if state not in OWED:
        return NEXT_STEP[state]
    named = f"; they named {manual.promised_for:%B} {manual.promised_for.day}" if manual.promised_for else ""
    if unusable:
        return f"What came could not be used: they have to send it again{named}"
    if state == ManualState.WAITING_ON_UTILITY and named:
        return f"No files yet{named}"
    return f"{NEXT_STEP[state]}{named}"


@dataclass(frozen=True)
class NextStep:
    """One thing that a person can do now; `post`: it is done by the click itself."""

    title: str
    url: str
    post: bool = False


@dataclass(frozen=True)
class Waits:
    """What of a request waits for a person."""

    file: object = None  # the id of the oldest file in quarantine
    resend: bool = False  # it may be sent again
    held: bool = False  # a mail in the holding pen may be about it
    unread: bool = False  # somebody has to say what a mail is
    call: bool = False
    decide: bool = False


def steps_of(manual: ManualRequest, waits: Waits) -> list[NextStep]:
    """Give what can be done about a request now, the first one first."""
    found: list[NextStep] = []
    state = ManualState(manual.state)
    if waits.held:
        found.append(NextStep("Read the held mail", f"{reverse('admin:index')}?tab=pen"))
    elif waits.unread:
        found.append(NextStep("Read the mail, say what it is", f"{_at(manual, 'request')}#thread"))
    if waits.file is not None:
        found.append(NextStep("Check the file", reverse("admin:file", args=[waits.file])))
    if waits.call:
        found.append(NextStep("Call the co-op", _at(manual, "request-call")))
    if waits.decide:
        found.append(NextStep("Ask how it goes on", _at(manual, "request-decide")))
    if state in ACTS:
        found.append(NextStep(ACTS[state], _at(manual, "request-acts")))
    if waits.resend:
        found.append(NextStep("Send it again", f"{_at(manual, 'request')}#again"))
    if state not in OVER and not (state in NOT_OUT and manual.sent_at is None):
        found.append(NextStep("Write down what they said", _at(manual, "request-heard")))
    if state in OWED and manual.due is not None:
        found.append(NextStep("They named a day", _at(manual, "request-date")))
    if FACTS[state].clock == ClockMode.RUNS:
        found.append(NextStep("A fee, a question, another form", _at(manual, "request-acts")))
    return found


def _at(manual: ManualRequest, name: str) -> str:
    return reverse(f"admin:{name}", args=[manual.id])
