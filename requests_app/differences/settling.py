"""A person decides which source stands (actions): one transaction, one entry, one more row on top of what they said.

Where a recipient was already given something of these files a second person confirms it: what somebody counted on
changes. The database holds that, and that a decision names a source that is there.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.differences import given, query, telling
from requests_app.differences.looking import Row, Seen, look
from requests_app.differences.models import Settlement
from requests_app.differences.query import Topic, moments_of
from requests_app.differences.rules import fits, next_month
from requests_app.one_value.merging import same

ROLES = frozenset({"staff", "officer"})
LONGEST = 1000


@dataclass(frozen=True)
class Choice:
    """What a person chose: the series that stands (None: nobody can tell), by which rule, and of which days."""

    stands: uuid.UUID | None
    rule: str
    first: date
    last: date  # it belongs to them
    newest: int  # the newest difference that the person saw


def settle(
    topic: Topic, choice: Choice, *, reason: str, actor: Actor, now: datetime
) -> Settlement | Approval | Refusal:
    """Decide, or ask a second person where a recipient was given something of it; the looking itself is one read.

    Refused: `ask.invalid` where the rule is no reason for this, nothing differs on these days, or the source says
    nothing of one of the values; `state.conflict` where another source or decision came meanwhile, or a second person
    is asked already. Raises `decide.NotAllowed`.
    """
    if actor.role not in ROLES:
        raise decide.NotAllowed("approval.role")
    if not fits(choice.rule, stands=choice.stands is not None) or not reason.strip() or len(reason) > LONGEST:
        return Refusal("ask.invalid")
    if decide.is_open(query.ACT, about=topic.id):
        return Refusal("state.conflict")
    seen = look(topic, actor=actor)
    facts = _facts(seen, choice)
    if isinstance(facts, Refusal):
        return facts
    kind = given.kind_of(query.differences(topic.id)[0].place)
    try:
        with transaction.atomic():
            if given.requests(kind, topic.month):
                return decide.request(
                    query.ACT,
                    requester=actor,
                    reason=reason,
                    now=now,
                    subject=topic.account.customer_id,
                    about=topic.id,
                    params=facts,
                )
            return _write(topic.id, facts, reason=reason, actor=actor, now=now)
    except IntegrityError:
        return Refusal("state.conflict")  # another decision took the number at this moment


def _facts(seen: Seen, choice: Choice) -> dict[str, Any] | Refusal:
    """Give what is decided by ids, codes and dates alone."""
    rows = [each for each in seen.rows if choice.first <= each.day <= choice.last]
    places = [each.number for each in seen.sources]
    found = query.differences(seen.topic.id)
    if found[-1].number != choice.newest:
        return Refusal("state.conflict")
    at = None
    if choice.stands is not None:
        at = next((n for n, each in enumerate(seen.sources) if each.series_id == choice.stands), None)
        if at is None or any(each.words[at] is None for each in rows):
            return Refusal("ask.invalid")
    if not rows:
        return Refusal("ask.invalid")
    return {
        "stands": str(choice.stands) if choice.stands else None,
        "rule": choice.rule,
        "first": choice.first.isoformat(),
        "last": choice.last.isoformat(),
        "newest": choice.newest,
        "number": len(seen.history) + 1,
        "considered": places,
        "agreeing": [] if at is None else [places[n] for n in range(len(places)) if n != at and _agrees(rows, at, n)],
    }


def _agrees(rows: list[Row], at: int, other: int) -> bool:
    """Say whether another source says the very same of all these values."""
    pairs = [(each.words[at], each.words[other]) for each in rows]
    return all(one is not None and two is not None and same(one, two) for one, two in pairs)


def _write(
    topic_id: uuid.UUID,
    facts: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    approval: Approval | None = None,
) -> Settlement:
    rows = query.differences(topic_id)
    place, month = rows[0].place, rows[0].month
    first, last = date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"])
    known = [each for each in rows if each.number <= facts["newest"]]
    moments = sorted({moment for each in known for moment in moments_of(each, first, last)})
    made = Settlement(
        id=uuid.uuid4(),
        topic=topic_id,
        number=facts["number"],
        month=month,
        until=next_month(month),
        moments=moments,
        newest=facts["newest"],
        considered=facts["considered"],
        stands_id=uuid.UUID(facts["stands"]) if facts["stands"] else None,
        agreeing=facts["agreeing"],
        rule=facts["rule"],
        approval=approval.id if approval else None,
        decided_by=approval.requester if approval else actor.id,
        at=now,
        **given.kind_of(place),
    )
    decisions = list(Settlement.objects.filter(topic=topic_id).defer("reason").order_by("number"))
    made.left = query.left(rows, [*decisions, made])
    if approval is None:
        made.reason = vault.seal(
            reason, subject=place.account.customer_id, place=vault.Place("differences_settlement", "reason", made.id)
        )
    with transaction.atomic():
        ref = log.append(
            "data.settled",
            actor=actor,
            subject=place.account.customer_id,
            obj="data",
            cnt=len(moments),
            body={
                "settlement": made.id,
                "topic": topic_id,
                "number": made.number,
                "account": place.account_id,
                "role": place.role,
                "unit": place.unit,
                "resolution": place.resolution,
                "from": first,
                "through": last,
                "values": len(moments),
                "stands": made.stands_id,
                "rule": made.rule,
                "approval": made.approval,
            },
        )
        made.audit_event_id = ref.id
        made.save(force_insert=True)
        telling.settled(given.kind_of(place), month, ref=ref, now=now)
    return made


def _decided(approval: Approval, approver: Actor, now: datetime) -> None:
    """Carry the decision out, in the approving transaction; one that was overtaken by a source or decision is over."""
    assert approval.about is not None
    rows = query.differences(approval.about)
    decisions = Settlement.objects.filter(topic=approval.about).count()
    if rows[-1].number != approval.params["newest"] or decisions + 1 != approval.params["number"]:
        raise decide.NotAllowed("approval.over")
    _write(approval.about, approval.params, actor=approver, now=now, approval=approval)
    decide.execute(approval, actor=approver, now=now)


ACT = TwoPersonAct(
    query.ACT,
    "Settle which of two sources stands, where a recipient was given a value of it",
    requesters=ROLES,
    approvers=frozenset({"operator", "officer", "approver"}),
    life=timedelta(days=14),
    run=_decided,
)
