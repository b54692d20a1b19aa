"""The mail that tells a customer of a broken glass, in the way that she chose (job)."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.duties import glass
from broker.duties.models import Glass
from broker.terms import SERVICE
from consents import complaints, electronic

WRITER = SERVICE("notices")


@jobs.handler(glass.TELL)
def tell_job(job: jobs.JobView) -> None:
    """Tell her that, until when, and by when another person looks at why."""
    row = Glass.objects.select_related("customer").get(id=job.subject_id)
    context = {"at": row.opened_at, "until": row.ends_at, "review_by": row.review_by, "my_path": reverse("my")}
    message = electronic.Message("glass_broken", row.customer, context, f"glass:{row.id}")
    electronic.tell(message, why="glass", actor=WRITER, now=timezone.now())


def review_by(now: datetime) -> datetime:
    """Give the end of the next business day, by which another person looks at it."""
    days = complaints.calendar()
    return days.closing_moment(days.next_business_day(days.today(now)))
