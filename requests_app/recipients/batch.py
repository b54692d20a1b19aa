"""One ask for many accounts, decided account by account; each permission's accounts go out together (actions)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from broker.db import installation
from broker.parties import keys
from broker.parties.models import Application, Organisation, User
from broker.parties.scopes import EVERY_TYPE
from broker.reasons import REASONS
from broker.reasons.kind import Reason
from broker.terms import Refusal
from consents.asking.acts import TooMany
from requests_app import grants, pull
from requests_app.api import calls
from requests_app.models import DataRequest
from requests_app.readers import actor_of
from requests_app.recipients.guard import house_of

OUR_PAGES = "Your own pages here"
YEARS = timedelta(days=3650)


@dataclass(frozen=True, repr=False)
class Asked:
    """What is asked for all of the accounts; `last` counts. `channel` empty: by the way that the rules choose."""

    accounts: tuple[str, ...] = field(repr=False)
    data_types: tuple[str, ...]
    first: date
    last: date
    purpose: str
    channel: str = ""


@dataclass(frozen=True, repr=False)
class Answer:
    """What became of one account: its request, or why not and what would be permitted instead."""

    account: str = field(repr=False)
    request: DataRequest | None
    reasons: tuple[Reason, ...] = ()
    nearest: tuple[str, ...] = ()


def ask(user: User, asked: Asked, *, once: uuid.UUID, now: datetime) -> list[Answer] | TooMany:
    """Decide each account by itself, then ask for those that pass, in one request for each permission.

    `once` is drawn with the form: sent twice, it asks once. Nothing is asked for an account that does not pass. Each
    account counts against what the organisation's programs may ask as well; `TooMany` where that is spent.
    """
    house = house_of(user)
    application = application_of(house, user, now=now)
    anew = calls.count(application, calls.calls, calls.checks, now=now, times=len(asked.accounts))
    if anew is not None:
        return TooMany("rate.limited", at=anew)
    answers: dict[str, Answer] = {}
    passing: dict[uuid.UUID, list[str]] = {}
    for account in asked.accounts:
        consent = _consent_for(house, account, asked, now)
        checked = pull.check(application, _body([account], asked, consent), now=now, actor=actor_of(user))
        if isinstance(checked, Refusal):
            answers[account] = Answer(account, None, (REASONS[checked.code],))
        elif checked.decision.outcome == "route" and consent is not None:
            passing.setdefault(consent, []).append(account)
        else:
            near = tuple(str(each.data_type) for each in checked.decision.nearest)
            answers[account] = Answer(account, None, _reasons(checked.decision.codes), near)
    for consent, accounts in passing.items():
        key = f"page/{once}/{consent}"
        found = pull.pull(
            application, _body(accounts, asked, consent), idempotency_key=key, now=now, actor=actor_of(user)
        )
        for account in accounts:
            answers[account] = _outcome(account, found)
    return [answers[account] for account in asked.accounts]


def application_of(house: Organisation, user: User, *, now: datetime) -> Application:
    """Give the application in whose name an organisation's people ask on its pages; it has no key that anybody knows.

    Its key is thrown away as it is made, and would open no operation.
    """
    rows = Application.objects.filter(organisation=house, name=OUR_PAGES, operations=[]).order_by("created_at")
    if (found := rows.first()) is not None:
        return found
    mode = Application.Mode.TEST if installation.mode() == "rehearsal" else Application.Mode.LIVE
    with transaction.atomic():
        # Two presses at once find one: each would ask under its own, and what is asked once would be asked twice.
        Organisation.objects.select_for_update(no_key=True).get(id=house.id)
        if (found := rows.first()) is not None:
            return found
        made, _thrown_away = keys.create_application(
            house,
            OUR_PAGES,
            mode,
            expires_at=now + YEARS,
            actor=actor_of(user),
            now=now,
            operations=(),
            data_types=EVERY_TYPE,
        )
    return made


def _consent_for(house: Organisation, account: str, asked: Asked, now: datetime) -> uuid.UUID | None:
    offer = grants.offer_of(settings.HOME_UTILITY)
    if offer is None:
        return None
    today = now.astimezone(offer.tz).date()
    found = grants.by_accounts(house, offer.id, [account], purpose=asked.purpose, today=today)
    return found.consent.id if found else None


def _body(accounts: Sequence[str], asked: Asked, consent: uuid.UUID | None) -> dict[str, Any]:
    return {
        "accounts": list(accounts),
        "data_types": list(asked.data_types),
        "from": asked.first.isoformat(),
        "to": (asked.last + timedelta(days=1)).isoformat(),
        "purpose": asked.purpose,
        **({"channel": asked.channel} if asked.channel else {}),
        **({"consent": str(consent)} if consent else {}),
    }


def _outcome(account: str, found: pull.Outcome | Refusal) -> Answer:
    if isinstance(found, Refusal):
        return Answer(account, None, (REASONS[found.code],))
    if found.decision.outcome == "route":
        return Answer(account, found.request)
    return Answer(account, None, _reasons(found.decision.codes))  # something changed between the look and the ask


def _reasons(codes: Sequence[str]) -> tuple[Reason, ...]:
    return tuple(REASONS[code] for code in codes if code in REASONS)
