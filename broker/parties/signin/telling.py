"""A person is told by mail what changed in her way in (actions)."""

from django.db import transaction
from django.urls import reverse

from broker import jobs, notices
from broker.looking import look
from broker.notices import compose
from broker.parties.signin import alerts, workbox
from broker.parties.signin.models import Change

WHY = "a changed sign-in"
_TO_EACH = (Change.What.MAILBOX, Change.What.ASKED, Change.What.MORNING)


@jobs.handler(alerts.KIND_BEFORE)
@jobs.handler(alerts.KIND)
def mail(job: jobs.JobView) -> None:
    """Write the mail about a change, once; nothing where no mailbox of hers is proven.

    A changed mailbox is told to each one that she has, and to the one that she left: whoever took her session over
    would else be the only one who hears.
    """
    change = Change.objects.select_related("user", "passkey").get(id=job.subject_id)
    boxes = {to.address: (to, language) for to, language in reversed(_boxes(change))}
    with transaction.atomic():
        for number, address in enumerate(sorted(boxes)):
            write(change, boxes[address], part=f":{number}" if number else "")


def write(change: Change, box: alerts.Mailbox, *, part: str = "") -> None:
    """Write the mail about a change to one mailbox, once for each `part`; inside `atomic()`."""
    to, language = box
    context: dict[str, object] = {
        "what": change.what,
        "user": change.user.username,
        "at": change.at,
        "path": reverse("signin"),
        "number": change.id,
        "passkey": " ".join(change.passkey.name.split()) if change.passkey else "",
        "made": change.passkey.created_at if change.passkey else None,
    }
    # Whoever made a passkey named it: by a name that the gate keeps back she would keep back the mail.
    words = compose.render("sign_in_changed", language=language, context=context)
    if context["passkey"] and look(f"{words.subject}\n{words.text}", "outbound_email"):
        context["passkey"] = ""
    notices.send_later(
        "sign_in_changed",
        to=to,
        subject=change.user_id,
        language=language,
        context=context,
        key=f"{alerts.KIND_BEFORE}:{change.id}{part}",  # as ever: what a worker of before wrote is not written twice
    )


def _boxes(change: Change) -> list[alerts.Mailbox]:
    if change.what in _TO_EACH:
        left = workbox.left(change.user, change.at, WHY)
        return [*alerts.mailboxes(change.user, WHY), *([left] if left else [])]
    found = alerts.mailbox(change.user, WHY)
    return [found] if found else []
