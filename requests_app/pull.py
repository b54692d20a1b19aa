"""The door outward: an application asks for data, and every answer is a recorded decision.

1 the gate has looked at the input (middleware), and looks at words that no ask needs together with earlier ones
(`watching.calls`) · 2 decide: the 17 rules, consent first, then route · 3 in one transaction: the event, the decision,
and the job that hands the order to the channel · 4 what comes back enters at `receive.py` · 5 it leaves through
`release.py`, which decides again.
"""

import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from broker.audit import log
from broker.parties import scopes
from broker.parties.models import Application
from broker.parties.purposes import is_beyond
from broker.terms import Actor, Refusal
from broker.utilities import Offer
from broker.vault import keyring
from consents.models import Consent
from requests_app import grants, records
from requests_app.decision import Decision, decide
from requests_app.grants import Grant
from requests_app.models import DataRequest
from requests_app.watching import calls, purposes

ENVELOPE = ("consent", "utility")  # what a body holds beside the ask itself
MAX_ACCOUNTS = 100
PROGRAMS_KEYS, HER_KEYS = "idempotency-key", "idempotency-key/customer"  # one writer never meets the other's keys
TRIES = 25  # as many as may reach for the next number at one moment


@dataclass(frozen=True)
class Outcome:
    """The answer to an ask: what was recorded, and whether it was recorded by an earlier, equal call."""

    request: DataRequest
    decision: Any  # the stored row
    replayed: bool = False


@dataclass(frozen=True)
class _Case:
    """Everything that is known before anything is written."""

    application: Application
    body: Mapping[str, Any]
    idempotency_key: str
    mark: bytes
    grant: Grant | None
    profile: Offer | None
    decision: Decision
    actor: Actor


def pull(
    application: Application,
    ask_json: object,
    *,
    idempotency_key: str,
    now: datetime,
    actor: Actor | None = None,
    hers: bool = False,
) -> Outcome | Refusal:
    """Decide an ask and set its order going; the same key with the same body gives the same answer again.

    `actor`: who asks on the recipient's behalf, the customer herself for one; without it the application.
    `hers`: the customer's own order. What the program's key opens does not narrow it, and its idempotency keys are
    apart from those that programs write.
    """
    if not isinstance(ask_json, dict) or len(idempotency_key) > 200:
        return refused(application, "ask.invalid")
    if not hers and (code := _beyond(application, ask_json)):
        return refused(application, code)
    try:
        mark = _mark(ask_json)
    except RecursionError:
        return refused(application, "ask.invalid")
    # Kept as a keyed hash: whatever somebody writes into a header stays out of the database.
    secret = keyring.secret(HER_KEYS if hers else PROGRAMS_KEYS)
    idempotency_key = hmac.digest(secret, idempotency_key.encode(), "sha256").hex()
    if (earlier := _earlier(application, idempotency_key)) is not None:
        return _replay(earlier, mark)
    case = _decide(application, ask_json, idempotency_key, mark, now)
    case = replace(case, actor=actor or case.actor)
    if (login := _split(case, now)) is not None:
        return login
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _record(case, now)
        except IntegrityError:
            # Somebody was faster: with this very key, or with the next number of a request.
            if (earlier := _earlier(application, idempotency_key)) is not None:
                return _replay(earlier, mark)
    raise RuntimeError("no free number for a request")


@dataclass(frozen=True)
class Checked:
    """The answer to a dry run: what an ask would get at this moment, and under which consent."""

    decision: Decision
    consent: Consent | None


def check(
    application: Application, ask_json: object, *, now: datetime, actor: Actor | None = None
) -> Checked | Refusal:
    """Decide an ask by the same rules, record that it was, and do nothing else: no request, no order, no mail.

    `actor`: who asks on the recipient's behalf; without it the application.
    """
    if not isinstance(ask_json, dict):
        return refused(application, "ask.invalid")
    if code := _beyond(application, ask_json):
        return refused(application, code)
    case = _decide(application, ask_json, "", b"", now)
    case = replace(case, actor=actor or case.actor)
    if (login := _split(case, now)) is not None:
        return login
    consent = case.grant.consent if case.grant else None
    log.append(
        "pull.checked",
        actor=case.actor,
        subject=consent.customer_id if consent else None,
        purpose=records.known_purpose(ask_json),
        obj="decision",
        res="ok" if case.decision.outcome == "route" else "denied",
        body=records.event_body(None, application, case.grant, case.decision, ask_json),
    )
    return Checked(case.decision, consent)


def refused(application: Application, code: str) -> Refusal:
    """Record that a call was refused before there was anything to decide, and give the refusal."""
    log.append("pull.refused", actor=actor_of(application), subject=None, body={"codes": [code]}, res="denied")
    return Refusal(code)


def actor_of(application: Application) -> Actor:
    """Name an application in the log."""
    return Actor("a", application.id, role="application")


def _beyond(application: Application, body: Mapping[str, Any]) -> str:
    """Give the code of what its key or its enrolment does not allow; "" where both do."""
    kinds = body.get("data_types")
    named = [each for each in kinds if each in scopes.EVERY_TYPE] if isinstance(kinds, list) else []
    if scopes.beyond(application, named):
        return "key.scope"
    return "purpose.not_approved" if is_beyond(application.organisation, body.get("purpose")) else ""


def _decide(
    application: Application, body: Mapping[str, Any], idempotency_key: str, mark: bytes, now: datetime
) -> _Case:
    ask = _ask(application, body)
    profile = grants.offer_of(body.get("utility", settings.HOME_UTILITY))
    grant = _grant(application, body, profile, now)
    consent = grant.as_dict() if grant else None
    facts = grant.facts() if grant else None
    decision = decide(consent, ask, profile, now, facts=facts, step="order")
    passing = [each.account for each in decision.accounts if each.outcome == "route"]
    if decision.outcome == "refusal" and passing:
        # N accounts are N checks: the order goes on with those that pass, and the answer names the others.
        narrowed = decide(consent, {**ask, "accounts": passing}, profile, now, facts=facts, step="order")
        decision = replace(decision, outcome=narrowed.outcome, channel=narrowed.channel)
    return _Case(application, body, idempotency_key, mark, grant, profile, decision, actor_of(application))


def _split(case: _Case, now: datetime) -> Refusal | None:
    """Read the words of an ask together with those of the last half hour: half a login may stand in each."""
    customer = case.grant.consent.customer_id if case.grant else None
    return calls.refusal(case.application, case.body, customer=customer, actor=case.actor, now=now)


def _record(case: _Case, now: datetime) -> Outcome:
    request_id = uuid.uuid4()
    decided, grant = case.decision, case.grant
    ref = log.append(
        "pull.decided",
        actor=case.actor,
        subject=grant.consent.customer_id if grant else None,
        purpose=records.known_purpose(case.body),
        obj="decision",
        res="ok" if decided.outcome == "route" else "denied",
        body=records.event_body(request_id, case.application, grant, decided, case.body),
    )
    request = records.save_request(
        request_id, case.application, grant, decided, case.body, (case.idempotency_key, case.mark), ref=ref, now=now
    )
    row = records.save_decision(request, decided, grant.consent if grant else None, ref=ref, now=now)
    if grant and list(decided.codes) == purposes.MISMATCH:
        purposes.look(case.application, grant.consent)
    if decided.channel == "manual_request":
        records.queue_manual_request(request, ref=ref, now=now)
    if decided.channel == "customer_upload":
        records.ask_for_her_files(request)
    return Outcome(request, row)


def _ask(application: Application, body: Mapping[str, Any]) -> dict[str, Any]:
    ask = {key: value for key, value in body.items() if key not in ENVELOPE}
    accounts = body.get("accounts")
    crowded = isinstance(accounts, list) and len(accounts) > MAX_ACCOUNTS
    odd = "recipient" in body or crowded or not _is_handle(body.get("consent"))
    # Who asks is known from the key and is never taken from the body; an odd key makes the ask malformed.
    return {**ask, "recipient": str(application.organisation_id), **({"odd": True} if odd else {})}


def _grant(application: Application, body: Mapping[str, Any], profile: Offer | None, now: datetime) -> Grant | None:
    accounts = body.get("accounts")
    if profile is None or not isinstance(accounts, list) or len(accounts) > MAX_ACCOUNTS:
        return None
    handle = body.get("consent")
    if handle is None:
        today = now.astimezone(profile.tz).date()
        purpose = body.get("purpose")
        return grants.by_accounts(application.organisation, profile.id, accounts, purpose=purpose, today=today)
    if not _is_handle(handle):
        return None
    found = grants.by_handle(application.organisation, uuid.UUID(handle), accounts)
    return found if found and found.consent.utility == profile.id else None


def _is_handle(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _mark(body: Mapping[str, Any]) -> bytes:
    # Keyed, because a plain hash of so little unknown text could be guessed from.
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hmac.digest(keyring.secret("idempotent-body"), text.encode(), "sha256")


def _earlier(application: Application, key: str) -> DataRequest | None:
    return DataRequest.objects.filter(application=application, idempotency_key=key).first()


def _replay(earlier: DataRequest, mark: bytes) -> Outcome | Refusal:
    if not hmac.compare_digest(bytes(earlier.body_sha256), mark):
        return refused(earlier.application, "idempotency.conflict")
    return Outcome(earlier, earlier.decisions.order_by("decided_at").filter(step="order").first(), replayed=True)
