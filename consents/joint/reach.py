"""Whose consents the word of a holder reaches beside her own: the proven holder's, of an account billed alike (reads).

An account number and a name stand on paper that strangers see. What reaches another customer's consents, and the
addresses that cross from one customer to another, therefore need a proof (L2) and name lines that share a holder.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from broker import vault
from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import SERVICE
from consents.identity.levels import level_of
from consents.joint.models import BothChange, CoApproval, JointMember
from consents.joint.names import lines_agree
from consents.models import Consent

READER = SERVICE("joint")
ENOUGH = "L2"


def is_both(account: UtilityAccount) -> bool:
    """Say whether what this customer signs over the account needs both holders: she asked, or a proven holder did.

    Names are not compared here, since nothing sealed is opened while somebody signs; to whom it is told is decided
    by `alike`.
    """
    if asked(account):
        return True
    return bool(asked_by_proven(account))


def account_of(consent: Consent) -> UtilityAccount:
    """Give the account that a second holder of this consent is heard about, whatever becomes of the ask afterwards.

    A letter for many accounts is of one holder, and has a second one only where another holder asks afterwards that
    both must agree over one of them: that one is kept with the second holder.
    """
    rows = list(consent.accounts.order_by("created_at", "id"))
    if len(rows) == 1:
        return rows[0]
    members = JointMember.objects.select_related("account").filter(consent=consent, account__isnull=False)
    kept = next((each.account for each in members), None)
    return kept or next((each for each in rows if is_both(each)), rows[0])


def members_of(accounts: QuerySet[UtilityAccount] | list[UtilityAccount]) -> QuerySet[JointMember]:
    """Give the second holders who are heard about one of these accounts, not about another one of the same letter."""
    unsaid = Consent.objects.filter(accounts__in=accounts)
    return JointMember.objects.filter(Q(account__in=accounts) | Q(account=None, consent__in=unsaid))


def is_same(one: UtilityAccount, two: UtilityAccount) -> bool:
    """Say whether both rows are of one account number, whoever wrote it and under whichever name line."""
    return (one.utility, bytes(one.number_index)) == (two.utility, bytes(two.number_index))


def asked(account: UtilityAccount) -> bool:
    """Say whether it was asked for through a consent of this customer, and both have not ended it since."""
    return any(stands(row) for row in asked_rows(account))


def asked_rows(account: UtilityAccount) -> list[CoApproval]:
    """Give what was asked for over this number through consents of this customer, ended or not, the oldest first."""
    rows = CoApproval.objects.filter(account__in=same(account)).order_by("since")
    return list(rows.prefetch_related("changes"))


def same(account: UtilityAccount) -> QuerySet[UtilityAccount]:
    """Give the account under every name and address that this customer wrote: those are typed, the number counts."""
    rows = UtilityAccount.objects.filter(customer=account.customer_id, utility=account.utility)
    return rows.filter(number_index=bytes(account.number_index))


def stands(row: CoApproval) -> bool:
    """Say whether "both must agree" stands; what is asked for anew counts after an end, and an end after that."""
    changes = sorted(row.changes.all(), key=lambda each: each.at)
    return not changes or changes[-1].kind != BothChange.Kind.ENDED


def asked_without_proof(account: UtilityAccount) -> bool:
    """Say whether somebody else asked whose account is not proven: that binds her own consents alone."""
    return any(not is_proven(each) for each in _asked_by_others(account))


def is_proven(account: UtilityAccount) -> bool:
    """Say whether this customer proved that the account is hers."""
    return level_of(account) >= ENOUGH


def others(account: UtilityAccount) -> list[UtilityAccount]:
    """Give the same account as other customers named it."""
    rows = UtilityAccount.objects.filter(utility=account.utility, number_index=bytes(account.number_index))
    return list(rows.exclude(customer_id=account.customer_id))


def alike(account: UtilityAccount, found: Iterable[UtilityAccount]) -> list[UtilityAccount]:
    """Open the name lines and give those of `found` that agree with the account's; each opening is an event."""
    rows = list(found)
    if not rows:
        return []
    line = line_of(account)
    return [each for each in rows if lines_agree(line, line_of(each))]


def reached_by(account: UtilityAccount) -> list[UtilityAccount]:
    """Give the other customers' accounts over which this one's holder has a word; not inside a transaction."""
    return alike(account, others(account)) if is_proven(account) else []


def heard_by(account: UtilityAccount) -> list[UtilityAccount]:
    """Give the other customers' accounts from which an address may come to this one; not inside a transaction."""
    return alike(account, [each for each in others(account) if is_proven(each)])


def asked_by_proven(account: UtilityAccount) -> list[UtilityAccount]:
    """Give the proven accounts of others through which it was asked for."""
    return [each for each in _asked_by_others(account) if is_proven(each)]


def _asked_by_others(account: UtilityAccount) -> list[UtilityAccount]:
    return [each for each in others(account) if asked(each)]


def line_of(account: UtilityAccount) -> str:
    """Open the name line of an account, which is an event; not inside a transaction."""
    event = log.append_read(
        "account.read",
        actor=READER,
        subject=account.customer_id,
        purpose="operations",
        obj="account",
        body={"account": str(account.id), "fields": ["name_as_billed"]},
        cnt=1,
    )
    return vault.open(account.name_as_billed, under=event)
