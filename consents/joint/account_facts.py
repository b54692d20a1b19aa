"""What is known of an account: recorded with its day and source, and given to the decision (actions).

Effects (decision-rules, rules 9, 13, 14): from the day on which an account is no longer hers nothing is released, what
lies before stays hers to see and to share; without an hourly meter no daily, hourly or 15-minute data is asked for;
prepaid changes nothing; a standing objection refuses.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import Actor
from consents.joint.models import AccountFact, Objection

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


def asked(path: str) -> dict[str, Combinable]:
    """Give what a query asks to know the facts of each account; `path` leads to the account, with its last `__`.

    What counts is the same as in `newest`. Until it is compared, an objection to a number counts for every consent
    over it.
    """
    same = {name: OuterRef(path + name) for name in ("utility", "number_index")}
    return {
        "ended": _newest_of(Kind.ENDED, "day", path),
        "ami": _newest_of(Kind.AMI, "value", path),
        "prepaid": _newest_of(Kind.PREPAID, "value", path),
        "compared": Exists(Objection.objects.filter(**same, state=Objection.State.RECEIVED)),
    }


def as_facts(ended: date | None, ami: str | None, prepaid: str | None, *, objected: bool) -> dict[str, object]:
    """Give the facts of an account with the names of the decision's input."""
    return {"ami": ami or "unknown", "ended": ended, "prepaid": prepaid == Value.YES, "objection": objected}


def _newest_of(kind: AccountFact.Kind, field: str, path: str) -> Subquery:
    same = {f"account__{name}": OuterRef(path + name) for name in ("customer", "utility", "number_index")}
    rows = AccountFact.objects.filter(**same, kind=kind).order_by("-at", "-audit_event_id")
    return Subquery(rows.values(field)[:1])
