"""Who may see packs, demands and approvals, and the event that each page is (interface)."""

import uuid
from collections.abc import Mapping

from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Role, User
from broker.terms import Actor, EventRef

officers = only(Role.OFFICER)
two_people = only(Role.OFFICER, Role.APPROVER)


def actor_of(user: User) -> Actor:
    """Name a person in the log."""
    return Actor("s", user.id, role=user.role)


def viewed(user: User, page: str, facts: Mapping[str, object] | None = None, *, cnt: int = 0) -> EventRef:
    """Log that a page was shown on which nothing is opened, before it is."""
    body = {"page": page, **(facts or {})}
    return log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page", body=body, cnt=cnt
    )


def opened(user: User, page: str, subject: uuid.UUID, obj: str, facts: Mapping[str, object]) -> EventRef:
    """Log and commit that sealed texts of a pack or an approval are opened for a page; they open under it."""
    body = {"page": page, **facts}
    return log.append_read(
        "admin.viewed", actor=actor_of(user), subject=subject, purpose="compliance", obj=obj, body=body, cnt=1
    )
