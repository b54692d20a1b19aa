"""The consents of an organisation for its applications: account numbers are opened under one event per customer."""

import uuid
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.audit.log import Act
from broker.parties.models import Application
from broker.terms import EventRef, Refusal
from consents.actions import central_today
from consents.models import Consent
from requests_app.decision import PASSING_STATES
from requests_app.exports.account_ids import account_id
from requests_app.grants import profile_of
from requests_app.pull import actor_of

PAGE = 50
LISTING = "fulfilment"  # of a list: it serves the consents that it names, whatever each of them is for


def page(application: Application, *, after: str | None) -> dict[str, Any] | Refusal:
    """Give a page of the consents in force that name this organisation, oldest number first."""
    if after is not None and len(after) > 20:
        return Refusal("ask.invalid")
    rows = Consent.objects.filter(
        recipient_id=application.organisation_id,
        state__in=PASSING_STATES,
        ends__gt=_today(),
        number__gt=after or "",
    )
    found = list(rows.order_by("number").prefetch_related("accounts")[: PAGE + 1])
    shown, more = found[:PAGE], len(found) > PAGE
    numbers = _account_numbers(application, shown) if shown else {}
    return {
        "consents": [_shown(each, numbers) for each in shown],
        "next": shown[-1].number if more else None,
    }


def _account_numbers(application: Application, consents: list[Consent]) -> dict[uuid.UUID, str]:
    """Open the numbers of each customer's accounts; the events are committed before anything is."""
    by_customer: dict[uuid.UUID, list[Consent]] = defaultdict(list)
    for each in consents:
        by_customer[each.customer_id].append(each)
    actor = actor_of(application)
    parent: Act = {
        "act": "consent.viewed",
        "actor": actor,
        "subject": None,
        "purpose": LISTING,
        "body": {"page": "consents", "organisation": application.organisation_id},
    }
    children: list[Act] = [
        {
            "act": "consent.viewed",
            "actor": actor,
            "subject": customer,
            "purpose": purposes.pop() if len(purposes := {each.purpose for each in group}) == 1 else LISTING,
            "obj": "account",
            "body": {"consents": [each.id for each in group], "fields": ["number"]},
        }
        for customer, group in by_customer.items()
    ]
    refs = log.append_group(parent, children, read=True)[1:]
    opened: dict[uuid.UUID, str] = {}
    for group, ref in zip(by_customer.values(), refs, strict=True):
        opened |= _open(group, ref)
    return opened


def _open(consents: list[Consent], ref: EventRef) -> dict[uuid.UUID, str]:
    accounts = list({row.id: row for each in consents for row in each.accounts.all()}.values())
    texts = vault.open_all([row.number for row in accounts], under=ref)
    return {row.id: text for row, text in zip(accounts, texts, strict=True)}


def _shown(consent: Consent, numbers: dict[uuid.UUID, str]) -> dict[str, Any]:
    rows = sorted(consent.accounts.all(), key=lambda row: numbers[row.id])
    return {
        "id": str(consent.id),
        "number": consent.number,
        "customer": str(consent.customer_id),
        "utility": consent.utility,
        "accounts": [numbers[row.id] for row in rows],
        "account_ids": [account_id(consent.recipient_id, row) for row in rows],
        "data_types": consent.data_types,
        "purpose": consent.purpose,
        "onward_recipients": consent.onward_recipients,
        "history_from": consent.history_from,
        "history_to": consent.history_to,
        "forward": consent.forward,
        "starts": consent.starts,
        "ends": consent.ends,
        "state": consent.state,
        "assurance": consent.assurance,
    }


def _today() -> Any:
    profile = profile_of(settings.HOME_UTILITY)
    now = timezone.now()
    return now.astimezone(profile.tz).date() if profile else central_today(now)
