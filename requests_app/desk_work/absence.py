"""Days on which a person of the desk is away, and who stands in (actions)."""

from datetime import date, datetime

from django.db import transaction

from broker.audit import log
from broker.parties.models import User
from broker.terms import Actor, Refusal
from requests_app.desk_work import cover, people
from requests_app.desk_work.models import Absence

LONGEST = 366  # days


def away(person: User, stand_in: User, first: date, last: date, *, actor: Actor, now: datetime) -> Absence | Refusal:
    """Write down that a person is away from `first` to `last`, both included, and who stands in.

    Anybody of the desk writes it: who is ill cannot. `ask.invalid` for days out of order, over, or too many, and for
    somebody who stands in for herself; `state.conflict` where the days meet an absence that is known already.
    """
    today = people.today(now)
    if not (first <= last and last >= today and (last - first).days < LONGEST) or person.id == stand_in.id:
        return Refusal("ask.invalid")
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(id=person.id)  # one absence at a time is written
        if cover.overlap(first, last, people.known(Absence.objects.filter(person=person))):
            return Refusal("state.conflict")
        facts = {"person": person.id, "cover": stand_in.id, "first": first, "last": last}
        ref = log.append("desk.away", actor=actor, subject=None, obj="user", body=facts)
        return Absence.objects.create(
            person=person, cover=stand_in, first=first, last=last, made_at=now, audit_event_id=ref.id
        )


def taken_back(absence: Absence, *, actor: Actor, now: datetime) -> Refusal | None:
    """Take an absence back; `state.conflict` where that was done already."""
    with transaction.atomic():
        ref = log.append("desk.back", actor=actor, subject=None, obj="user", body={"absence": absence.id})
        if not Absence.objects.filter(id=absence.id, taken_back_at=None).update(
            taken_back_at=now, audit_event_id=ref.id
        ):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
    return None
