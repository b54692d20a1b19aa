"""An organisation asks to be enrolled; two people answer; its contact gets the way in (actions)."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from broker import jobs, notices, vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.limits.counting import DAY, Limit, counts_anew, take_all
from broker.parties import directory, links, staff
from broker.parties.mailbox import mailbox_of
from broker.parties.models import EmailLink, Organisation, Role, User
from broker.terms import PURPOSES, SERVICE, Actor, Refusal
from broker.transport import Proof, ProvenAddress
from requests_app.recipients.models import SignUp
from requests_app.recipients.said import said_hash

NAME = "organisation.enrol"
CARRY_OUT = "organisation.enrol"
ANSWERS = {"enrol": "enrol it", "refuse": "refuse it"}
CLERK = SERVICE("recipients")
# A mailbox that asks again and again, however its address is written; a place in the network, so that nobody alone uses
# up what is there for all; and all of them together: two people have to read each.
BY_ONE, FROM_ONE_PLACE, BY_ALL = Limit("join", 3, DAY), Limit("join-place", 10, DAY), Limit("join-all", 100, DAY)


@dataclass(frozen=True, repr=False)
class Asked:
    """What an organisation says of itself, and who speaks for it."""

    legal_name: str
    address: str
    about: str
    phone: str
    purposes: tuple[str, ...]
    contact_name: str = field(repr=False)
    about_es: str = ""


def ask(link: EmailLink, asked: Asked, *, language: str, now: datetime, address: str = "") -> SignUp | Refusal:
    """Keep what an organisation asks, once for a proven mailbox's link.

    `address` is where it asks from (`limits.address_of`). The same link again gives the row that it made: a form that
    is sent twice counts once. `rate.limited` where too many asked today, with `mailbox` as its detail where that one
    did. Raises `ValueError` for a link without a code that was right, and for a purpose that is none.
    """
    if link.purpose != EmailLink.Purpose.JOIN or link.code_used_at is None or {*asked.purposes} - {*PURPOSES}:
        raise ValueError("a proven mailbox and known purposes are needed")
    if (there := _made(link)) is not None:
        return there
    own = (BY_ONE, bytes(link.email_index).hex())
    others = ((FROM_ONE_PLACE, address), (BY_ALL, "")) if address else ((BY_ALL, ""),)
    if counts_anew(own, *others, now=now) > now:  # nothing is opened for whoever may not ask
        return _made(link) or _limited(own, now)
    row, actor = uuid.uuid4(), links.person(link)
    why = {"why": "to write to whoever asks for an organisation"}
    seen = log.append_read(
        "parties.read", actor=actor, subject=link.id, purpose="operations", obj="link", body=why, cnt=1
    )
    email = vault.open(link.email, under=seen)
    mailbox = (BY_ONE, f"mailbox {vault.blind_index('email', mailbox_of(email)).hex()}")
    try:
        with transaction.atomic():
            ref = log.append("recipient.applied", actor=actor, subject=row, body=_asked(row, link, asked))
            made = SignUp.objects.create(
                id=row,
                link=link,
                legal_name=asked.legal_name,
                address=asked.address,
                about=asked.about,
                about_es=asked.about_es,
                phone=asked.phone,
                purposes=list(asked.purposes),
                contact_name=vault.seal(asked.contact_name, subject=row, place=_place("contact_name", row)),
                contact_email=vault.seal(email, subject=row, place=_place("contact_email", row)),
                language=language,
                asked_at=now,
                audit_event_id=ref.id,
            )
            # Behind the row, which one of several presses alone can make: the others spend no try.
            if not take_all(own, mailbox, *others, now=now):
                raise _TooMany
    except IntegrityError:
        if (there := _made(link)) is None:
            raise
        return there
    except _TooMany:
        return _limited(mailbox, now)
    return made


class _TooMany(Exception):
    """The day's tries were spent by somebody faster; what was written with this one goes."""


def _asked(row: uuid.UUID, link: EmailLink, asked: Asked) -> dict[str, object]:
    said = said_hash(asked.legal_name, asked.address, asked.about, asked.phone, asked.purposes, asked.about_es)
    return {"sign_up": row, "link": link.id, "said": said}


def _limited(mailbox: tuple[Limit, str], now: datetime) -> Refusal:
    return Refusal("rate.limited", "mailbox" if counts_anew(mailbox, now=now) > now else "")


def _made(link: EmailLink) -> SignUp | None:
    return SignUp.objects.filter(link=link).first()


def propose(sign_up: SignUp, answer: str, slug: str, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask a second person to enrol an organisation under this short name, or to refuse it. Raises `NotAllowed`."""
    if sign_up.state != SignUp.State.WAITING or answer not in ANSWERS or decide.is_open(NAME, about=sign_up.id):
        raise decide.NotAllowed("approval.over")
    return decide.request(
        NAME,
        requester=requester,
        reason=reason,
        now=now,
        subject=sign_up.id,
        about=sign_up.id,
        params={"answer": answer, "slug": slug},
    )


def is_proposed(sign_up: SignUp) -> bool:
    """Say whether the first of the two people has answered, and the second has not."""
    return sign_up.state == SignUp.State.WAITING and decide.is_open(NAME, about=sign_up.id)


def proposed(sign_ups: Collection[SignUp]) -> set[uuid.UUID]:
    """Give those of these for which `is_proposed` holds, by one query."""
    waiting = {each.id for each in sign_ups if each.state == SignUp.State.WAITING}
    return {each for each in decide.open_about(NAME).filter(about__in=waiting) if each is not None}


def unanswered() -> int:
    """Count the organisations that wait for the first of the two people."""
    return SignUp.objects.filter(state=SignUp.State.WAITING).exclude(id__in=decide.open_about(NAME)).count()


def contact(sign_up: SignUp, actor: Actor, *, why: str) -> tuple[str, str]:
    """Open the contact's name and address, under an event of its own."""
    body = {"sign_up": sign_up.id, "fields": ["name", "email"], "why": why}
    ref = log.append_read(
        "parties.read", actor=actor, subject=sign_up.id, purpose="operations", obj="link", body=body, cnt=1
    )
    name, email = vault.open_all([sign_up.contact_name, sign_up.contact_email], under=ref)
    return name, email


def _approved(approval: Approval, _approver: Actor, _now: datetime) -> None:
    """Leave the rest to a job: what it opens is opened under an entry that is committed before."""
    jobs.enqueue(CARRY_OUT, approval.id, key=f"{CARRY_OUT}:{approval.id}")


@jobs.handler(CARRY_OUT)
def carry_out(job: jobs.JobView) -> None:
    """Do what two people decided, once: enrol and mail the way in, or refuse and say so."""
    from django.utils import timezone

    approval, now = Approval.objects.get(id=job.subject_id), timezone.now()
    sign_up = SignUp.objects.get(id=approval.about or approval.id)
    if sign_up.state != SignUp.State.WAITING:
        return
    name, email = contact(sign_up, CLERK, why="two people answered it")
    with transaction.atomic():
        rows = SignUp.objects.select_for_update(of=("self",)).filter(id=sign_up.id, state=SignUp.State.WAITING)
        if not rows.exists():
            return
        to = ProvenAddress(email, Proof("code", str(sign_up.link_id)))
        if approval.params["answer"] == "enrol":
            _enrol(sign_up, approval, name, to, now)
        else:
            ref = log.append("recipient.answered", actor=CLERK, subject=sign_up.id, body=_answer(sign_up, approval))
            rows.update(state=SignUp.State.REFUSED, answered_at=now, approval=approval.id, audit_event_id=ref.id)
            notices.send_later(
                "join_refused",
                to=to,
                subject=sign_up.id,
                language=sign_up.language,
                context={"name": sign_up.legal_name},
                key=f"join_refused:{sign_up.id}",
            )
        decide.execute(approval, actor=CLERK, now=now)


def renew_way_in(sign_up: SignUp, user: User, *, actor: Actor, now: datetime) -> None:
    """Mail a fresh link to a contact who has not chosen a password; the older links end."""
    _name, email = contact(sign_up, actor, why="a new link to the first password")
    with transaction.atomic():
        token = staff.renew_enrolment(user, now=now)
        to = ProvenAddress(email, Proof("code", str(sign_up.link_id)))
        _mail_way_in(sign_up, user, token, to)


def for_alerts(user: User, why: str) -> tuple[ProvenAddress, str] | None:
    """Give where to tell an organisation's contact about the way in, and the language; None for anybody else."""
    found = SignUp.objects.filter(organisation=user.organisation_id, organisation__slug=user.username).first()
    if user.organisation_id is None or found is None:
        return None
    _name, email = contact(found, CLERK, why=why)
    return ProvenAddress(email, Proof("code", str(found.link_id))), found.language


def holders(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Give who of these people is the contact of an organisation, who proved a mailbox as it signed up."""
    rows = User.objects.filter(id__in=people, organisation__sign_up__isnull=False, organisation__slug=F("username"))
    return set(rows.values_list("id", flat=True))


def _enrol(sign_up: SignUp, approval: Approval, name: str, to: ProvenAddress, now: datetime) -> None:
    asked = str(approval.params["slug"])
    slug = asked if is_free(asked) else f"{asked[:40]}-{approval.id.hex[:6]}"  # somebody took it meanwhile
    organisation = directory.enrol_organisation(
        slug,
        sign_up.legal_name,
        actor=CLERK,
        now=now,
        address=sign_up.address,
        contact_email=to.address,
        phone=sign_up.phone,
        about=sign_up.about,
        about_es=sign_up.about_es,
        purposes=sign_up.purposes,
    )
    token = staff.start_enrolment(slug, name, Role.ANALYST, now=now, organisation=organisation)
    body = {**_answer(sign_up, approval), "organisation": organisation.id}
    ref = log.append("recipient.answered", actor=CLERK, subject=sign_up.id, body=body)
    SignUp.objects.filter(id=sign_up.id).update(
        state=SignUp.State.ENROLLED,
        answered_at=now,
        approval=approval.id,
        organisation=organisation,
        audit_event_id=ref.id,
    )
    _mail_way_in(sign_up, User.objects.get(username=slug), token, to)


def _mail_way_in(sign_up: SignUp, user: User, token: str, to: ProvenAddress) -> None:
    notices.send_later(
        "join_enrolled",
        to=to,
        subject=sign_up.id,
        language=sign_up.language,
        context={
            "name": sign_up.legal_name,
            "user": user.username,
            "path": reverse("enrol", args=[token]),
            "hours": staff.ENROLMENT_HOURS,
            "login": reverse("login"),
            "developers": reverse("developers"),
        },
        key=f"join_enrolled:{links.token_hash(token).hex()}",
    )


def _answer(sign_up: SignUp, approval: Approval) -> dict[str, object]:
    return {"sign_up": sign_up.id, "approval": approval.id, "answer": approval.params["answer"]}


def _place(column: str, row: uuid.UUID) -> vault.Place:
    return vault.Place("recipients_signup", column, row)


def is_free(slug: str) -> bool:
    """Say whether no organisation and no person has this short name."""
    return not (Organisation.objects.filter(slug=slug).exists() or User.objects.filter(username=slug).exists())


ACT = TwoPersonAct(
    NAME,
    "Answer an organisation that asks to be enrolled",
    requesters=frozenset({"officer", "approver"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_approved,
)
