"""How far a request is, in words and numbers without anything personal (interface)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from requests_app import grants, release, request_state
from requests_app.completeness import query
from requests_app.completeness.models import Cut
from requests_app.desk import turns
from requests_app.fees import status as fees_status
from requests_app.ladder.words import AskState, Choice
from requests_app.lifecycle import ManualState
from requests_app.models import DataRequest, Decision, ManualRequest, NectarPull, ReceivedFile
from requests_app.reading import read_ask


def of(request: DataRequest) -> dict[str, Any]:
    """Give a request's state, clock and files by id."""
    decision = request.decisions.filter(step="order").order_by("decided_at").first()
    assert decision is not None
    manual = ManualRequest.objects.filter(request=request).first()
    files = _files(request) if decision.channel else []
    return {
        **_head(request, decision, manual, files),
        "not_guaranteed": _not_guaranteed(request, decision),
        "clock": _clock(manual) if manual else {},
        "final": _final(manual) if manual else None,
        "expected_window": _window(request) if manual else None,
        **(fees_status.of(manual) if manual else {}),
        "completeness": query.as_json(request) if decision.channel else None,
        "files": [_file(request, each) for each in files],
        "links": {
            "self": reverse("api-request", args=[request.id]),
            "readings": reverse("api-readings", args=[request.id]),
            "bills": reverse("api-bills", args=[request.id]),
        },
    }


def in_short(request: DataRequest) -> dict[str, Any]:
    """Give what a list says of a request; `request` has its decisions and its manual request fetched already."""
    decision = next(each for each in request.decisions.all() if each.step == "order")
    manual = getattr(request, "manual", None)
    files = [] if manual or decision.channel is None else _files(request)
    return {
        **_head(request, decision, manual, files),
        "made_at": request.made_at,
        "links": {"self": reverse("api-request", args=[request.id])},
    }


def _files(request: DataRequest) -> list[ReceivedFile]:
    return release.inside(request, release.files_of(request).select_related("coverage"))


def _head(
    request: DataRequest, decision: Decision, manual: ManualRequest | None, files: list[ReceivedFile]
) -> dict[str, Any]:
    state = request_state.of(request, decision, manual, files)
    return {
        "id": str(request.id),
        "number": manual.number if manual else None,
        "outcome": decision.outcome,
        "channel": decision.channel,
        "state": state,
        "waiting_on": request_state.waits_on(state),
        "consent": str(request.consent_id) if request.consent_id else None,
        "data_types": request.data_types,
        "from": request.range_from,
        "to": request.range_to,
        "purpose": request.purpose,
    }


def accounts(decision: Decision, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the outcome of each account of an ask that was looked at; the names are the caller's own."""
    places = {row["account"] for row in decision.rules if row["account"] is not None}
    if not places:
        return []
    names = read_ask({**body, "recipient": ""}).accounts
    found = []
    for place in sorted(places):
        rows = [row for row in decision.rules if row["account"] == place]
        codes = list(dict.fromkeys(code for row in rows for code in row["codes"]))
        found.append({"account": names[place - 1], "outcome": "refusal" if codes else "route", "codes": codes})
    return found


def _clock(manual: ManualRequest) -> dict[str, Any]:
    return {
        "expected_to_leave": turns.expected(manual, now=timezone.now()),
        "sent_at": manual.sent_at,
        "delivered_at": manual.delivered_at,
        "day0": manual.day0,
        "expected_from": manual.expected_from,
        "due": manual.due,
        "due_at": manual.due_at,
        "first_follow_up": manual.first_follow_up,
        "paused_on": manual.paused_on,
        "business_days_left": manual.remaining,
        "promised_for": manual.promised_for,
        "calendar": manual.calendar_version or None,
    }


def _final(manual: ManualRequest) -> dict[str, Any] | None:
    """Say how a request ended that nobody answered, and what may come instead; None for any other (S48)."""
    if manual.state != ManualState.CLOSED_WITHOUT_RESPONSE:
        return None
    last = manual.last_decisions.order_by("-number").first()
    asked = last is not None and last.choice == Choice.UPLOAD
    return {
        "code": "utility.no_response",
        "title": "The utility did not answer, and two of our people closed the request",
        "at": last.at if last else None,
        "follow_ups": manual.follow_ups.exclude(state=AskState.CANCELLED).count(),
        "instead": "customer_upload",
        "customer_asked": asked,
    }


def _window(request: DataRequest) -> dict[str, Any]:
    profile = grants.profile_of(request.consent.utility) if request.consent else None
    if profile is None:
        return {}
    return {
        "business_days": [profile.clock.first_days, profile.clock.last_days],
        "starts": "when it is proven that the letter was delivered",
        "fee": "not published; the customer is asked before any charge",
    }


def _not_guaranteed(request: DataRequest, decision: Decision) -> list[str]:
    profile = grants.profile_of(request.consent.utility) if request.consent else None
    if profile is None or decision.channel is None:
        return []
    carries = profile.channels[decision.channel].carries
    return [name for name in request.data_types if name in carries and carries[name].answer == "not_guaranteed"]


def _cut(file: ReceivedFile) -> dict[str, Any] | None:
    """Say out of which file we cut this one, and which of its pages it is; None for a file as it came."""
    cut = Cut.objects.filter(file=file).select_related("original").first()
    if cut is None:
        return None
    return {"by": "us", "of_sha256": bytes(cut.original.sha256).hex(), "pages": cut.pages, "left_out": cut.dropped}


def _nectar(file: ReceivedFile) -> dict[str, str | None] | None:
    """Say how far Nectar is with a document, and why it ended without readings; None for a file of another way."""
    pull = NectarPull.objects.filter(file=file).first()
    return {"state": pull.state, "code": pull.code or None, "says": pull.says or None} if pull else None


def _file(request: DataRequest, file: ReceivedFile) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "data_type": file.data_type,
        "media_type": file.media_type,
        "bytes": file.bytes,
        "sha256": bytes(file.sha256).hex(),
        "from": file.covers_from,
        "to": file.covers_to,
        "days_said_by": query.days_said_by(file),
        "received_at": file.received_at,
        "came_by": file.came_by.value,
        "cut": _cut(file),
        "nectar": _nectar(file),
        "link": reverse("api-file", args=[request.id, file.id]),
    }
