"""What the events of a legal hold say of its row, so that neither can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.console.holds.models import HoldState, LegalHold
from broker.vault.blind import subject_token

_STATES = {
    "hold.placed": HoldState.PLACED,
    "hold.applied": HoldState.HELD,
    "hold.released": HoldState.RELEASED,
}


def _told(head: Header, body: Body) -> Told:
    facts: dict[str, Json] = {"subject": body["subject"]}
    if head.act in _STATES:
        facts["state"] = _STATES[head.act].value
    if head.act == "hold.placed":
        facts |= {"number": body["number"], "scope": body["scope"], "review_day": body["review_on"]}
    elif head.act == "hold.reviewed":
        changed = body["review_on"]
        if not isinstance(changed, dict):
            raise TypeError("review_on")
        facts["review_day"] = changed["new"]
    elif head.act == "hold.released":
        facts["approval"] = body["approval"]
    return Told(str(body["hold"]), facts)


def _rows() -> Iterator[Row]:
    for each in LegalHold.objects.defer("reason").iterator():
        fits = bytes(each.token) == subject_token(each.subject)  # by the token the database finds what is held
        facts: dict[str, Json] = {
            "subject": str(each.subject) if fits else None,
            "state": each.state,
            "number": each.number,
            "scope": each.scope,
            "review_day": each.review_on.isoformat(),
            "approval": None if each.approval is None else str(each.approval),
        }
        yield Row(str(each.id), each.audit_event_id, facts)


CLAIM = Claim("holds_legalhold", "legal hold", frozenset({*_STATES, "hold.reviewed"}), _told, _rows)
