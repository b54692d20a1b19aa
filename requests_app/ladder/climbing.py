"""The walk over the open requests, and the steps of one of them (actions).

Each step is one row and one event, written under the lock of its request: of two workers, and after any stop, the
second finds it taken. What was missed is not made up for (`rules`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.jobs import standing
from broker.jobs.models import Job
from broker.jobs.states import OPEN
from requests_app.alerts import tell_staff
from requests_app.desk import bundles
from requests_app.ladder import asking, looking, open_tasks, rules
from requests_app.ladder.calling import void_calls
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision, PhoneTask
from requests_app.ladder.rules import Due
from requests_app.ladder.words import AskState, CallState, Step
from requests_app.lifecycle import OVER, OWED, ManualState
from requests_app.mailing import event, left_at
from requests_app.models import ManualRequest

WALK = "ladder.walk"
CLIMB = "ladder.climb"
TOLD = "ladder.told"
ROUND = timedelta(minutes=10)
DAY = timedelta(days=1)
DAILY = standing.daily(WALK)
WATCHED = (*OWED, ManualState.DELIVERY_UNPROVEN)


@jobs.handler(WALK)
def walk_job(job: jobs.JobView) -> None:
    """Look at every open request, then go round again until the day is over: the next day's job goes on."""
    now = timezone.now()
    walk(now)
    if now < job.created_at + DAY:
        raise jobs.RetryLater("ladder.next_round", ROUND)


def walk(now: datetime) -> int:
    """Enqueue, for each request with a step that is due, a job of its own; give how many."""
    rows = ManualRequest.objects.select_related("request__consent").filter(state__in=WATCHED).order_by("created_at")
    found = [each.id for each in rows.iterator() if looking.due(each, now)]
    ended = PhoneTask.objects.filter(state=CallState.OPEN, manual__state__in=OVER).values_list("manual_id", flat=True)
    waiting = set(Job.objects.filter(kind=CLIMB, state__in=OPEN).values_list("subject_id", flat=True))
    made = [each for each in dict.fromkeys([*found, *ended]) if each not in waiting]
    for manual_id in made:
        with transaction.atomic():
            jobs.enqueue(CLIMB, manual_id)
    return len(made)


@jobs.handler(CLIMB)
def climb_job(job: jobs.JobView) -> None:
    """Take the steps of one request that are due at the moment of running."""
    climb(ManualRequest.objects.get(id=job.subject_id), timezone.now())


def climb(manual: ManualRequest, now: datetime) -> list[Step]:
    """Take the steps of a request that are due, in one transaction; give which were taken.

    Where the utility is asked again, so it is about what left in the same mail and is due too: one mail asks for all.
    """
    with transaction.atomic():
        locked, *others = _locked(manual)
        if locked.state in OVER:
            void_calls(locked)
            return []
        steps = [each.step for each in looking.due(locked, now) if _TAKE[each.step](locked, each, now)]
        if Step.FOLLOW_UP in steps:
            for other in others:
                for each in looking.due(other, now):
                    if each.step == Step.FOLLOW_UP:
                        _ask_again(other, each, now)
        return steps


def _locked(manual: ManualRequest) -> list[ManualRequest]:
    """Lock a request and the same customer's of its mail, always in one order; give it first."""
    rows = ManualRequest.objects.select_for_update(of=("self",)).order_by("id")
    rows = rows.select_related("request__consent__recipient", "request__consent__customer")
    found = rows.filter(id__in=[each.id for each in bundles.hers_in(manual)])
    return sorted(found, key=lambda each: (each.id != manual.id, each.created_at, str(each.id)))


def _step(manual: ManualRequest, due: Due, act: str, now: datetime, *, number: int = 1) -> LadderStep:
    since = left_at(manual)
    assert since is not None  # nothing is due before a letter left
    body = {"step": due.step.value, "day": due.about, "of": number}
    ref = event(manual, act, body)
    return LadderStep.objects.create(
        manual=manual,
        since=since,
        step=due.step,
        number=number,
        about=due.about,
        at=now,
        audit_event_id=ref.id,
    )


def _unproven(manual: ManualRequest, due: Due, now: datetime) -> bool:
    step = _step(manual, due, "sla.unproven", now)
    what = f"Request {manual.number}: an hour without proof of delivery"
    detail = "A relay took the mail, and no report says that it arrived. No clock runs. Please call the billing desk."
    tell_staff(what, detail, key=f"unproven:{step.id}", manual=manual)
    return True


def _promised(manual: ManualRequest, due: Due, now: datetime) -> bool:
    number = 1 + LadderStep.objects.filter(manual=manual, since=left_at(manual) or now, step=Step.PROMISED).count()
    step = _step(manual, due, "sla.told", now, number=number)
    jobs.enqueue(TOLD, step.id, key=f"{TOLD}:{step.id}")
    return True


def _opens(manual: ManualRequest, due: Due, now: datetime) -> bool:
    _step(manual, due, "sla.opened", now)
    return True


def _remind(manual: ManualRequest, due: Due, now: datetime) -> bool:
    step = _step(manual, due, "sla.reminded", now)
    what = f"Request {manual.number} comes due on {due.about}"
    tell_staff(
        what,
        "Nothing has come yet. After that day the co-op is asked again by itself.",
        key=f"due:{step.id}",
        manual=manual,
    )
    return True


def _come_due(manual: ManualRequest, due: Due, now: datetime) -> bool:
    _step(manual, due, "sla.due", now)
    return True


def _overdue(manual: ManualRequest, due: Due, now: datetime) -> bool:
    step = _step(manual, due, "sla.overdue", now)
    jobs.enqueue(TOLD, step.id, key=f"{TOLD}:{step.id}")
    return True


def _ask_again(manual: ManualRequest, _due: Due, now: datetime) -> bool:
    if codes := asking.forbidden(manual, now):
        day = looking.calendar_of(manual).today(now)
        what = f"Request {manual.number}: the co-op is not asked again"
        tell_staff(
            what, f"What speaks against it: {', '.join(codes[:5])}.", key=f"ask-no:{manual.id}:{day}", manual=manual
        )
        return False
    ask = asking.queue(manual, now)
    if open_tasks.named_alone(manual).exists():
        what = f"Request {manual.number}: the co-op is asked again, though a held mail may be about it"
        detail = "It shows nothing of the request but its number, and nobody said within two days what it is."
        tell_staff(what, detail, key=f"named:{manual.number}:{ask.id}", manual=manual)
    return True


def _call(manual: ManualRequest, _due: Due, now: datetime) -> bool:
    calendar = looking.calendar_of(manual)
    today, number = calendar.today(now), 1 + PhoneTask.objects.filter(manual=manual).count()
    void_calls(manual)  # of a sending before this one
    ref = event(manual, "sla.call", {"call": number, "day": today})
    PhoneTask.objects.create(
        manual=manual,
        number=number,
        first_day=today,
        last_day=calendar.add(today, rules.CALL_WITHIN),
        state=CallState.OPEN,
        created_at=now,
        audit_event_id=ref.id,
    )
    if any(each.manual_id != manual.id and each.first_day == today for each in open_tasks.calls_with(manual)):
        return True  # the desk was told of another one of the same mail: one call does for all
    others = ", ".join(each.number for each in bundles.hers_in(manual) if each.id != manual.id)
    detail = "The page of the request says what to say and what to write down."
    more = f" In one mail with it left {others}: one call does for all of them." if others else ""
    what = f"Request {manual.number}: please call the billing desk"
    tell_staff(what, detail + more, key=f"call:{ref.id}", manual=manual)
    return True


def _decide(manual: ManualRequest, due: Due, now: datetime) -> bool:
    number = 1 + LastDecision.objects.filter(manual=manual).count()
    step = _step(manual, due, "sla.decide", now, number=number)
    asks = FollowUp.objects.filter(manual=manual).exclude(state=AskState.CANCELLED).count()
    what = f"Request {manual.number}: two people decide how it goes on"
    detail = f"We asked {asks + 1} times, and nothing came. Close it, ask the customer, or keep waiting until a day."
    tell_staff(what, detail, key=f"decide:{step.id}", manual=manual)
    return True


_TAKE: dict[Step, Callable[[ManualRequest, Due, datetime], bool]] = {
    Step.UNPROVEN: _unproven,
    Step.PROMISED: _promised,
    Step.OPENS: _opens,
    Step.REMINDER: _remind,
    Step.DUE: _come_due,
    Step.OVERDUE: _overdue,
    Step.FOLLOW_UP: _ask_again,
    Step.CALL: _call,
    Step.DECIDE: _decide,
}
