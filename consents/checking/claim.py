"""What events say of the notes of a utility's clerk, so that none can vanish or appear alone."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.checking.models import ClerkAct

_KINDS = {"letter.released": ClerkAct.Kind.RELEASED, "consent.disputed": ClerkAct.Kind.DOUBT}


def _told(head: Header, body: Body) -> Told | None:
    if "act" not in body:
        return None  # a holder's objection, which has a row of its own
    return Told(str(body["act"]), {"kind": _KINDS[head.act].value, "letter": body["letter"]})


def _rows() -> Iterator[Row]:
    for each in ClerkAct.objects.select_related("letter").defer("words", "letter__signer_name").iterator():
        yield Row(str(each.id), each.audit_event_id, {"kind": each.kind, "letter": each.letter.number})


CLAIM = Claim("checking_clerkact", "note of a utility's clerk", frozenset(_KINDS), _told, _rows)
