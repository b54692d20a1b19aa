"""Officers and approvers hear by mail what somebody from outside is asked, and what the answer was (actions)."""

from django.urls import reverse

from broker import notices
from broker.approvals import acts
from broker.approvals.models import Approval
from broker.console.outside.models import Ask
from broker.duties import people
from broker.parties.models import User
from broker.parties.signin import alerts

WHY = "to tell of an approver from outside"
ASKED, AGREED, DECLINED = "was asked", "agreed", "declined"

type Told = list[tuple[User, alerts.Mailbox]]


def deciders(*, but: User | None) -> Told:
    """Open the work mailboxes of those who decide here, but of one: an entry each. Who has none is not told."""
    rows = [each for each in people.deciders() if but is None or each.id != but.id]
    return [(each, box) for each in rows if (box := alerts.mailbox(each, WHY)) is not None]


def tell(ask: Ask, row: Approval, ours: Told, what: str) -> None:
    """Mail each of them what became of an ask; in the caller's transaction."""
    context = {
        "what": what,
        "title": acts.act_of(row.act).title,
        "who": str(ask.outside),
        "path": reverse("duties-outside"),
    }
    for person, (to, _language) in ours:
        key = f"outside_told:{ask.id}:{what}:{person.id}"
        notices.send_later("outside_told", to=to, subject=person.id, context=context, key=key)
