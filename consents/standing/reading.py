"""A consent, its accounts and what is known of them, asked in one statement at one moment (reads).

Nothing here is remembered: whatever was stopped, objected to or chosen before the statement began is seen by it.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from broker.db.kept import Columns, Given, Kept
from broker.parties.models import UtilityAccount
from consents.joint import account_facts, waiting
from consents.models import Consent, ConsentAccount
from consents.preferring import choosing

_PATH = "consentaccount__account__"
_CONSENT, _ACCOUNT = Columns(Consent), Columns(UtilityAccount, _PATH)


@dataclass(frozen=True)
class Account:
    """An account of a consent, and its facts with the names of the decision's input."""

    row: UtilityAccount
    facts: dict[str, object]


@dataclass(frozen=True)
class Standing:
    """A consent, those of its accounts that were asked for, how many it has, and the ways that come first."""

    consent: Consent
    accounts: tuple[Account, ...]
    total: int
    prefers: list[str]


def of(consent_id: uuid.UUID) -> Standing:
    """Give how a consent stands, with all its accounts; raises `Consent.DoesNotExist`."""
    for found in _standings(_BY_ID.ask(id=consent_id)):
        return found
    raise Consent.DoesNotExist


def over(recipient_id: uuid.UUID, utility: str, indexes: Sequence[bytes]) -> list[Standing]:
    """Give each consent of a recipient over one of these accounts (blind indexes), with those that it covers."""
    if not indexes:
        return []
    named = {f"index{place}": index for place, index in enumerate(indexes)}
    return list(_standings(_over(len(indexes)).ask(recipient=recipient_id, utility=utility, **named)))


def _by_id() -> "QuerySet[Consent, tuple[Any, ...]]":
    return _asked(Consent.objects.filter(id=Given("id", Consent)))


_BY_ID = Kept(_by_id)


@lru_cache(maxsize=128)
def _over(number: int) -> Kept:
    """Give the query for so many accounts; an ask has a limit of its own."""
    indexes = [Given(f"index{place}", UtilityAccount, "number_index") for place in range(number)]

    def query() -> "QuerySet[Consent, tuple[Any, ...]]":
        rows = Consent.objects.filter(recipient=Given("recipient", Consent), utility=Given("utility", Consent))
        return _asked(rows.filter(**{f"{_PATH}number_index__in": indexes}))

    return Kept(query)


def _asked(rows: "QuerySet[Consent]") -> "QuerySet[Consent, tuple[Any, ...]]":
    counted = ConsentAccount.objects.filter(consent=OuterRef("pk")).order_by().values("consent")
    total = Subquery(counted.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    about = {
        "total": Coalesce(total, 0),
        "newest_choice": choosing.newest(),
        "objected": waiting.objected(),
        **account_facts.asked(_PATH),
    }
    return rows.annotate(**about).values_list(*_CONSENT.names, *_ACCOUNT.names, *about)


def _standings(rows: Iterable[tuple[Any, ...]]) -> Iterable[Standing]:
    """Put the rows of each consent together: there is one for each account, or a single one without any."""
    first, second = len(_CONSENT.names), len(_CONSENT.names) + len(_ACCOUNT.names)
    together: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
    for row in rows:
        together.setdefault(row[_CONSENT.key], []).append(row)
    for same in together.values():
        consent = _CONSENT.row(same[0][:first])
        total, chosen = same[0][second : second + 2]
        there = [row for row in same if row[first + _ACCOUNT.key] is not None]
        accounts = tuple(_account(row[first:second], *row[second + 2 :]) for row in there)
        yield Standing(consent, accounts, total, choosing.counting(consent, chosen))


def _account(
    row: tuple[Any, ...], objected: bool, ended: Any, ami: str | None, prepaid: str | None, compared: bool
) -> Account:
    return Account(_ACCOUNT.row(row), account_facts.as_facts(ended, ami, prepaid, objected=objected or compared))
