"""For what, by whom and for whom a day may stand in for a second person (reads): asked as it begins and as it ends."""

from datetime import datetime

from django.db.models import Q

from broker.approvals import acts
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console import find
from broker.console.waits.models import Wait
from broker.duties import bars, people, team
from broker.notices.models import Notice, NoticeState
from broker.parties.models import Customer, Role, User
from consents import electronic
from consents.joint import reach
from consents.models import Suspension

MAY_BEGIN = frozenset({Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER})
KEYS = "vault_keys"  # in the parameters of an act that destroys some


class NotAllowed(Exception):
    """No wait stands in here; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def lacking(now: datetime) -> frozenset[str]:
    """Give the acts for which a wait may stand in now: those that permit it, and that this team cannot do.

    Whoever could sign in within the last 30 days, or was put out by one person alone, counts as there.
    """
    return frozenset(each.name for each in team.unmet(acts.registered(), people.lately(now))) & team.MAY_WAIT


def candidates(now: datetime) -> list[Approval]:
    """Give what waits for a second person whom this team does not have, and for which a wait can begin."""
    rows = Approval.objects.filter(state=Act.REQUESTED, expires_at__gt=now, act__in=lacking(now))
    rows = rows.exclude(id__in=Wait.objects.values("approval")).order_by("requested_at", "id")
    return [each for each in rows if not is_never(each)]


def is_never(row: Approval) -> bool:
    """Say whether two people do this, come what may.

    An act that no wait is for, one that destroys keys, or one to which its customer said no in an earlier wait.
    """
    return row.act not in team.MAY_WAIT or KEYS in row.params or row.subject is None or _said_no(row)


def look(row: Approval, person: User, *, now: datetime) -> Customer:
    """Give the customer to be told where this person may begin the wait now. Raises `NotAllowed`.

    `wait.role`; `wait.never` as `is_never` says; `wait.team` where this team has two people for it; `wait.asker` for
    who asked, where somebody else is there who can begin; otherwise as `of_hers` and `wait.own` say.
    """
    if person.role not in MAY_BEGIN:
        raise NotAllowed("wait.role")
    customer = Customer.objects.filter(id=row.subject).first() if row.subject else None
    if is_never(row) or customer is None:
        raise NotAllowed("wait.never")
    if row.act not in lacking(now):
        raise NotAllowed("wait.team")
    asker = User.objects.get(id=row.requester)
    if _is_same(asker, person) and any(not _is_same(asker, each) for each in people.able()):
        raise NotAllowed("wait.asker")
    if any(find.is_in_name(customer.id, each.full_name) for each in (asker, person)):
        raise NotAllowed("wait.own")
    if code := of_hers(customer):
        raise NotAllowed(code)
    return customer


def of_hers(customer: Customer) -> str:
    """Give why no wait stands in for this customer, or "".

    `wait.joint` where another holder of an account of hers is known, who is not told; `wait.paper` where she deals on
    paper, or where mail to her came back.
    """
    accounts = list(customer.accounts.all())
    if reach.members_of(accounts).exists() or any(reach.others(each) or reach.is_both(each) for each in accounts):
        return "wait.joint"
    return "wait.paper" if electronic.on_paper(customer) or _comes_back(customer) else ""


def still_stands(row: Approval, wait: Wait, *, now: datetime) -> bool:
    """Say whether what waited may be done now: asked for, for want of a second person, by people who still act."""
    if row.state != Act.REQUESTED or now >= row.expires_at or is_never(row) or row.act not in lacking(now):
        return False
    for each in User.objects.filter(id__in=[row.requester, wait.begun_by]):
        out = not each.is_active or bars.is_suspended(each)
        if out or find.is_in_name(wait.customer_id, each.full_name):
            return False
    return not of_hers(wait.customer)


def _said_no(row: Approval) -> bool:
    before = Wait.objects.filter(state=Wait.State.OBJECTED, customer=row.subject).values("approval")
    return Approval.objects.filter(id__in=before, act=row.act, about=row.about).exists()


def _is_same(one: User, other: User) -> bool:
    """Two accounts of one full name are one person."""
    return one.full_name.strip().lower() == other.full_name.strip().lower()


def _comes_back(customer: Customer) -> bool:
    """Say whether mail to her is known not to arrive: a copy or a wait's mail came back, or the newest was refused."""
    if Suspension.objects.filter(consent__customer=customer, because=Suspension.Because.COPY_BOUNCED).exists():
        return True
    if Wait.objects.filter(customer=customer, state=Wait.State.RETURNED).exists():
        return True
    sent = Notice.objects.filter(subject=customer.id, state__in=[NoticeState.SENT, NoticeState.REFUSED])
    # What the gate kept back says nothing of her mailbox.
    told = sent.exclude(Q(state=NoticeState.REFUSED) & Q(answer__startswith="gate:")).order_by("-created_at").first()
    return told is not None and told.state == NoticeState.REFUSED
