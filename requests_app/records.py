"""What is written down of an ask and its decision, inside the caller's transaction and under its event (actions)."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broker import jobs, vault
from broker.channels import manual_request
from broker.parties.models import Application
from broker.terms import DATA_TYPES, PURPOSES, EventRef
from consents.models import Consent
from requests_app import models
from requests_app.decision import Decision
from requests_app.grants import Grant
from requests_app.lifecycle import ManualState
from requests_app.reading import read_date

WAITS_FOR_HER = "request.waits_for_her"
FIRST_NUMBER = 101


def known_purpose(body: Mapping[str, Any]) -> str | None:
    """Give the purpose if it is one of the closed list: nobody's free words go into a header."""
    purpose = body.get("purpose")
    return purpose if isinstance(purpose, str) and purpose in PURPOSES else None


def event_body(
    request_id: uuid.UUID | None,
    application: Application,
    grant: Grant | None,
    decision: Decision,
    body: Mapping[str, Any],
) -> dict[str, object]:
    """Give the body of the decision's event: every rule with its result, and no account number."""
    rules = decision.rules()
    return {
        "request": request_id,
        "application": application.id,
        "organisation": application.organisation_id,
        "consent": grant.consent.id if grant else None,
        "step": decision.step,
        "outcome": decision.outcome,
        "channel": decision.channel,
        "codes": list(decision.codes),
        "data_types": _data_types(body),
        "accounts_ending": sorted(row.last_four for row in grant.accounts.values()) if grant else [],
        "rules": [[row["rule"], row["account"], row["result"], row["codes"]] for row in rules],
        "rules_sha256": hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest(),
        "nearest": [entry.as_json() for entry in decision.nearest],
        "alternatives": [[each.channel, each.because, list(each.codes)] for each in decision.alternatives],
        "profile": decision.profile_version,
        "policy": decision.policy,
    }


def save_request(
    request_id: uuid.UUID,
    application: Application,
    grant: Grant | None,
    decision: Decision,
    body: Mapping[str, Any],
    idempotency: tuple[str, bytes],
    *,
    ref: EventRef,
    now: datetime,
) -> models.DataRequest:
    """Keep the ask, sealed, with the ids of the accounts for which it goes on."""
    customer_id = grant.consent.customer_id if grant else None
    place = vault.Place("requests_app_datarequest", "ask", request_id)
    passing = {each.account for each in decision.accounts if each.outcome == "route"}
    accounts = grant.accounts if grant and decision.outcome == "route" else {}
    start, end = read_date(body.get("from")), read_date(body.get("to"))
    purpose = body.get("purpose")
    return models.DataRequest.objects.create(
        id=request_id,
        application=application,
        organisation_id=application.organisation_id,
        consent=grant.consent if grant else None,
        customer_id=customer_id,
        idempotency_key=idempotency[0],
        body_sha256=idempotency[1],
        ask=vault.seal(json.dumps(body), subject=customer_id or application.organisation_id, place=place),
        accounts=[str(row.id) for name, row in accounts.items() if name in passing],
        data_types=_data_types(body),
        range_from=start,
        range_to=end,
        # A text that is no purpose of the list is a stranger's words: it stays in the sealed ask alone.
        purpose=purpose if isinstance(purpose, str) and purpose in PURPOSES else "",
        made_at=now,
        audit_event_id=ref.id,
    )


def save_decision(
    request: models.DataRequest, decision: Decision, consent: Consent | None, *, ref: EventRef, now: datetime
) -> models.Decision:
    """Keep the decision with every rule's input and result, and the versions that it was made by."""
    return models.Decision.objects.create(
        request=request,
        step=decision.step,
        outcome=decision.outcome,
        channel=decision.channel,
        codes=list(decision.codes),
        rules=decision.rules(),
        nearest=[entry.as_json() for entry in decision.nearest],
        alternatives=[each.as_json() for each in decision.alternatives],
        profile_version=decision.profile_version or "",
        text_version=consent.text_version if consent else None,
        decided_at=now,
        audit_event_id=ref.id,
    )


def queue_manual_request(request: models.DataRequest, *, ref: EventRef, now: datetime) -> models.ManualRequest:
    """Reserve number, thread and Message-ID, and enqueue the sending; nothing leaves before this commits."""
    manual = _reserved(request, ManualState.QUEUED, ref=ref, now=now)
    jobs.enqueue("manual.send", manual.id, key=f"manual.send:{manual.id}")
    return manual


def ask_for_her_files(request: models.DataRequest) -> None:
    """Have the customer told of an ask for which nothing goes out: she downloads the files herself."""
    jobs.enqueue(WAITS_FOR_HER, request.id, key=f"{WAITS_FOR_HER}:{request.id}")


def draft_manual_request(request: models.DataRequest, *, ref: EventRef, now: datetime) -> models.ManualRequest:
    """Reserve the same for a request whose papers are not ready yet; a person sends it."""
    return _reserved(request, ManualState.DRAFTED, ref=ref, now=now)


def _reserved(request: models.DataRequest, state: ManualState, *, ref: EventRef, now: datetime) -> models.ManualRequest:
    number = f"R-{FIRST_NUMBER + models.ManualRequest.objects.count()}"
    thread = manual_request.new_thread(number)
    return models.ManualRequest.objects.create(
        number=number,
        request=request,
        state=state,
        message_id=thread.message_id,
        thread_token=thread.token,
        created_at=now,
        audit_event_id=ref.id,
    )


def _data_types(body: Mapping[str, Any]) -> list[str]:
    named = body.get("data_types")
    return [each for each in DATA_TYPES if each in named] if isinstance(named, list) else []
