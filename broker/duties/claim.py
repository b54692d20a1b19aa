"""What the events of a bar say of its row, so that neither can vanish or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.duties.models import Bar

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
