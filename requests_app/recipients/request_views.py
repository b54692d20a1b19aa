"""An organisation's permissions and requests: lists, and one request with clock and what came (interface)."""

import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import PURPOSES
from consents.models import Consent
from requests_app import release, status
from requests_app.completeness import query
from requests_app.exports.account_ids import account_id
from requests_app.importing import BILLED
from requests_app.models import DataRequest, ManualRequest, ReadingSeries
from requests_app.recipients import listing
from requests_app.recipients.guard import analyst_only, house_of, shown
from requests_app.recipients.key_views import own_keys
from requests_app.request_state import NUMBERS


@analyst_only
@require_GET
def home(request: HttpRequest, user: User) -> HttpResponse:
    """What there is: keys, permissions and requests, each with its number."""
    house, now = house_of(user), timezone.now()
    counts = {
        "keys": own_keys(user).filter(revoked_at=None, expires_at__gt=now).count(),
        "permissions": Consent.objects.filter(recipient=house, state="active").count(),
        "requests": DataRequest.objects.filter(organisation=house).aggregate(n=Count("id"))["n"],
    }
    shown(user, "home")
    return render(request, "recipients/home.html", {"house": house, "counts": counts})


@analyst_only
@require_GET
def permissions(request: HttpRequest, user: User) -> HttpResponse:
    """The permissions that name the organisation."""
    rows = listing.permissions(house_of(user), now=timezone.now())
    shown(user, "permissions", cnt=len(rows))
    return render(request, "recipients/permissions.html", {"rows": rows, "house": house_of(user)})


@analyst_only
@require_GET
def requests(request: HttpRequest, user: User) -> HttpResponse:
    """The organisation's requests, the newest first."""
    page = listing.requests(house_of(user), before=_moment(request.GET.get("before", "")))
    shown(user, "requests", cnt=len(page.rows))
    return render(request, "recipients/requests.html", {"page": page})


@analyst_only
@require_GET
def one(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """One request: where it stands and on whom it waits, its days, what came month by month, its files."""
    found = release.own_request(user, request_id)
    if found is None:
        raise Http404
    shown(user, "request", {"request": found.id}, cnt=1)
    return render(request, "recipients/request.html", _context(found))


def _context(found: DataRequest) -> dict[str, Any]:
    facts = status.of(found)
    order = found.decisions.filter(step="order").order_by("decided_at").first()
    manual = ManualRequest.objects.select_related("request__consent").filter(request=found).first()
    files = _by_account(found, facts["files"])
    return {
        "asked": found,
        "facts": facts,
        "files": files,
        "has_twins": any(own_id for _, _, own_id in files),
        "unread": sorted(
            {each["nectar"]["says"] for each in facts["files"] if each["nectar"] and each["nectar"]["says"]}
        ),
        "has_numbers": _has_numbers(found),
        "state": listing.words_of(facts["state"]),
        "purpose": PURPOSES.get(found.purpose, found.purpose),
        "reasons": [REASONS[code] for code in (order.codes if order else []) if code in REASONS],
        "nearest": order.nearest if order else [],
        **(query.context(manual, staff=False) if manual else {}),
    }


def _by_account(found: DataRequest, files: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str, str]]:
    """Give the files account by account: each with the account's last digits, and with its id where two share them."""
    rows = release.files_of(found).exclude(account=None).select_related("account")
    own = {str(each.id): each.account for each in rows if each.account is not None}
    ids = {each.id: account_id(found.organisation_id, each) for each in own.values()}
    shared = Counter(each.last_four for each in {each.id: each for each in own.values()}.values())

    def line(file: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
        account = own.get(str(file["id"]))
        if account is None:
            return file, "", ""
        return file, account.last_four, ids[account.id] if shared[account.last_four] > 1 else ""

    return sorted(map(line, files), key=lambda each: (*each[1:], str(each[0]["data_type"]), str(each[0]["from"] or "")))


def _has_numbers(found: DataRequest) -> bool:
    """Say whether there is a page of pictures for it: readings came, or are to come."""
    came = ReadingSeries.objects.filter(file__in=release.files_of(found)).exclude(role=BILLED).exists()
    return came or bool(set(found.data_types) & set(NUMBERS))


def _moment(text: str) -> datetime | None:
    """Read a moment with its zone; None for anything else, and for one that is outside of every year in UTC."""
    try:
        found = datetime.fromisoformat(text) if text else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
