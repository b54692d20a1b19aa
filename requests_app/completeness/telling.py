"""The mails that tell a utility of too much data (actions).

Like the letter itself: the Message-ID is reserved first, “sending” is committed before the first byte leaves, and what
may have left is never sent again by itself. It goes out although a permission has ended: the utility has to know.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from broker import jobs
from broker.channels import surplus_notice
from broker.channels.manual_request import Mailing, message_id
from broker.terms import EventRef
from broker.transport import Delivery, PermanentRefusal
from requests_app.alerts import tell_staff
from requests_app.completeness.models import Cut, OverDelivery, SurplusMail
from requests_app.desk.mail import page_of, thread_of
from requests_app.handing_over import checked, hand_over
from requests_app.mailing import (
    Overtaken,
    address_of,
    begin,
    destination,
    event,
    facts_of,
    find,
    last_four,
    profile_for,
    reply_of,
)
from requests_app.models import ManualRequest

KIND, TELL = "surplus", "surplus.tell"
State = SurplusMail.State


FOUND, DECIDED = "found", "decided"


def write_found(incident: OverDelivery, ref: EventRef, now: datetime) -> None:
    """Make ready what tells the utility that it sent too much, in the caller's transaction; `send_found` sends it.

    A look finds an incident, and a look alone mails nobody: a person's next act on the file does.
    """
    _write(incident, FOUND, ref, now)


def send_found(incident: OverDelivery) -> None:
    """Have the utility told of what was found, once, if its own mail brought the file; in the caller's transaction."""
    for mail in SurplusMail.objects.filter(incident=incident, what=FOUND, state=State.QUEUED):
        jobs.enqueue(TELL, mail.id, key=f"{TELL}:{mail.id}")


def queue_decided(incident: OverDelivery, ref: EventRef, now: datetime) -> None:
    """Have the utility told, once, of what became of it; in the caller's transaction."""
    mail = _write(incident, DECIDED, ref, now)
    jobs.enqueue(TELL, mail.id, key=f"{TELL}:{mail.id}")


def _write(incident: OverDelivery, what: str, ref: EventRef, now: datetime) -> SurplusMail:
    return SurplusMail.objects.create(
        incident=incident,
        what=what,
        message_id=message_id(incident.manual.thread_token),
        at=now,
        audit_event_id=ref.id,
    )


@jobs.handler(TELL)
def tell_job(job: jobs.JobView) -> None:
    """Send one mail about an incident, once."""
    mail = SurplusMail.objects.select_related("incident__file").get(id=job.subject_id)
    manual = find(mail.incident.manual_id)
    if mail.state == State.SENDING:
        _ask_by_phone(mail, manual, "an earlier run ended in the middle of sending")
        return
    if mail.state != State.QUEUED:
        return
    mailing = _written(mail, manual)
    try:
        begin(manual, mailing.raw, mail.message_id, KIND, lambda ref: _mark(mail, State.SENDING, ref))
    except Overtaken:
        return
    hand_over(
        mailing,
        job,
        sent=lambda delivery: _sent(mail, manual, delivery),
        unknown=lambda error: _ask_by_phone(mail, manual, error.reply),
        refused=lambda error: _refused(mail, manual, error),
        back=lambda error: _back(mail, manual, error),
    )


def _written(mail: SurplusMail, manual: ManualRequest) -> Mailing:
    profile, incident = profile_for(manual), mail.incident
    order = surplus_notice.SurplusNotice(
        thread=thread_of(manual),
        to=address_of(profile),
        message_id=mail.message_id,
        utility_name=profile.name,
        last_four=last_four(manual),
        received_on=incident.file.received_at.astimezone(profile.tz).date(),
        kinds=tuple(incident.kinds),
        part_used=Cut.objects.filter(original=incident.file).exists(),
        became=incident.disposition if mail.what == DECIDED else "",
        page=page_of(manual),
    )
    notice = surplus_notice.notice(order, destination=destination(), own_servers=profile.contacts.mail_servers)
    return checked(notice)


def _refused(mail: SurplusMail, manual: ManualRequest, error: PermanentRefusal) -> None:
    with transaction.atomic():
        ref = event(manual, "mail.failed", _facts(mail) | {"reply": error.reply[:200]}, res="error")
        _mark(mail, State.REFUSED, ref)
        what = f"Request {manual.number}: the mail about too much data was refused"
        tell_staff(what, "Please call the billing desk.", key=f"surplus-refused:{mail.id}", manual=manual)


def _back(mail: SurplusMail, manual: ManualRequest, error: Exception) -> None:
    with transaction.atomic():
        ref = event(manual, "mail.failed", _facts(mail) | {"reply": reply_of(error)}, res="error")
        _mark(mail, State.QUEUED, ref)


def _sent(mail: SurplusMail, manual: ManualRequest, delivery: Delivery) -> None:
    with transaction.atomic():
        ref = event(manual, "mail.sent", _facts(mail) | facts_of(delivery))
        _mark(mail, State.SENT, ref)


def _ask_by_phone(mail: SurplusMail, manual: ManualRequest, reply: str) -> None:
    """Leave it to a person: whether it arrived is unknown, and nothing is sent again by itself."""
    with transaction.atomic():
        event(manual, "request.unproven", _facts(mail) | {"reply": reply[:200]}, res="error")
        what = f"Request {manual.number}: was the mail about too much data sent?"
        tell_staff(what, "Please ask the billing desk by phone.", key=f"surplus-unknown:{mail.id}", manual=manual)


def _facts(mail: SurplusMail) -> dict[str, Any]:
    return {"mail": KIND, "what": mail.what, "incident": mail.incident_id, "message_id": mail.message_id}


def _mark(mail: SurplusMail, new: State, ref: EventRef) -> bool:
    marked = SurplusMail.objects.filter(id=mail.id, state=mail.state).update(state=new, audit_event_id=ref.id)
    if marked:
        mail.state = new
    return bool(marked)
