"""A staff page that shows people's data is an event, committed before the page is made."""

import uuid
from typing import Any

from broker.audit import log
from broker.terms import Actor, EventRef


def page_shown(
    actor: Actor,
    page: str,
    facts: dict[str, Any] | None = None,
    *,
    subject: uuid.UUID | None = None,
    cnt: int = 0,
    purpose: str = "fulfilment",
) -> EventRef:
    """Log that a person is shown a page; on one customer (`subject`), or a list with `cnt` rows.

    `facts` say which row it was, by numbers and ids alone. Raises `log.LogUnavailable`: then nothing may be shown.
    """
    body = {"page": page, **(facts or {})}
    return log.append_read(
        "admin.viewed", actor=actor, subject=subject, purpose=purpose, obj="page", body=body, cnt=cnt
    )
