"""What the sources of a topic say, opened for a member of staff under one event (action)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from broker import vault
from broker.approvals.models import Approval
from broker.audit import log
from broker.terms import Actor
from requests_app.differences import decided, query
from requests_app.differences.models import Settlement
from requests_app.differences.query import Topic
from requests_app.one_value.merging import Merged, Settled
from requests_app.one_value.models import Place
from requests_app.one_value.settling import Moment, moment_of, settle


@dataclass(frozen=True)
class Row:
    """One value of which sources do not agree: what each says, in their order; nothing where one is silent."""

    moment: Moment
    day: date
    start: str
    end: str
    words: list[dict[str, Any] | None]
    settled: Settled | None
    shown: int  # which source's word is given out

    @property
    def figures(self) -> list[Decimal]:
        """Give the figures that are said."""
        return [Decimal(str(each["value"])) for each in self.words if each]

    @property
    def apart(self) -> Decimal:
        """Give how far the figures lie apart."""
        return max(self.figures) - min(self.figures)


@dataclass(frozen=True)
class Seen:
    """A topic with everything that its sources say, and the reasons that people gave."""

    topic: Topic
    sources: Sequence[Place]
    rows: list[Row]
    history: list[tuple[Settlement, str]]  # the newest first, with its reason
    waiting: Approval | None
    why: str  # the reason of who waits for a second person


def look(topic: Topic, *, actor: Actor) -> Seen:
    """Open what the sources of a topic say. Raises `vault.Destroyed` where a key is gone, and `log.LogUnavailable`."""
    history = list(
        Settlement.objects.filter(topic=topic.id).select_related("stands__file", "stands__place").order_by("-number")
    )
    approvals = {each.id: each for each in Approval.objects.filter(act=query.ACT, about=topic.id)}
    waiting = query.waiting(topic.id)
    reasons = [each.reason if each.approval is None else approvals[each.approval].reason for each in history]
    sealed = [each.series.values for each in topic.sources] + reasons + ([waiting.reason] if waiting else [])
    ref = log.append_read(
        "data.compared",
        actor=actor,
        subject=topic.account.customer_id,
        purpose="fulfilment",
        obj="data",
        cnt=len(topic.sources),
        body={"files": [bytes(each.file.sha256).hex() for each in topic.sources][:100], "topic": topic.id},
    )
    opened = vault.open_all(sealed, under=ref)
    count = len(topic.sources)
    said = opened[count : count + len(history)]
    return Seen(
        topic,
        topic.sources,
        _rows(topic, opened[:count]),
        list(zip(history, said, strict=True)),
        waiting,
        opened[-1] if waiting else "",
    )


def _rows(topic: Topic, texts: Sequence[str]) -> list[Row]:
    merged: Merged[int] = Merged()
    for number, text in enumerate(texts):
        merged.take(json.loads(text), number)
    whole, places = list(merged), [each.number for each in topic.sources]
    kind = decided.Kind(str(topic.account.id), topic.role, topic.unit, topic.resolution)
    settled = settle(whole, places, decided.of([topic.account.id]).get(kind, []))
    wanted = {moment for each in query.differences(topic.id) for moment in query.moments_of(each)}
    found = []
    for first, now in zip(whole, settled, strict=True):
        if (moment := moment_of(first.said)) in wanted:
            words: list[dict[str, Any] | None] = [None] * len(places)
            for said, source in reversed(first.words):
                words[source] = dict(said)
            start = str(first.said["start"])
            found.append(
                Row(
                    moment,
                    date.fromisoformat(start[:10]),
                    start,
                    str(first.said["end"]),
                    words,
                    now.settled,
                    now.source,
                )
            )
    return found
