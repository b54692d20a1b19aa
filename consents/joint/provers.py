"""Two mailboxes prove one account: what each shares waits for a person, or for more than a bill (actions).

Whoever holds one paper bill can forge another (decision 0054), so of two customers who proved one account number
neither is trusted for having been first. Each is held against the other, but where that other's own word says that she
is a holder, too: a stranger's word for himself counts for nothing. Names are sealed, and are compared by a job; until
then the consent is held. What the co-op or a code by post confirms (L3) is held against nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet

from broker import jobs, vault
from broker.audit import log
from broker.parties.models import Customer, UtilityAccount
from broker.terms import EventRef
from consents.identity import levels
from consents.identity.models import Proof
from consents.joint import counting, review
from consents.joint.counting import WATCH
from consents.joint.models import AbuseSign
from consents.joint.names import are_two_holders
from consents.joint.reach import is_proven, line_of, members_of, others, same
from consents.joint.signs import PROVERS, Counts, signs
from consents.lifecycle import ENDED
from consents.models import Consent, LetterOfAuthorization, Suspension

COMPARE, TELL = "provers.compare", "provers.tell"


def on_proven(*, accounts: Iterable[UtilityAccount], now: datetime, **_signal: Any) -> None:
    """Hold what a new proof puts in doubt, on both sides, and let go what it settles; inside its transaction."""
    for account in accounts:
        for consent in _over(account, "L3"):
            if is_held(consent) and not _other_signs(consent):
                review.let_go(consent, outcome="confirmed", actor=WATCH, now=now)
        rivals = [each for each in others(account) if is_proven(each)]
        for each in (account, *rivals):
            hold(each, now=now)
        for each in rivals:
            if not _has_vouched(each, account):
                key = f"{TELL}:{each.customer_id}:{account.customer_id}:{bytes(account.number_index).hex()[:16]}"
                jobs.enqueue(TELL, each.id, key=key)


def reach_new(consent: Consent, account: UtilityAccount, *, now: datetime) -> None:
    """Hold a consent that is being signed over an account that somebody else proved, too, in the signing transaction.

    A proof at this very moment cannot be seen here, nor waited for: the job looks again before the letter is sealed.
    """
    if is_proven(account):
        hold(account, now=now)
        jobs.enqueue(COMPARE, consent.id, key=f"{COMPARE}:{consent.id}:signed")


def hold(account: UtilityAccount, *, now: datetime) -> None:
    """Hold this customer's consents over an account that another mailbox proved, inside the caller's transaction.

    Not what is at L3, and not where a person, or the comparison, let go after the last mailbox had proven it.
    """
    rivals = _rivals(account)
    if not rivals or _is_settled(account, rivals):
        return
    counts = Counts(account_provers=1 + len({each.customer_id for each in rivals}))
    for consent in _over(account, "L2"):
        if is_held(consent):
            continue
        known = AbuseSign.objects.filter(consent=consent, code=PROVERS).exists()
        found = () if known else signs(counts, counting.limits())
        ref = counting.counted(consent, found, step="proof")
        counting.hold(consent, found, ref=ref, now=now)
        jobs.enqueue(COMPARE, consent.id, key=f"{COMPARE}:{consent.id}:{ref.id}")


def compare(consent: Consent, *, now: datetime) -> None:
    """Let go what is held where each other prover's own words name the signer beside themselves; else tell our people.

    Not inside a transaction: each name that is opened is an event.
    """
    accounts = list(consent.accounts.order_by("id"))
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=consent.customer_id)
        levels.take_turns(accounts)
        for account in accounts:
            hold(account, now=now)
    if not is_held(consent):
        return
    compared = {account.id: _rivals(account) for account in accounts}
    agree = all(_names_her(each, account) for account in accounts for each in compared[account.id])
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=consent.customer_id)
        levels.take_turns(accounts)
        row = Consent.objects.select_for_update().get(id=consent.id)
        if not is_held(row):
            return
        known = {each.id for rivals in compared.values() for each in rivals}
        same_ones = {each.id for account in accounts for each in _rivals(account)} <= known
        if agree and same_ones and not _other_signs(row):
            review.let_go(row, outcome="two holders", actor=WATCH, now=now)
        else:
            counting.alert(row, ref=_held_by(row))


def is_held(consent: Consent) -> bool:
    """Say whether a consent is held because another mailbox proved its account, too."""
    held = _suspensions().filter(consent=consent, lifted_at=None)
    return held.filter(consent__abuse_signs__code=PROVERS).exists()


def is_doubted(account: UtilityAccount) -> bool:
    """Say whether anything of this customer is held over the account, and nothing better than a bill proves it.

    What the co-op sent waits on her own pages, too; also of what she, or a person of ours, has ended since.
    """
    held = _suspensions().filter(lifted_at=None, consent__abuse_signs__code=PROVERS)
    return levels.level_of(account) < "L3" and held.filter(consent__accounts__in=same(account)).exists()


def _suspensions() -> QuerySet[Suspension]:
    return Suspension.objects.filter(because=Suspension.Because.ABUSE)


def _held_by(consent: Consent) -> EventRef:
    return EventRef(_suspensions().filter(consent=consent, lifted_at=None).latest("since").audit_event_id)


def _over(account: UtilityAccount, level: str) -> list[Consent]:
    rows = Consent.objects.filter(accounts=account, assurance=level).exclude(state__in=ENDED)
    return list(rows.select_related("customer").order_by("id"))


def _rivals(account: UtilityAccount) -> list[UtilityAccount]:
    """Give the account as the others named it who proved it, and who have no word for this customer."""
    return [each for each in others(account) if is_proven(each) and not _has_vouched(each, account)]


def _has_vouched(other: UtilityAccount, account: UtilityAccount) -> bool:
    """Say whether the other gave this customer's mailbox as the second holder's, or agreed as hers by an own code."""
    hers, theirs = bytes(account.customer.email_index), bytes(other.customer.email_index)
    named = members_of(same(other)).filter(email_index=hers)
    agreed = members_of(same(account)).filter(email_index=theirs, agreed_at__isnull=False)
    return named.exists() or agreed.exists()


def _is_settled(account: UtilityAccount, rivals: list[UtilityAccount]) -> bool:
    # The first proof of each level counts: one more bill of a known mailbox holds nothing anew.
    first = Proof.objects.filter(account__in=rivals).values("account__customer", "level").annotate(first=Min("at"))
    lifted = (
        _suspensions()
        .filter(
            consent__accounts__in=same(account),
            consent__abuse_signs__code=PROVERS,
            consent__abuse_signs__at__lte=F("lifted_at"),
        )
        .aggregate(last=Max("lifted_at"))["last"]
    )
    return lifted is not None and lifted >= max(each["first"] for each in first)


def _other_signs(consent: Consent) -> bool:
    """Say whether it is held for another sign as well, at which a person has still to look."""
    since = _suspensions().filter(consent=consent, lifted_at=None).values_list("since", flat=True).first()
    rows = AbuseSign.objects.filter(consent=consent).exclude(code=PROVERS)
    return since is not None and rows.filter(at__gte=since).exists()


def _names_her(other: UtilityAccount, account: UtilityAccount) -> bool:
    """Say whether the other's own name line names this customer's signers, and each as another person than theirs."""
    line, theirs, hers = line_of(other), _signers(other), _signers(account)
    return bool(hers and theirs) and all(are_two_holders(one, two, line) for one in hers for two in theirs)


def _signers(account: UtilityAccount) -> set[str]:
    rows = LetterOfAuthorization.objects.filter(consent__accounts__in=same(account))
    letters = list(rows.distinct())
    if not letters:
        return set()
    event = log.append_read(
        "letter.read",
        actor=WATCH,
        subject=account.customer_id,
        purpose="operations",
        obj="letter",
        body={"why": "who signed, since another mailbox proved the account", "account": str(account.id)},
        cnt=len(letters),
    )
    return set(vault.open_all([each.signer_name for each in letters], under=event))
