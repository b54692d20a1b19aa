"""What changed in a person's own way in, and who knows her mailboxes (actions); `telling` mails it."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from broker import jobs
from broker.parties.models import User
from broker.parties.signin.models import Change, Passkey
from broker.transport import ProvenAddress

# Its own kind: a worker of before this one would say something untrue of what it does not know, or tell nobody.
KIND, KIND_BEFORE = "signin.told", "signin.changed"
SHOWN = 5

type Mailbox = tuple[ProvenAddress, str]  # and the language in which its owner reads
type Provider = Callable[[User, str], Mailbox | None]
type Holders = Callable[[Collection[UUID]], set[UUID]]
_providers: dict[Provider, Holders] = {}


def register(provider: Provider, holders: Holders) -> None:
    """Have a package that knows people's mailboxes asked for one; it writes down that it opened it, and why.

    `holders` says who of some people has one there, and opens nothing. Whoever registers first is asked first.
    """
    _providers.setdefault(provider, holders)


def tell(user: User, what: Change.What, *, now: datetime, passkey: Passkey | None = None) -> Change:
    """Keep what changed, and which passkey it was, and have the person told; inside the transaction of the change."""
    change = Change.objects.create(user=user, what=what, passkey=passkey, at=now)
    # A sign-in is no rare thing: of somebody without a mailbox it leaves no job that would find nothing to do.
    if what != Change.What.BROWSER or reachable([user.id]):
        jobs.enqueue(KIND, change.id, key=f"{KIND}:{change.id}")
    return change


def mailbox(user: User, why: str) -> Mailbox | None:
    """Give where a person reads mail about her work here; None where no mailbox of hers is proven."""
    return next((box for each in _providers if (box := each(user, why)) is not None), None)


def mailboxes(user: User, why: str) -> list[Mailbox]:
    """Give every mailbox of a person, where one of them is about to be the only one that hears."""
    return [box for each in _providers if (box := each(user, why)) is not None]


def reachable(people: Collection[UUID]) -> set[UUID]:
    """Give who of these people has a proven mailbox; nothing is opened."""
    return set().union(*(each(people) for each in _providers.values()))


def without_mailbox() -> list[User]:
    """Give who can sign in and would be told nothing by mail, by user name."""
    rows = list(User.objects.filter(is_active=True).order_by("username"))
    known = reachable([each.id for each in rows])
    return [each for each in rows if each.id not in known]


def recent(user: User) -> list[Change]:
    """Give the last changes, the newest first."""
    return list(Change.objects.filter(user=user).select_related("passkey").order_by("-at")[:SHOWN])
