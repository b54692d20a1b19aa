"""A person is told by mail what changed in her way in (actions)."""

from django.db import transaction
from django.urls import reverse

from broker import jobs, notices
from broker.parties.signin import alerts, workbox
from broker.parties.signin.models import Change

WHY = "a changed sign-in"


@jobs.handler(alerts.KIND)
def mail(job: jobs.JobView) -> None:
    """Write the mail about a change, once; nothing where no mailbox of hers is proven.

    A changed mailbox is told to each one that she has, and to the one that she left: whoever took her session over
    would else be the only one who hears.
    """
    change = Change.objects.select_related("user").get(id=job.subject_id)
    boxes = {to.address: (to, language) for to, language in reversed(_boxes(change))}
    with transaction.atomic():
        for number, address in enumerate(sorted(boxes)):
            to, language = boxes[address]
            notices.send_later(
                "sign_in_changed",
                to=to,
                subject=change.user_id,
                language=language,
                context={
                    "what": change.what,
                    "user": change.user.username,
                    "at": change.at,
                    "path": reverse("signin"),
                    "number": change.id,
                },
                key=f"{alerts.KIND}:{change.id}" + (f":{number}" if number else ""),
            )


def _boxes(change: Change) -> list[alerts.Mailbox]:
    if change.what == Change.What.MAILBOX:
        left = workbox.left(change.user, change.at, WHY)
        return [*alerts.mailboxes(change.user, WHY), *([left] if left else [])]
    found = alerts.mailbox(change.user, WHY)
    return [found] if found else []
