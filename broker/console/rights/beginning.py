"""A review begins, and ends with what nobody looked at (actions): each one transaction."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from broker import jobs
from broker.audit import log
from broker.console.rights import asks, rules
from broker.console.rights.models import Item, Review
from broker.duties import bars, people
from broker.duties.models import Bar
from broker.parties import keys
from broker.parties.models import Application, User
from broker.parties.signin import leaving
from broker.terms import SERVICE, Actor
from consents import complaints

CLOSE, TELL = "rights.close", "rights.tell"
CLOCK = SERVICE("rights")
State = Item.State


def begin(*, actor: Actor, now: datetime) -> Review | None:
    """Put every role and every key in force before reviewers; None while an earlier review is not closed.

    Its deadline is `ACCESS_REVIEW_BUSINESS_DAYS` business days of the home utility away.
    """
    days = complaints.calendar()
    due = days.add(days.day0(now), settings.ACCESS_REVIEW_BUSINESS_DAYS)
    with transaction.atomic():
        leaving.take_turn()
        if open_one() is not None:
            return None
        number = (Review.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        row = Review(
            number=number, begun_at=now, begun_by=actor.id, due=due, ends_at=days.closing_moment(due), closed_at=None
        )
        items = [*_roles(row), *_keys(row, now)]
        body = {"review": row.id, "number": number, "due": due, "items": len(items)}
        ref = log.append("rights.begun", actor=actor, subject=None, obj="party", body=body)
        row.audit_event_id = ref.id
        row.save(force_insert=True)
        for each in items:
            each.audit_event_id = ref.id
        Item.objects.bulk_create(items)
        jobs.enqueue(CLOSE, row.id, due_at=row.ends_at, key=f"{CLOSE}:{row.id}")
    return row


def open_one() -> Review | None:
    """Give the review that is not closed."""
    return Review.objects.filter(closed_at=None).first()


def begin_if_due(now: datetime) -> Review | None:
    """Begin a review where `ACCESS_REVIEW_EVERY_DAYS` have gone by since the last, or since the first person came."""
    last = Review.objects.order_by("-number").first()
    first = User.objects.order_by("created_at").first()
    since = last.begun_at if last else first.created_at if first else now
    if not rules.is_due(since, settings.ACCESS_REVIEW_EVERY_DAYS, now):
        return None
    return begin(actor=CLOCK, now=now)


def close(review_id: uuid.UUID, *, now: datetime) -> None:
    """End a review whose time is over: what nobody looked at is suspended, and its holder told.

    Also what one person took away where the second one, who was warned of the end, has not answered. Never so many of
    those who decide that fewer than two people, or no officer or no approver, were left, and nobody for an ask that
    was taken back, ran out or came after the warning: one person could else put the others out. Those go on, and are
    late until somebody looks.
    """
    with transaction.atomic():
        leaving.take_turn()
        row = Review.objects.select_for_update().filter(id=review_id, closed_at=None, ends_at__lte=now).first()
        if row is None:
            return
        settle(row, now)
        for each in _ended(row, now):
            _over(each, State.GONE, now)
        missed = list(_missed(row))
        alone = {each.id for each in missed if each.state == State.TAKEN and not asks.is_pending(each, now)}
        stay = _stay([each for each in missed if each.id not in alone])
        for each in missed:
            if each.id in alone or each.person_id in stay:
                _over(each, State.SPARED, now)
            else:
                _suspend(each, now)
        found = counts(row)
        body = {"review": row.id, "number": row.number, **found}
        row.audit_event_id = log.append("rights.closed", actor=CLOCK, subject=None, obj="party", body=body).id
        row.closed_at = now
        row.save()


def catch_up(now: datetime) -> None:
    """Close a review that is past its end and open, and settle what came of the newest one since."""
    row = open_one()
    if row is not None and row.ends_at <= now:
        close(row.id, now=now)
    with transaction.atomic():
        leaving.take_turn()
        newest = Review.objects.order_by("-number").first()
        if newest is not None:
            settle(newest, now)


def counts(review: Review) -> dict[str, int]:
    """Count the rights of a review by what became of them."""
    states = list(Item.objects.filter(review=review).values_list("state", flat=True))
    return {state.value: states.count(state.value) for state in State}


def settle(review: Review, now: datetime) -> None:
    """Note where a second person refused to take a right away, and of this review where a late one has ended.

    In the caller's transaction, which has the turn of `leaving.take_turn`.
    """
    rows = Item.objects.select_for_update(of=("self",)).select_related("review", "person", "application")
    late = Q(review=review, state=State.SPARED)
    for each in rows.filter(late | Q(state=State.TAKEN, approval__in=asks.said_no())).order_by("id"):
        if (ask := asks.refused(each)) is not None:
            each.reviewer, each.decided_at = ask.requester, ask.decided_at
            enter(each, State.REFUSED, CLOCK)
        elif each.state == State.SPARED and not _stands(each, now):
            _over(each, State.GONE, now)


def join(program: Application) -> None:
    """Put a key before reviewers that is made while a review is open; in the transaction that makes it.

    Else a key that was taken away, or will be, were replaced by one that nobody looks at. Raises `keys.NotNow` where
    one of the recipient's is suspended since nobody looked: an officer or approver lets that one go on first.
    """
    if not program.operations:
        return
    row = Review.objects.select_for_update().filter(closed_at=None).first()  # a review that ends now ends first
    missed = Bar.objects.filter(of=Bar.Of.APPLICATION, because=Bar.Because.REVIEW, lifted_at=None)
    if missed.filter(application__organisation=program.organisation_id).exists():
        raise keys.NotNow
    if row is not None:
        Item.objects.create(review=row, application=program, audit_event_id=program.audit_event_id)


def enter(item: Item, state: Item.State, actor: Actor, **facts: object) -> None:
    """Note what became of a right, with its entry; inside the caller's transaction."""
    item.state = state
    body = {"item": item.id, "review": item.review_id, "state": state.value, "of": item.role or "key"}
    body |= {"about": item.person_id or item.application_id, **facts}
    ref = log.append(f"rights.{_ACTS[state]}", actor=actor, subject=None, obj="party", body=body)
    item.audit_event_id = ref.id
    item.save()


_ACTS = {
    State.KEPT: "kept", State.TAKEN: "taken", State.REFUSED: "kept", State.SUSPENDED: "missed", State.SPARED: "missed",
    State.GONE: "gone",
}  # fmt: skip


def _roles(review: Review) -> Iterator[Item]:
    out = Bar.objects.filter(of=Bar.Of.PERSON, lifted_at=None).values("person")
    for each in User.objects.filter(is_active=True).exclude(id__in=out).order_by("role", "full_name", "id"):
        yield Item(review=review, person=each, role=each.role, last_used=_last_used(each))


def _keys(review: Review, now: datetime) -> Iterator[Item]:
    out = Bar.objects.filter(of=Bar.Of.APPLICATION, lifted_at=None).values("application")
    rows = Application.objects.filter(revoked_at=None, expires_at__gt=now).exclude(id__in=out)
    # What a recipient's people ask on its pages goes out under a program without a key: it opens nothing.
    for each in rows.exclude(operations=[]).order_by("id"):
        yield Item(review=review, application=each, last_used=keys.last_use(each))


def _ended(review: Review, now: datetime) -> list[Item]:
    """What waits no more: the person was disabled or suspended, the key ended or was suspended."""
    rows = Item.objects.filter(review=review, state=State.WAITING).select_related("person", "application")
    out = set(Bar.objects.filter(lifted_at=None).values_list("person", "application"))
    return [each for each in rows if (each.person_id, each.application_id) in out or not _stands(each, now)]


def _stands(item: Item, now: datetime) -> bool:
    if item.person is not None:
        return item.person.is_active
    return item.application is not None and item.application.revoked_at is None and item.application.expires_at > now


def _missed(review: Review) -> Iterator[Item]:
    rows = asks.unsettled(Item.objects.filter(review=review))
    yield from rows.select_related("review", "person", "application").order_by("id")


def _stay(missed: list[Item]) -> set[uuid.UUID]:
    of = [each.person for each in missed if each.person is not None and each.person.role in leaving.BY_TWO]
    return rules.spared(map(_decider, of), list(map(_decider, people.deciders())))


def _decider(user: User) -> rules.Decider:
    return rules.Decider(user.id, user.full_name, user.role, _last_used(user))


def _last_used(user: User) -> date | None:
    return user.last_login.date() if user.last_login else None


def _suspend(item: Item, now: datetime) -> None:
    whom = item.person or item.application
    assert whom is not None
    item.bar = bars.suspend(whom, Bar.Because.REVIEW, actor=CLOCK, why=str(item.review_id), now=now)
    if item.bar is None:  # an officer was faster
        _over(item, State.GONE, now)
        return
    _over(item, State.SUSPENDED, now, bar=item.bar.id)
    jobs.enqueue(TELL, item.id, key=f"{TELL}:{item.id}")


def _over(item: Item, state: Item.State, now: datetime, **facts: object) -> None:
    """Note what the review's end made of a right: nobody's word."""
    item.reviewer, item.decided_at = None, now
    enter(item, state, CLOCK, **facts)
