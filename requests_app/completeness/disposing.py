"""What becomes of what was too much: one asks, another decides, the keeper destroys (actions)."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from broker import vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.db import evidence_completeness, holds
from broker.terms import Actor, Refusal
from requests_app.completeness import settling, telling
from requests_app.completeness.models import OverDelivery
from requests_app.completeness.words import DESTROY, open_to
from requests_app.inbound.models import MailChoice
from requests_app.models import ReceivedFile

NAME = evidence_completeness.ACT
RULE = "surplus"


def ask(incident: OverDelivery, disposition: str, *, requester: Actor, now: datetime) -> Approval | Refusal:
    """Ask a second person to agree on what becomes of it. Raises `decide.NotAllowed`.

    The utility is told that it sent too much, where its own mail did. To destroy it ends the file as it came and the
    mail that brought it; what was cut out of it, and the mail's other files, have keys of their own and stay.
    """
    if disposition not in open_to(incident.kinds):
        return Refusal("ask.invalid")
    if incident.state != OverDelivery.State.OPEN or decide.is_open(NAME, about=incident.id):
        return Refusal("state.conflict")
    params: dict[str, object] = {"disposition": disposition, "request": incident.manual.number}
    if disposition == DESTROY:
        files = _sealed(incident)
        keys = vault.keys_alone(files)
        if len(keys) < len(files):
            # It came before files had keys of their own: it ends with everything else of its year.
            return Refusal("state.conflict", "its key seals other things too")
        params |= {"rule": RULE, "scope": holds.RECORDS, "class": vault.CASE, "period": incident.found_at.year}
        params |= {"files": [str(each) for each in files], "vault_keys": [str(each) for each in keys]}
    with transaction.atomic():
        telling.send_found(incident)
        return decide.request(
            NAME,
            requester=requester,
            reason="A file brought more than may be had.",
            now=now,
            subject=incident.file.consent.customer_id,
            about=incident.id,
            params=params,
        )


def is_destroyed(incident: OverDelivery) -> bool:
    """Say whether nobody can read it any more."""
    return vault.is_destroyed(incident.file.file)


def _sealed(incident: OverDelivery) -> list[uuid.UUID]:
    """Give everything in which it lies sealed: the file, the mail that brought it, and that mail in the holding pen."""
    message = incident.file.message
    assert message is not None
    in_pen = Q(attached=message) | Q(message__also_attached__attached=message)
    held = MailChoice.objects.filter(in_pen).values_list("message__raw", flat=True)
    return [incident.file.file, message.raw, *held]


def _decided(approval: Approval, approver: Actor, now: datetime) -> None:
    """Carry the decision out, in the approving transaction; its destruction is the keeper's."""
    rows = OverDelivery.objects.select_for_update(of=("self",)).select_related("file__consent", "manual__request")
    incident = rows.get(id=approval.about or approval.id)
    if incident.state != OverDelivery.State.OPEN:
        raise decide.NotAllowed("approval.over")
    disposition, file, manual = approval.params["disposition"], incident.file, incident.manual
    with transaction.atomic():
        ref = log.append(
            "file.disposed",
            actor=approver,
            subject=file.consent.customer_id,
            obj="received_file",
            body={
                "file": file.id,
                "sha256": bytes(file.sha256).hex(),
                "consent": file.consent_id,
                "request": manual.number,
                "kinds": incident.kinds,
                "disposition": disposition,
                "approval": approval.id,
            },
        )
        OverDelivery.objects.filter(id=incident.id).update(
            state=OverDelivery.State.DECIDED,
            disposition=disposition,
            approval=approval.id,
            decided_at=now,
            audit_event_id=ref.id,
        )
        ReceivedFile.objects.filter(id=file.id, state=ReceivedFile.State.QUARANTINED).update(
            state=ReceivedFile.State.REJECTED, decided_at=now, audit_event_id=ref.id
        )
        if incident.mails.exists():  # it was told of it, because its own mail brought it
            telling.queue_decided(incident, ref, now)
        settling.settle(manual, ref)
        if disposition != DESTROY:
            decide.execute(approval, actor=approver, now=now)


ACT = TwoPersonAct(
    NAME,
    "Decide what becomes of a file that brought too much",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_decided,
)
