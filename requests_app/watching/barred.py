"""What waits in the queue while disclosures are stopped, or whoever would get it is suspended (a look before each run).

It waits as long as it takes and then goes on by itself, decided anew by the consent of that moment. What ends or
narrows something (a withdrawal at the co-op, the message that a consent was revoked) is no disclosure, and goes out.
Each of these jobs asks once more where it says that something goes out (`bars.hold`),
and the invitation of an ask once more before it leaves (`broker.notices.waiting`).
"""

import uuid
from collections.abc import Callable
from typing import NamedTuple

from broker import jobs
from broker.duties import bars
from consents.asking.inviting import KIND as INVITE
from consents.asking.models import ConsentAsk
from requests_app.fees.answering import SEND as ANSWER
from requests_app.fees.lifecycle import ENDS
from requests_app.fees.models import ThreadMail
from requests_app.hooks import events
from requests_app.hooks.models import Delivery
from requests_app.hooks.outbox import SEND as MESSAGE
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.ladder.models import FollowUp
from requests_app.models import DataRequest, ManualRequest, NectarPull


class Whose(NamedTuple):
    """To whom something goes: a recipient, its program where it goes to one, and the person who asked for it."""

    organisation: uuid.UUID | None
    application: uuid.UUID | None
    person: uuid.UUID | None = None


NOT_ASKED: Whose | None = None  # what this job sends is no disclosure


def _letter(subject: uuid.UUID) -> Whose | None:
    return _of_request(ManualRequest.objects.select_related("request").get(id=subject).request)


def _follow_up(subject: uuid.UUID) -> Whose | None:
    return _of_request(FollowUp.objects.select_related("manual__request").get(id=subject).manual.request)


def _answer(subject: uuid.UUID) -> Whose | None:
    mail = ThreadMail.objects.select_related("manual__request").get(id=subject)
    return NOT_ASKED if mail.what in ENDS else _of_request(mail.manual.request)


def _nectar(subject: uuid.UUID) -> Whose | None:
    return Whose(NectarPull.objects.select_related("file__consent").get(id=subject).file.consent.recipient_id, None)


def _told(subject: uuid.UUID) -> Whose | None:
    return _of_request(DataRequest.objects.get(id=subject))


def _invited(subject: uuid.UUID) -> Whose | None:
    ask = ConsentAsk.objects.get(id=subject)  # as its page has it: `asking.page.is_suspended`
    return Whose(ask.organisation_id, ask.application_id, ask.analyst_id)


def _message(subject: uuid.UUID) -> Whose | None:
    row = Delivery.objects.select_related("endpoint__application").get(id=subject)
    if events.TYPES[row.type].narrows:
        return NOT_ASKED
    application = row.endpoint.application
    return Whose(application.organisation_id, application.id)


def _of_request(request: DataRequest) -> Whose:
    return Whose(request.organisation_id, request.application_id)


GUARDED: dict[str, Callable[[uuid.UUID], Whose | None]] = {
    "manual.send": _letter,
    FOLLOW_UP: _follow_up,
    ANSWER: _answer,
    "nectar.upload": _nectar,
    "recipient.told": _told,
    INVITE: _invited,
    MESSAGE: _message,
}


def register() -> None:
    """Put the look in front of each of these jobs."""
    for kind, whose in GUARDED.items():
        jobs.guard(kind, _look(whose))


def _look(whose: Callable[[uuid.UUID], Whose | None]) -> jobs.Handler:
    def look(job: jobs.JobView) -> None:
        found = whose(job.subject_id)
        if found is not None:
            bars.hold(organisation=found.organisation, application=found.application, person=found.person)

    return look
