"""Who is stopped, now (reads), and how that begins and ends (actions: one transaction, one entry each)."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from broker import jobs
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.db.kept import Given, Kept
from broker.duties.models import Bar
from broker.parties.models import Application, Organisation, Role, User
from broker.parties.signin import leaving
from broker.terms import Actor

HALTED, SUSPENDED = "disclosures.halted", "requester.suspended"
RESUME = "disclosures.resume"
MAY_STOP = frozenset({Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER})
MAY_SUSPEND = frozenset({Role.OFFICER, Role.APPROVER})
LOOK_AGAIN = timedelta(seconds=30)
type Whom = Organisation | Application | User


def _standing() -> "QuerySet[Bar, tuple[str]]":
    of = {each: Given(each, Bar) for each in ("organisation", "application", "person")}
    own = Q(of="all") | Q(organisation=of["organisation"]) | Q(application=of["application"]) | Q(person=of["person"])
    return Bar.objects.filter(own, lifted_at=None).order_by("of").values_list("of")


_STANDING = Kept(_standing)  # each call of the API asks it, anew


def code_for(
    *,
    organisation: uuid.UUID | None = None,
    application: uuid.UUID | None = None,
    person: uuid.UUID | None = None,
) -> str | None:
    """Give why nothing may go to these now: the stop switch before a suspension; None where all may."""
    rows = _STANDING.ask(organisation=organisation, application=application, person=person)
    if not rows:
        return None
    return HALTED if (Bar.Of.ALL.value,) in rows else SUSPENDED


def hold(*, organisation: uuid.UUID | None, application: uuid.UUID | None, person: uuid.UUID | None = None) -> None:
    """Have a job wait while nothing may go to these; raises `jobs.Held`.

    Asked before a job runs, and once more in the transaction that says that something goes out: a job may have begun
    before the switch was pressed.
    """
    code = code_for(organisation=organisation, application=application, person=person)
    if code is not None:
        raise jobs.Held(code, LOOK_AGAIN)


def is_asker_suspended(organisation: uuid.UUID, application: uuid.UUID | None, person: uuid.UUID | None) -> bool:
    """Say whether a recipient, or the program or person of it that asked, is suspended; also while all is stopped."""
    rows = _STANDING.ask(organisation=organisation, application=application, person=person)
    return any(of != Bar.Of.ALL for (of,) in rows)


def is_suspended(user: User) -> bool:
    """Say whether this person, or the recipient where the person works, is suspended; the stop switch is none."""
    rows = _STANDING.ask(organisation=user.organisation_id, application=None, person=user.id)
    return any(of != Bar.Of.ALL for (of,) in rows)


def suspended_people() -> set[uuid.UUID]:
    """Give the ids of the people who are suspended themselves, or work for a recipient that is (`is_suspended`)."""
    standing = Bar.objects.filter(lifted_at=None)
    people, houses = standing.filter(of=Bar.Of.PERSON), standing.filter(of=Bar.Of.ORGANISATION)
    rows = User.objects.filter(Q(id__in=people.values("person")) | Q(organisation__in=houses.values("organisation")))
    return set(rows.values_list("id", flat=True))


def stop_now() -> Bar | None:
    """Give the stop that stands; None while disclosures go on."""
    return Bar.objects.filter(of=Bar.Of.ALL, lifted_at=None).first()


def suspensions() -> list[Bar]:
    """Give whoever is suspended, the longest first."""
    rows = Bar.objects.filter(lifted_at=None).exclude(of=Bar.Of.ALL)
    return list(rows.select_related("organisation", "application__organisation", "person").order_by("since", "id"))


def stop(person: User, why: str, *, now: datetime) -> Bar:
    """Stop every disclosure from this commit on; one person is enough. A second press gives the stop that stands.

    Raises `decide.NotAllowed` for a recipient's own people.
    """
    if person.role not in MAY_STOP:
        raise decide.NotAllowed("approval.role")
    try:
        return _set(Bar.Of.ALL, Bar.Because.STOP, actor_of(person), {"why": why}, now=now)
    except IntegrityError:
        standing = stop_now()
        if standing is None:
            raise
        return standing


def suspend(whom: Whom, because: Bar.Because, *, actor: Actor, why: str, now: datetime) -> Bar | None:
    """Let nothing more go to a recipient, a program or a person, from this commit on; None where that stands already.

    Raises `decide.NotAllowed` for a role that may not, and for whoever decides: one of two deciders could else put the
    other one out alone. Two people disable such a person (`leaving.disable`).
    """
    decides = isinstance(whom, User) and not leaving.may_alone(whom)
    if actor.kind == "s" and (actor.role not in MAY_SUSPEND or decides):
        raise decide.NotAllowed("approval.role")
    of = _of(whom)
    try:
        return _set(of, because, actor, {"why": why}, now=now, **{of.value: whom})
    except IntegrityError:
        if Bar.objects.filter(lifted_at=None, **{of.value: whom}).exists():
            return None
        raise


def lift(bar: Bar, officer: User, why: str, *, now: datetime) -> str:
    """End a suspension; give "" or the code of why not: `approval.over`, `approval.role`, `approval.same_person`.

    Never by whom it is about, nor by somebody of that recipient: the database refuses it as well.
    """
    if officer.role not in MAY_SUSPEND:
        return "approval.role"
    try:
        with transaction.atomic():
            row = Bar.objects.select_for_update(of=("self",)).get(id=bar.id)
            if row.lifted_at is not None or row.of == Bar.Of.ALL:
                return "approval.over"
            _lift(row, actor_of(officer), now=now, why=why)
    except SamePerson:
        return "approval.same_person"
    return ""


def ask_to_resume(person: User, why: str, *, now: datetime) -> Approval:
    """Ask a second person to let disclosures go on. Raises `decide.NotAllowed`, also where nothing is stopped."""
    with transaction.atomic():
        row = Bar.objects.select_for_update().filter(of=Bar.Of.ALL, lifted_at=None).first()
        if row is None or decide.is_open(RESUME, about=row.id):
            raise decide.NotAllowed("approval.over")
        return decide.request(RESUME, requester=actor_of(person), reason=why, now=now, about=row.id)


def refused(actor: Actor, code: str, what: str) -> None:
    """Record that something was kept back from somebody who is stopped."""
    log.append("duties.refused", actor=actor, subject=None, body={"code": code, "what": what}, obj="page", res="denied")


def actor_of(user: User) -> Actor:
    """Name a person in the log."""
    return Actor("s", user.id, role=user.role)


def _resume(approval: Approval, approver: Actor, now: datetime) -> None:
    """Let disclosures go on, in the approving transaction."""
    assert approval.about is not None
    row = Bar.objects.select_for_update().filter(id=approval.about, of=Bar.Of.ALL, lifted_at=None).first()
    if row is None:
        raise decide.NotAllowed("approval.over")
    decide.execute(approval, actor=approver, now=now)
    row.approval = approval.id
    _lift(row, approver, now=now, approval=approval.id)


def _set(
    of: Bar.Of, because: Bar.Because, actor: Actor, facts: dict[str, object], *, now: datetime, **whom: Whom
) -> Bar:
    act = "duties.stopped" if of == Bar.Of.ALL else "duties.suspended"
    row = Bar(id=uuid.uuid4(), of=of, because=because, set_by=actor.id, since=now, **whom)
    with transaction.atomic():
        body = {"bar": row.id, "of": of.value, "about": row.about, "because": because.value, **facts}
        row.audit_event_id = log.append(act, actor=actor, subject=None, obj="party", body=body).id
        row.save(force_insert=True)
    return row


def _lift(row: Bar, actor: Actor, *, now: datetime, **facts: object) -> None:
    act = "duties.resumed" if row.of == Bar.Of.ALL else "duties.lifted"
    body = {"bar": row.id, "of": row.of, "about": row.about, "because": row.because, **facts}
    row.audit_event_id = log.append(act, actor=actor, subject=None, obj="party", body=body).id
    row.lifted_by, row.lifted_at = actor.id, now
    with different():
        row.save()


def _of(whom: Whom) -> Bar.Of:
    if isinstance(whom, Organisation):
        return Bar.Of.ORGANISATION
    return Bar.Of.APPLICATION if isinstance(whom, Application) else Bar.Of.PERSON


ACT = TwoPersonAct(
    RESUME,
    "Let disclosures go on after the stop switch",
    requesters=frozenset({"officer", "operator", "approver"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=7),
    run=_resume,
)
