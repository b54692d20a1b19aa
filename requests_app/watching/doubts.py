"""Why somebody called a refusal a false alarm, read out of the log for whoever decides about it (interface)."""

import uuid
from collections.abc import Iterable

from broker.audit import log, opening
from broker.inlets.models import Refused
from broker.terms import Actor


def reasons(rows: Iterable[Refused], actor: Actor) -> dict[uuid.UUID, str]:
    """Give the first person's reason of each refusal that waits for a second person, under one entry that says so.

    The reason lies sealed in the entry of the doubt alone: words about a message that was not kept.
    Raises `log.ReadsClosed` while nothing sealed may be read. One whose key was destroyed is left out.
    """
    events = {row.audit_event_id: row.id for row in rows if row.asked_by_id and not row.released_by_id}
    if not events:
        return {}
    body = {"page": "gate", "events": sorted(events)}
    under = log.append_read(
        "log.read", actor=actor, subject=None, purpose="fulfilment", obj="event", cnt=len(events), body=body
    )
    found = {}
    for event, refused in events.items():
        try:
            key = opening.event_keys(None, [event], under=under)[event]
        except opening.NotOfSubject:
            continue
        said = opening.open_with(event, key)
        if isinstance(said, dict):
            found[refused] = str(said.get("why", ""))
    return found
