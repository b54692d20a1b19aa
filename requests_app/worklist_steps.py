"""The next steps of a request: each a link or a form to the one act that does it, nothing to edit (interface)."""

from dataclasses import dataclass

from django.urls import reverse

from requests_app.lifecycle import FACTS, NOT_OUT, OVER, ClockMode, ManualState
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


@dataclass(frozen=True)
class NextStep:
    """One thing that a person can do now; `post`: it is done by the click itself."""

    title: str
    url: str
    post: bool = False


def steps_of(
    manual: ManualRequest, *, file: object = None, resend: bool = False, unread: bool = False
) -> list[NextStep]:
    """Give what can be done about a request now, the first one first.

    `file`: the id of the oldest file in quarantine. `resend`: it may be sent again. `unread`: a mail of its thread
    waits in the holding pen.
    """
    found: list[NextStep] = []
    state = ManualState(manual.state)
    if unread:
        found.append(NextStep("Read the held mail", f"{reverse('admin:index')}?tab=pen"))
    if file is not None:
        found.append(NextStep("Check the file", reverse("admin:file", args=[file])))
    if resend:
        found.append(NextStep("Send it again", f"{_at(manual, 'request')}#again"))
    if state not in OVER and not (state in NOT_OUT and manual.sent_at is None):
        found.append(NextStep("Write down what they said", _at(manual, "request-heard")))
    if state not in OVER and manual.due is not None and FACTS[state].clock == ClockMode.RUNS:
        found.append(NextStep("They named a day", _at(manual, "request-date")))
    return found


def _at(manual: ManualRequest, name: str) -> str:
    return reverse(f"admin:{name}", args=[manual.id])
