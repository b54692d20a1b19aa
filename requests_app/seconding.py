"""A file whose sender nobody proved is accepted only after a second person agreed to just that (actions).

It came by a mail that was held, or a member of staff entered it as a scan; one person alone said whence it came and
where it belongs. So whoever accepts such a file asks; an officer or approver decides; then the desk accepts it. The
database takes no other way.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.terms import Actor
from requests_app.alerts import tell_staff
from requests_app.desk.models import Enclosed, MailPart
from requests_app.desk_work.models import Heard
from requests_app.inbound.holding import WHICH
from requests_app.inbound.models import MailChoice
from requests_app.models import Message, ReceivedFile

NAME = "file.accept_held"
WAITS = "file.second_waits"


def held(file: ReceivedFile) -> MailChoice | None:
    """Give the choice by which a file's mail left the holding pen; nothing for a mail that was never held."""
    return choice_of(file.message) if file.message is not None else None


def choice_of(message: Message) -> MailChoice | None:
    """Give the choice by which a message on a thread came out of the holding pen; nothing where it did not."""
    of_it = Q(attached=message) | Q(message__also_attached__attached=message)
    return MailChoice.objects.filter(of_it).select_related("message__judged").first()


def is_entered(file: ReceivedFile) -> bool:
    """Say whether a member of staff entered a file, as the scan of what came by post."""
    return file.message_id is not None and Heard.objects.filter(message=file.message_id).exists()


def is_asked_of_two(file: ReceivedFile) -> bool:
    """Say whether a file is accepted by two people alone."""
    choice = held(file)
    return is_entered(file) or (choice is not None and not is_proven(choice, file.message))


def is_proven(choice: MailChoice, message: Message | None) -> bool:
    """Say whether the sender of a held mail was proven: it waited only for which request of one mail it is about.

    And whether the message that it became lies with a request of that very mail.
    """
    if held_for(choice) != [WHICH] or message is None:
        return False
    carrier, manual = choice.message.manual_id, message.manual_id
    if manual == carrier or Enclosed.objects.filter(message__manual=carrier, manual=manual).exists():
        return True
    in_it = Q(message__manual=manual) | Q(message__enclosed__manual=manual)
    return MailPart.objects.filter(in_it, carrier=carrier).exists()


def is_whole(choice: MailChoice) -> bool:
    """Say whether a mail out of the pen lies on its thread as it came; of a divided one a person's words lie there."""
    return not MailPart.objects.filter(carrier=choice.message.manual_id).exists()


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
