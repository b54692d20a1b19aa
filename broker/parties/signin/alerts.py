"""What changed in a person's own way in: kept for her page, and mailed where a mailbox of hers is proven (actions)."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from broker import jobs, notices
from broker.parties.models import User
from broker.parties.signin.models import Change
from broker.transport import ProvenAddress

KIND = "signin.changed"
SHOWN = 5

type Mailbox = tuple[ProvenAddress, str]  # and the language in which its owner reads
type Provider = Callable[[User, str], Mailbox | None]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Have a package that knows people's mailboxes asked for one; it writes down that it opened it, and why."""
    if provider not in _providers:
        _providers.append(provider)


def tell(user: User, what: Change.What, *, now: datetime) -> None:
    """Keep what changed and have the person told; inside the transaction of the change."""
    change = Change.objects.create(user=user, what=what, at=now)
    jobs.enqueue(KIND, change.id, key=f"{KIND}:{change.id}")


def mailbox(user: User, why: str) -> Mailbox | None:
    """Give where a person reads mail about her work here; None where no mailbox of hers is proven."""
    return next((box for each in _providers if (box := each(user, why)) is not None), None)


def recent(user: User) -> list[Change]:
    """Give the last changes, the newest first."""
    return list(Change.objects.filter(user=user).order_by("-at")[:SHOWN])


@jobs.handler(KIND)
def mail(job: jobs.JobView) -> None:
    """Write the mail about a change, once; nothing where no mailbox of hers is proven."""
    change = Change.objects.select_related("user").get(id=job.subject_id)
    found = mailbox(change.user, "a changed sign-in")
    if found is None:
        return
    to, language = found
    with transaction.atomic():
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
            },
            key=f"{KIND}:{change.id}",
        )
