"""What was asked of the utility under a consent, for the customer's own list (rules of a look-up)."""

from django.urls import reverse
from django.utils import timezone

from consents.asked import Asked, Stage
from consents.models import Consent
from requests_app import what_asked
from requests_app.decision import PASSING_STATES
from requests_app.desk import turns
from requests_app.fees.lifecycle import FeeState
from requests_app.fees.models import FeeQuote
from requests_app.hooks import by_her
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, Release
from requests_app.request_state import WAITING

STAGES: dict[ManualState, Stage] = {
    ManualState.DRAFTED: Stage.PREPARING,
    ManualState.QUEUED: Stage.PREPARING,
    ManualState.DELIVERY_UNKNOWN: Stage.UNPROVEN,
    ManualState.DELIVERY_UNPROVEN: Stage.UNPROVEN,
    ManualState.NOT_DELIVERED: Stage.NOT_DELIVERED,
    ManualState.WAITING_ON_UTILITY: Stage.WAITING,
    ManualState.ACKNOWLEDGED: Stage.WAITING,
    ManualState.FEE_QUOTED: Stage.FEE,
    ManualState.WAITING_ON_CUSTOMER: Stage.ASKS_HER,
    ManualState.WAITING_ON_US: Stage.ASKS_US,
    ManualState.PARTIALLY_ANSWERED: Stage.PARTLY,
    ManualState.ANSWERED: Stage.ARRIVED,
    ManualState.DELIVERED: Stage.DELIVERED,
    ManualState.WITHDRAWN: Stage.ENDED,
    ManualState.SUPERSEDED: Stage.REPLACED,
    ManualState.CLOSED_WITHOUT_RESPONSE: Stage.NO_ANSWER,
}

# The stages whose line names the day of an answer that is still to come: there she may ask why it is that day.
DATED = (Stage.WAITING, Stage.PARTLY)


def of(consent: Consent) -> list[Asked]:
    """List the requests under a consent, oldest first."""
    rows = ManualRequest.objects.filter(request__consent=consent).order_by("created_at", "number")
    return [*_of_her(consent), *(_asked(each) for each in rows)]


def _of_her(consent: Consent) -> list[Asked]:
    """List what waits for files that she downloads herself: nothing else would tell her here."""
    if consent.state not in PASSING_STATES:
        return []
    share = reverse("my-share-file", args=[consent.id])
    return [
        Asked(
            str(each.id)[:8],
            Stage.HER_FILES,
            each.made_at,
            None,
            None,
            None,
            share=share,
            **what_asked.of_request(each),
        )
        for each, state in by_her.all_standing(consent).items()
        if state == WAITING
    ]


def _asked(manual: ManualRequest) -> Asked:
    stage = STAGES[ManualState(manual.state)]
    if stage == Stage.DELIVERED and Release.objects.filter(request=manual.request_id).exists():
        stage = Stage.HANDED_OVER
    if stage == Stage.NO_ANSWER and FeeQuote.objects.filter(manual=manual, state=FeeState.DECLINED).exists():
        stage = Stage.COSTS
    answers = Message.objects.filter(manual=manual, direction="in", kind="answer").order_by("at")
    arrived = answers.values_list("at", flat=True).first()
    dated = stage in DATED and (manual.promised_for or manual.due)
    why = reverse("my-request-date", args=[manual.id]) if dated else ""
    question = reverse("my-request-question", args=[manual.id]) if stage == Stage.ASKS_HER else ""
    leaves = turns.expected(manual, now=timezone.now())
    facts = (manual.number, stage, manual.sent_at, manual.expected_from, manual.due, arrived)
    came = reverse("my-request-came", args=[manual.id]) if arrived else ""
    return Asked(
        *facts,
        why=why,
        question=question,
        leaves=leaves,
        came=came,
        way=reverse("my-request-way", args=[manual.request_id]),
        promised=manual.promised_for,
        **what_asked.of(manual),
    )
