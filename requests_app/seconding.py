"""A file whose sender nobody proved is accepted only after a second person agreed to just that (actions).

It came by a mail that was held, or a member of staff entered it as a scan; one person alone said whence it came and
where it belongs. So whoever accepts such a file asks; an officer or approver decides; then the desk accepts it. The
database takes no other way.
"""

from datetime import datetime, timedelta
from typing import Any

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.terms import Actor
from requests_app.alerts import tell_staff
from requests_app.desk.models import Enclosed
from requests_app.desk_work.models import Heard
from requests_app.inbound.holding import WHICH
from requests_app.inbound.models import MailChoice
from requests_app.models import ReceivedFile

NAME = "file.accept_held"
WAITS = "file.second_waits"


def held(file: ReceivedFile) -> MailChoice | None:
    """Give the choice by which a file's mail left the holding pen; nothing for a mail that was never held."""
    if file.message_id is None:
        return None
    return MailChoice.objects.filter(attached=file.message_id).select_related("message__judged").first()


def is_entered(file: ReceivedFile) -> bool:
    """Say whether a member of staff entered a file, as the scan of what came by post."""
    return file.message_id is not None and Heard.objects.filter(message=file.message_id).exists()


def is_asked_of_two(file: ReceivedFile) -> bool:
    """Say whether a file is accepted by two people alone."""
    choice = held(file)
    return is_entered(file) or (choice is not None and not is_proven(choice))


def is_proven(choice: MailChoice) -> bool:
    """Say whether the sender of a held mail was proven: it waited only for which request of one mail it is about."""
    if held_for(choice) != [WHICH]:
        return False
    carrier = choice.message.manual_id
    enclosed = Enclosed.objects.filter(message__manual=carrier, manual=choice.manual_id)
    return choice.manual_id == carrier or enclosed.exists()


def held_for(choice: MailChoice) -> list[str]:
    """Give the codes for which a mail was held."""
    judged = getattr(choice.message, "judged", None)
    return list(judged.codes) if judged else []


def newest(file: ReceivedFile, now: datetime) -> Approval | None:
    """Give the newest ask for a file that waits for its decision, or was agreed to and still counts."""
    rows = Approval.objects.filter(act=NAME, about=file.id, state__in=[State.REQUESTED, State.APPROVED])
    return rows.filter(expires_at__gt=now).order_by("-requested_at").first()


def ask(file: ReceivedFile, what: dict[str, Any], *, requester: Actor, now: datetime) -> Approval:
    """Ask a second person to agree that a file is accepted as `what`. Raises `decide.NotAllowed`."""
    return decide.request(
        NAME,
        requester=requester,
        reason="A file that a member of staff entered." if is_entered(file) else "A file of a mail that was held.",
        now=now,
        subject=file.consent.customer_id,
        about=file.id,
        params=what,
    )


def _tell(approval: Approval, approver: Actor, now: datetime) -> None:  # noqa: ARG001
    """Tell the desk that it may accept the file; that it did is what carries the act out."""
    assert approval.about is not None
    file = ReceivedFile.objects.select_related("message__manual").get(id=approval.about)
    if file.state != ReceivedFile.State.QUARANTINED:
        raise decide.NotAllowed("approval.over")
    manual = file.message.manual if file.message else None
    what = f"Request {manual.number if manual else ''}: a second person agreed to a file"
    tell_staff(what, "The file can be accepted now.", key=f"second:{approval.id}", manual=manual)


ACT = TwoPersonAct(
    NAME,
    "Accept a file whose sender nobody proved",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_tell,
)
