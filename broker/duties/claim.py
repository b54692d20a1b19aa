"""What the events of a bar and of a broken glass say of their rows, so that neither can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.duties.models import Bar, Glass

_SET = frozenset({"duties.stopped", "duties.suspended"})
_LIFTED = frozenset({"duties.resumed", "duties.lifted"})


def _told(head: Header, body: Body) -> Told:
    facts: dict[str, Json] = {name: body[name] for name in ("of", "about", "because")}
    return Told(str(body["bar"]), {**facts, "lifted": head.act in _LIFTED})


def _rows() -> Iterator[Row]:
    for each in Bar.objects.iterator():
        about = None if each.about is None else str(each.about)
        facts: dict[str, Json] = {"of": each.of, "about": about, "because": each.because}
        yield Row(str(each.id), each.audit_event_id, {**facts, "lifted": each.lifted_at is not None})


CLAIM = Claim("duties_bar", "stop or suspension", _SET | _LIFTED, _told, _rows)


_GLASS = {"glass.broken": (False, False), "glass.ended": (True, False), "glass.reviewed": (None, True)}


def _told_of_glass(head: Header, body: Body) -> Told:
    closed, reviewed = _GLASS[head.act]
    facts: dict[str, Json] = {"reviewed": reviewed}
    if closed is not None:
        facts["closed"] = closed
    return Told(str(body["glass"]), facts)


def _glasses() -> Iterator[Row]:
    for each in Glass.objects.defer("reason").iterator():
        facts: dict[str, Json] = {"closed": each.closed_at is not None, "reviewed": each.reviewed_by is not None}
        yield Row(str(each.id), each.audit_event_id, facts)


GLASSES = Claim("duties_glass", "broken glass", frozenset(_GLASS), _told_of_glass, _glasses)
