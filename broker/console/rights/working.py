"""The review's own work (jobs): it begins on its day, ends at its end, and reminds where a mailbox is known."""

import uuid
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices
from broker.console.rights import asks, beginning, rules
from broker.console.rights.models import Item, Review
from broker.duties import people
from broker.jobs import standing
from broker.parties.models import User
from broker.parties.signin import alerts
from broker.transport import Proof, ProvenAddress
from consents import complaints
from requests_app.desk_work import digest

KIND = "rights.daily"
DAILY = standing.daily(KIND)
WHY = "a review of rights"


@jobs.handler(KIND)
def daily(_job: jobs.JobView) -> None:
    """On the morning of a business day begin a review that is due, and remind of the one that is open.

    One that is past its end is closed here as well, should its own job have died: no other could begin.
    """
    now = timezone.now()
    beginning.catch_up(now)
    if digest.is_desk_morning(now):
        begun = beginning.begin_if_due(now)
        remind(now, began_today=begun is not None)


@jobs.handler(beginning.CLOSE)
def close(job: jobs.JobView) -> None:
    """End a review at its end."""
    beginning.close(job.subject_id, now=timezone.now())


@jobs.handler(beginning.TELL)
def tell(job: jobs.JobView) -> None:
    """Tell whoever is suspended since nobody looked: the person where a mailbox is known, else the recipient."""
    item = _items(Item.objects.all()).get(id=job.subject_id)
    if (letter := _letter(item)) is not None:
        with transaction.atomic():
            key = f"{beginning.TELL}:{item.id}"
            to, language, subject, context = letter
            notices.send_later("rights_suspended", to=to, subject=subject, language=language, context=context, key=key)


def remind(now: datetime, *, began_today: bool) -> None:
    """Mail reviewers what waits for them, and holders what nobody looked at yet; each once for a day.

    Whoever has no proven mailbox sees the line on the console's home.
    """
    review = beginning.open_one()
    if review is None or now >= review.ends_at:
        return
    waits = asks.unsettled(review.items.all())
    left = _left(review, now)
    if rules.is_told(left, began_today=began_today):
        for each in people.deciders():
            number = waits.exclude(person=each).count()
            if number:
                _tell_reviewer(each, review, number, f"{KIND}:{review.id}:{each.id}:{left}")
    if left == rules.WARN_BEFORE:
        for item in _items(waits):
            _warn(item, f"{KIND}:{item.id}:{left}")


def _warn(item: Item, key: str) -> None:
    if (letter := _letter(item)) is not None:
        with transaction.atomic():
            to, language, subject, context = letter
            notices.send_later("rights_waiting", to=to, subject=subject, language=language, context=context, key=key)


def _left(review: Review, now: datetime) -> int:
    days = complaints.calendar()
    return days.between(days.today(now), review.due)


def _tell_reviewer(user: User, review: Review, number: int, key: str) -> None:
    found = alerts.mailbox(user, WHY)
    if found is None:
        return
    context = {"number": number, "due": review.due, "path": reverse("console-rights")}
    with transaction.atomic():
        notices.send_later("rights_to_review", to=found[0], subject=user.id, context=context, key=key)


class _Letter(NamedTuple):
    to: ProvenAddress
    language: str
    subject: uuid.UUID
    context: dict[str, object]


def _letter(item: Item) -> _Letter | None:
    """Whom to tell about a right, and of what: the person where a mailbox is known, else the recipient's contact."""
    user, program = item.person, item.application
    house = program.organisation if program else user.organisation if user else None
    found = alerts.mailbox(user, WHY) if user else None
    if found is None and house is not None:
        found = ProvenAddress(house.contact_email, Proof("party", str(house.id))), "en"
    subject = item.person_id or item.application_id
    if found is None or subject is None:
        return None
    what, name = program.name if program else "", user.username if user else ""
    return _Letter(*found, subject, {"what": what, "user": name, "due": item.review.due})


def _items(rows: QuerySet[Item]) -> QuerySet[Item]:
    return rows.select_related("review", "person__organisation", "application__organisation")
