"""A false alarm: one named person says so, a second one lets that one message through, once, for days (actions)."""

from collections.abc import Set
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from broker import jobs
from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.inlets import watching
from broker.inlets.models import Refused
from broker.jobs import standing
from broker.looking import sort
from broker.parties.models import Role, User
from broker.terms import SERVICE, Actor, EventRef

FORGET = "gate.forget"
DAILY = standing.daily(FORGET)
FORGETTER = SERVICE("gate-forget")
RELEASE_LASTS = timedelta(days=3)
MAY_ASK = (Role.STAFF, Role.OPERATOR)
MAY_RELEASE = (Role.STAFF, Role.OPERATOR)


def open_ones(now: datetime) -> "QuerySet[Refused]":
    """Give the refusals that can still be let through or wait for it, newest first."""
    rows = Refused.objects.filter(structural=False, mac__isnull=False, mac_until__gt=now, passed_at=None)
    return rows.select_related("organisation", "asked_by", "released_by", "typed_by").order_by("-at", "id")


def ask(refused: Refused, person: User, why: str, *, now: datetime) -> str:
    """Say that a refusal was a false alarm; give "" or the code of why not."""
    with transaction.atomic():
        row = _locked(refused)
        if not _is_open(row, now) or row.asked_by_id is not None:
            return "state.conflict"
        if person.role not in MAY_ASK:
            return "approval.not_allowed"
        row.audit_event_id = _log("gate.doubted", row, _actor(person), {"why": why}).id
        row.asked_by, row.asked_at = person, now
        row.save()
    return ""


def release(refused: Refused, person: User, *, now: datetime) -> str:
    """Let that one message through, once, for three days at most; give "" or the code of why not.

    Never by whoever asked for it or typed it or works for the recipient that sent it, and never where structure was
    found or at a door outward: the database refuses all of them as well.
    """
    try:
        return _release(refused, person, now=now)
    except SamePerson:
        return "approval.not_allowed"


def _release(refused: Refused, person: User, *, now: datetime) -> str:
    with transaction.atomic():
        row = _locked(refused)
        until = _until(row, now)
        if until is None or row.asked_by_id is None or row.released_by_id is not None:
            return "state.conflict"
        if person.role not in MAY_RELEASE or person.id in (row.asked_by_id, row.typed_by_id):
            return "approval.not_allowed"
        ref = _log("gate.released", row, _actor(person), {"until": until, "asked_by": row.asked_by_id})
        row.audit_event_id = ref.id
        row.released_by, row.released_at, row.released_until = person, now, until
        with different():
            row.save()
        watching.forgive(row.sender, ref=ref)
    return ""


def use(mark: bytes | None, sorts: Set[str], actor: Actor, *, now: datetime) -> frozenset[str]:
    """Take the message of this mark if two people let through each sort of text in it that was found; else nothing.

    Gives the sorts that nobody let through. Each release is good for one message, and for the sort of its finding: who
    said that some words are no login has not said it of a file that came with them.
    """
    if mark is None:
        return frozenset(sorts)
    with transaction.atomic():
        good = Refused.objects.select_for_update(of=("self",)).filter(mac=mark, passed_at=None, released_until__gt=now)
        released: dict[str, Refused] = {}
        for row in good.order_by("released_at"):
            released.setdefault(sort(row.inlet), row)
        if missing := frozenset(sorts - released.keys()):
            return missing
        for row in (released[each] for each in sorted(sorts)):
            row.audit_event_id = _log("gate.passed", row, actor, {}).id
            row.passed_at = now
            row.save()
    return frozenset()


def forget(now: datetime) -> int:
    """Forget the marks whose time is over; give how many."""
    with transaction.atomic():
        over = Refused.objects.filter(mac__isnull=False, mac_until__lte=now)
        count = over.count()
        if count:
            ref = log.append("gate.forgotten", actor=FORGETTER, subject=None, body={"until": now}, cnt=count)
            over.update(mac=None, mac_until=None, audit_event_id=ref.id)
    return count


@jobs.handler(FORGET)
def forget_job(_job: jobs.JobView) -> None:
    """Forget each day what is over."""
    from django.utils import timezone

    forget(timezone.now())


def _locked(refused: Refused) -> Refused:
    return Refused.objects.select_for_update(of=("self",)).get(id=refused.id)


def _is_open(row: Refused, now: datetime) -> bool:
    return _until(row, now) is not None


def _until(row: Refused, now: datetime) -> datetime | None:
    """Give until when a release of now would last; None where there is nothing to let through."""
    if row.structural or row.mac is None or row.mac_until is None or row.mac_until <= now or row.passed_at is not None:
        return None
    return min(now + RELEASE_LASTS, row.mac_until)


def _log(act: str, row: Refused, actor: Actor, facts: dict[str, object]) -> EventRef:
    body = {"refusal": row.id, "rule": row.rule, "inlet": row.inlet, **facts}
    return log.append(act, actor=actor, subject=None, obj="message", body=body)


def _actor(person: User) -> Actor:
    return Actor("s", person.id, role=person.role)
