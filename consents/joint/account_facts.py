"""What is known of an account: recorded with its day and source, and given to the decision (actions).

Effects (decision-rules, rules 9, 13, 14): from the day on which an account is no longer hers nothing is released, what
lies before stays hers to see and to share; without an hourly meter no daily, hourly or 15-minute data is asked for;
prepaid changes nothing; a standing objection refuses.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.joint.models import AccountFact, Objection
from consents.joint.waiting import is_objected_to
from consents.models import Consent

Kind, Value = AccountFact.Kind, AccountFact.Value


def record(
    account: UtilityAccount, kind: str, value: str, *, day: date | None, source: str, actor: Actor, now: datetime
) -> AccountFact:
    """Record a fact; the newest of a kind counts. ValueError for a value that does not fit its kind."""
    is_end = kind == Kind.ENDED and value in (Value.CLOSED, Value.MOVED_OUT)
    is_state = kind in (Kind.AMI, Kind.PREPAID) and value in (Value.YES, Value.NO)
    if not (is_end or is_state or value == Value.UNKNOWN) or is_end != (day is not None):
        raise ValueError("this is no fact of an account")
    with transaction.atomic():
        ref = log.append(
            "account.fact",
            actor=actor,
            subject=account.customer_id,
            obj="account",
            body={"account": str(account.id), "kind": kind, "value": value, "day": day, "source": source},
        )
        return AccountFact.objects.create(
            account=account, kind=kind, value=value, day=day, source=source, at=now, audit_event_id=ref.id
        )


def newest(account: UtilityAccount) -> dict[str, AccountFact]:
    """Give the fact of each kind that counts, under whichever name and address its customer wrote the account."""
    same = {"account__customer": account.customer_id, "account__utility": account.utility}
    rows = AccountFact.objects.filter(**same, account__number_index=bytes(account.number_index))
    rows = rows.order_by("at", "audit_event_id")
    return {row.kind: row for row in rows}


def facts_of(consent: Consent, accounts: Mapping[str, UtilityAccount]) -> dict[str, dict[str, object]]:
    """Give the facts of these accounts, under the names that the decision has for them."""
    objected = is_objected_to(consent)
    return {name: _facts(row, objected) for name, row in accounts.items()}


def _facts(account: UtilityAccount, objected: bool) -> dict[str, object]:
    known = newest(account)
    ended, ami, prepaid = (known.get(kind) for kind in (Kind.ENDED, Kind.AMI, Kind.PREPAID))
    return {
        "ami": ami.value if ami else "unknown",
        "ended": ended.day if ended else None,
        "prepaid": prepaid is not None and prepaid.value == Value.YES,
        # Until it is compared, an objection to this number counts for every consent over it.
        "objection": objected or _is_being_compared(account),
    }


def _is_being_compared(account: UtilityAccount) -> bool:
    rows = Objection.objects.filter(utility=account.utility, number_index=bytes(account.number_index))
    return rows.filter(state=Objection.State.RECEIVED).exists()
